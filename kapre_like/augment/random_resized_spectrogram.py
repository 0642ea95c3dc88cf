"""Random stretches of time and frequency as a layer. Arithmetic: `ops.spec_augment`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.augment._fill import check_fill
from kapre_like.layers._base.augmentation import SpectrogramAugmentation
from kapre_like.ops.masking import length_mask
from kapre_like.ops.spec_augment import outside_value, resized


@keras.saving.register_keras_serializable(package="kapre_like")
class RandomResizedSpectrogram(SpectrogramAugmentation):
    """Stretches each spectrogram along time and along frequency about a random point.

    `y[t, f] = x[a + (t - a) / s, b + (f - b) / r]`, by bilinear interpolation, with the
    factors `s` and `r` uniform in their ranges, and the point `(a, b)` uniform over the valid
    frames and the bins. What a factor above 1 moves outside is cut off; what a factor below 1
    leaves free is filled. The number of valid frames stays: frames that are filled count as
    valid. At inference the result is the input.

    Args:
        min_time: Number > 0, the least factor along time; below 1 is shorter.
        max_time: Number >= `min_time`, the greatest factor along time.
        min_freq: Number > 0, the least factor along frequency.
        max_freq: Number >= `min_freq`, the greatest factor along frequency.
        fill: What stands in what is free: `"edge"` for the nearest frame and bin, `"min"` for
            the least valid value of the same channel of the same example, or a number.
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
        >>> resize = kapre_like.augment.RandomResizedSpectrogram(min_time=0.5, max_time=2)
        >>> resize(np.zeros((2, 100, 64, 1)), training=True).shape
        (2, 100, 64, 1)

    Source: D. Niizumi et al., BYOL for audio, 2021, Random Resize Crop; there
        the interpolation is bicubic, and one is cut out of a larger empty spectrogram.
    """

    def __init__(
        self,
        *,
        min_time=0.8,
        max_time=1.25,
        min_freq=0.8,
        max_freq=1.25,
        fill="edge",
        probability=1.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(probability=probability, seed=seed, **kwargs)
        owner = "RandomResizedSpectrogram"
        _check.positive(owner, min_time=min_time, max_time=max_time)
        _check.positive(owner, min_freq=min_freq, max_freq=max_freq)
        _check.ordered(owner, min_time=min_time, max_time=max_time)
        _check.ordered(owner, min_freq=min_freq, max_freq=max_freq)
        check_fill(owner, fill)
        self.min_time, self.max_time = min_time, max_time
        self.min_freq, self.max_freq = min_freq, max_freq
        self.fill = fill

    def draw(self, shape):
        return {
            "time": self.uniform(shape[:1], self.min_time, self.max_time),
            "freq": self.uniform(shape[:1], self.min_freq, self.max_freq),
            "point": self.uniform((shape[0], 2)),
        }

    def transform(self, x, length, draws):
        fill = outside_value(x, kind=self.fill, mask=length_mask(x, length=length))
        time, freq = draws["point"][:, 0], draws["point"][:, 1]
        x = resized(x, factor=draws["time"], anchor=time, length=length, fill=fill)
        bins = ops.shape(x)[2] * ops.ones_like(length)
        x = ops.swapaxes(x, 1, 2)
        # What fills has one value per channel, so that it fits with swapped axes too.
        x = resized(x, factor=draws["freq"], anchor=freq, length=bins, fill=fill)
        return ops.swapaxes(x, 1, 2)
