"""Random shift in time as a layer. Arithmetic: `ops.segments`."""

import keras

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.segments import one_of_ints, shifted


@keras.saving.register_keras_serializable(package="kapre_like")
class TimeShift(Augmentation):
    """Shifts each example earlier or later by a random time.

    All shifts from `-max_shift_s` to `max_shift_s` are equally likely. An example is shifted
    inside its valid samples; its length does not change. At inference the result is the input.

    `y[n] = x[n - shift]`, or `y[n] = x[(n - shift) % length]` with `mode="wrap"`. `shift` is
    uniform over the whole numbers from `-max_shift_s * sample_rate` to
    `max_shift_s * sample_rate`.

    Args:
        max_shift_s: Number >= 0, seconds, the largest shift; `None` is half of the example.
        sample_rate: Int > 0, Hz.
        mode: `"zero"` drops the samples that leave, and zeros enter at the other end. With
            `"wrap"` these samples enter at the other end.
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
        >>> y = kapre_like.augment.TimeShift(max_shift_s=None, mode="wrap")(x, training=True)
        >>> sorted(keras.ops.convert_to_numpy(y)[0].tolist())
        [1.0, 2.0, 3.0, 4.0]

    Source: audiomentations, `Shift`; there the default is to wrap.
    """

    def __init__(
        self, *, max_shift_s=0.1, sample_rate=16000, mode="zero", probability=1.0, seed=None,
        **kwargs,
    ):  # fmt: skip
        super().__init__(probability=probability, seed=seed, **kwargs)
        if max_shift_s is not None:
            _check.non_negative("TimeShift", max_shift_s=max_shift_s)
        _check.audio_rate("TimeShift", sample_rate=sample_rate)
        _check.one_of("TimeShift", ("zero", "wrap"), mode=mode)
        self.max_shift_s, self.sample_rate, self.mode = max_shift_s, sample_rate, mode

    def draw(self, shape):
        return {"shift": self.uniform(shape[:1])}

    def transform(self, x, length, draws):
        if self.max_shift_s is None:
            limit = length // 2
        else:
            limit = round(self.max_shift_s * self.sample_rate)
        shift = one_of_ints(draws["shift"], min_value=-limit, max_value=limit)
        return shifted(x, shift=shift, length=length, wrap=self.mode == "wrap")
