"""Random shift in time as a layer. Arithmetic: `ops.segments`."""

import keras

from kapre_like import _check
from kapre_like.layers._augmentation import Augmentation
from kapre_like.ops.segments import one_of_ints, shifted


@keras.saving.register_keras_serializable(package="kapre_like")
class TimeShift(Augmentation):
    """Moves each example by a random number of samples, earlier or later.

    All shifts from `-max_shift` to `max_shift` samples are equally likely. An example moves
    inside its own valid samples; its length stays. At inference the result is the input.

    Args:
        max_shift: Int >= 0, samples, the largest shift: `sample_rate // 10` is 0.1 seconds.
        mode: `"zero"`: samples that leave are lost, and zeros enter at the other end; or
            `"wrap"`: they enter there.
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
        >>> x = np.array([[1.0, 2.0, 3.0, 4.0]])
        >>> y = kapre_like.augment.TimeShift(max_shift=4, mode="wrap")(x, training=True)
        >>> sorted(keras.ops.convert_to_numpy(y)[0].tolist())
        [1.0, 2.0, 3.0, 4.0]
    """

    def __init__(self, *, max_shift, mode="zero", probability=1.0, seed=None, **kwargs):
        super().__init__(probability=probability, seed=seed, **kwargs)
        _check.non_negative_int("TimeShift", max_shift=max_shift)
        _check.one_of("TimeShift", ("zero", "wrap"), mode=mode)
        self.max_shift, self.mode = max_shift, mode

    def draw(self, shape):
        return {"shift": self.uniform(shape[:1])}

    def transform(self, x, length, draws):
        shift = one_of_ints(draws["shift"], least=-self.max_shift, most=self.max_shift)
        return shifted(x, shift=shift, length=length, wrap=self.mode == "wrap")
