"""Random gain as a layer."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation


@keras.saving.register_keras_serializable(package="kapre_like")
class Gain(Augmentation):
    """Multiplies each example by a gain that is uniform in decibels.

    Samples may leave [-1, 1]; the layer does not clip. At inference the result is the input.

    `y = 10 ** (gain_db / 20) * x`, with `gain_db` uniform in `min_gain_db .. max_gain_db`.

    Args:
        min_gain_db: Number, dB, the smallest gain.
        max_gain_db: Number >= `min_gain_db`, dB, the largest gain.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples)` or `(batch, samples, channels)`, floating point, with or without a
        Keras mask; or a list `[waveform, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> x = np.ones((1, 4), "float32")
        >>> y = kapre_like.augment.Gain(min_gain_db=-6, max_gain_db=-6)(x, training=True)
        >>> round(float(y[0, 0]), 3)
        0.501

    Source: audiomentations, `Gain`.
    """

    def __init__(
        self, *, min_gain_db=-12.0, max_gain_db=6.0, probability=1.0, seed=None, **kwargs
    ):
        super().__init__(probability=probability, seed=seed, **kwargs)
        _check.ordered("Gain", min_gain_db=min_gain_db, max_gain_db=max_gain_db)
        self.min_gain_db, self.max_gain_db = min_gain_db, max_gain_db

    def draw(self, shape):
        return {"gain_db": self.uniform(shape[:1], self.min_gain_db, self.max_gain_db)}

    def transform(self, x, length, draws):  # noqa: ARG002
        gain = ops.power(10.0, draws["gain_db"] / 20.0)
        return x * ops.cast(ops.reshape(gain, (-1, 1, 1)), x.dtype)
