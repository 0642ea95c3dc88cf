"""Random crops as a layer. Arithmetic: `ops.segments`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.segments import cropped


@keras.saving.register_keras_serializable(package="kapre_like")
class RandomCrop(Augmentation):
    """Crops each example to a random window of its valid samples.

    In training the result has `min(time, samples)` samples. All starts inside the valid
    samples are equally likely. An example with fewer valid samples keeps all of them. Its
    length becomes `min(length, samples)`. At inference the result is the input. So the static
    size of the time axis is `None` if the input may be longer than `samples`.

    All examples of a batch are cropped, because they have the same size.

    `y[n] = x[start + n]` for `n < min(length, samples)`, with `start` uniform over
    `0 .. max(0, length - samples)`.

    Args:
        samples: Int > 0, samples of the window.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples)` or `(batch, samples, channels)`, floating point, with or without a
        Keras mask; or a list `[waveform, length]`.

    Output shape:
        Same as the input, float32; in training with `samples` samples or fewer.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> crop = kapre_like.augment.RandomCrop(samples=400)
        >>> crop(np.zeros((2, 1000)), training=True).shape
        (2, 400)
        >>> crop(np.zeros((2, 1000))).shape
        (2, 1000)

    Source: this library.
    """

    changes_length = True
    changes_time = True

    def __init__(self, *, samples, seed=None, **kwargs):
        super().__init__(probability=1.0, seed=seed, **kwargs)
        _check.positive_int("RandomCrop", samples=samples)
        self.samples = samples

    def draw(self, shape):
        return {"start": self.uniform(shape[:1])}

    def transform(self, x, length, draws):
        return cropped(x, draws=draws["start"], length=length, samples=self.samples)

    def changed_shape(self, shape):
        time = shape[1]
        same = isinstance(time, int) and time <= self.samples
        return (shape[0], time if same else None, *shape[2:])

    def trained_shape(self, shape):
        time = shape[1]
        minimum = min if isinstance(time, int) else ops.minimum
        return (shape[0], minimum(time, self.samples), *shape[2:])

    def get_config(self):
        config = super().get_config()
        del config["probability"]
        return config
