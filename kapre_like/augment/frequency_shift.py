"""Random shift along frequency as a layer. Arithmetic: `ops.spec_augment`."""

import keras

from kapre_like import _check
from kapre_like.augment._fill import check_fill
from kapre_like.layers._base.augmentation import SpectrogramAugmentation
from kapre_like.ops.masking import length_mask
from kapre_like.ops.segments import one_of_ints
from kapre_like.ops.spec_augment import outside_value, shifted_bins


@keras.saving.register_keras_serializable(package="kapre_like")
class FrequencyShift(SpectrogramAugmentation):
    """Shifts each spectrogram up or down by a random number of bins.

    All shifts from `-max_shift` to `max_shift` bins are equally likely. On a logarithmic
    frequency scale, such as that of a mel or constant-Q spectrogram, a shift is approximately a
    change of pitch. At inference the result is the input.

    `y[t, k] = x[t, k - shift]`, with `shift` uniform over the whole numbers
    `-max_shift .. max_shift`.

    Args:
        max_shift: Int >= 0, bins, the largest shift.
        fill: Value of the bins that enter: `"edge"` for that of the nearest bin of the frame,
            `"min"` for the smallest valid value of the same channel and example, or a number.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point, with or without a Keras mask; or a
        list `[spectrogram, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> x = np.arange(4.0).reshape(1, 1, 4, 1)
        >>> shift = kapre_like.augment.FrequencyShift(max_shift=1, seed=1)
        >>> shift(x, training=True).shape
        (1, 1, 4, 1)

    Source: this library. Where an octave has `n` bins, a shift of one bin is `12 / n`
        semitones.
    """

    def __init__(self, *, max_shift=4, fill="edge", probability=1.0, seed=None, **kwargs):
        super().__init__(probability=probability, seed=seed, **kwargs)
        _check.non_negative_int("FrequencyShift", max_shift=max_shift)
        check_fill("FrequencyShift", fill)
        self.max_shift, self.fill = max_shift, fill

    def draw(self, shape):
        return {"shift": self.uniform(shape[:1])}

    def transform(self, x, length, draws):
        shift = one_of_ints(draws["shift"], min_value=-self.max_shift, max_value=self.max_shift)
        fill = outside_value(x, kind=self.fill, mask=length_mask(x, length=length))
        return shifted_bins(x, shift=shift, fill=fill)
