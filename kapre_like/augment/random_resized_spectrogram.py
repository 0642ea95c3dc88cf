"""Random stretching of time and frequency as a layer. Arithmetic: `ops.spec_augment`."""

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

    `y[t, f] = x[a + (t - a) / s, b + (f - b) / r]`, by bilinear interpolation. The factors `s`
    and `r` are uniform in their ranges, and the point `(a, b)` is uniform over the valid frames
    and the bins. A factor above 1 crops the spectrogram. A factor below 1 leaves a border,
    which is filled. The number of valid frames does not change: filled frames are valid. At
    inference the result is the input.

    With `keep_end=True`, `a` is the first frame, and `n` valid frames become `round(n * s)`.
    The array grows in training, so that no frame is cut off, and no border is filled in time.

    Args:
        min_time: Number > 0, the smallest factor along time; below 1 is shorter.
        max_time: Number >= `min_time`, the largest factor along time.
        min_freq: Number > 0, the smallest factor along frequency.
        max_freq: Number >= `min_freq`, the largest factor along frequency.
        fill: Value of the border: `"edge"` for that of the nearest frame and bin, `"min"` for
            the smallest valid value of the same channel and example, or a number.
        keep_end: Whether all frames are kept, and the array has `ceil(frames * max_time)`
            frames in training, if that is more. Use it if the label depends on all frames, as a
            transcript does. The static size of the time axis is then `None`.
        probability: Number in 0 .. 1, the probability that an example is changed; 1 with
            `keep_end=True`.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point, with or without a Keras mask; or a
        list `[spectrogram, length]`.

    Output shape:
        Same as the input, float32; in training with more frames if `keep_end=True`.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> resize = kapre_like.augment.RandomResizedSpectrogram(min_time=0.5, max_time=2)
        >>> resize(np.zeros((2, 100, 64, 1)), training=True).shape
        (2, 100, 64, 1)

    Source: D. Niizumi et al., BYOL for audio, 2021, Random Resize Crop. There the interpolation
        is bicubic, and the crop is taken from a spectrogram with an empty border.
    """

    def __init__(
        self,
        *,
        min_time=0.8,
        max_time=1.25,
        min_freq=0.8,
        max_freq=1.25,
        fill="edge",
        keep_end=False,
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
        self.keeps_end(keep_end, max_time)
        self.changes_length = keep_end

    def draw(self, shape):
        return {
            "time": self.uniform(shape[:1], self.min_time, self.max_time),
            "freq": self.uniform(shape[:1], self.min_freq, self.max_freq),
            "point": self.uniform((shape[0], 2)),
        }

    def transform(self, x, length, draws):
        fill = outside_value(x, kind=self.fill, mask=length_mask(x, length=length))
        time, freq = draws["point"][:, 0], draws["point"][:, 1]
        x = self.with_room(x)
        first = ops.zeros_like(time) if self.keep_end else time
        x = resized(x, factor=draws["time"], anchor=first, length=length, fill=fill)
        bins = ops.shape(x)[2] * ops.ones_like(length)
        x = ops.swapaxes(x, 1, 2)
        # A fill of one value per channel also fits swapped axes.
        x = resized(x, factor=draws["freq"], anchor=freq, length=bins, fill=fill)
        x = ops.swapaxes(x, 1, 2)
        if not self.keep_end:
            return x
        ends = ops.round(ops.cast(length, "float32") * draws["time"])
        return x, ops.cast(ends, length.dtype)
