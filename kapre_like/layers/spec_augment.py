"""Random masks over frames and bins as a layer. Arithmetic: `ops.spec_augment`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import SpectrogramAugmentation
from kapre_like.ops.masking import length_mask
from kapre_like.ops.spec_augment import fill_value, hidden, warped_time


@keras.saving.register_keras_serializable(package="kapre_like")
class SpecAugment(SpectrogramAugmentation):
    """Masks random spans of frames and bins during training.

    `y[t, k] = fill if t0 <= t < t0 + v or k0 <= k < k0 + w else x[t, k]` for each span of
    frames and of bins, where `fill` is `mask_value`. The width `w` of a span of bins is uniform
    over `0 .. freq_mask_param - 1` and at most the number of bins. Its start `k0` is uniform
    over all positions that keep the span inside. The width `v` of a span of frames is drawn in
    the same way from `time_mask_param`, and is at most `time_mask_ratio` of the clip's frames.
    Every call draws new spans for each clip; its channels share them. Spans may overlap, and a
    span of width 0 masks nothing.

    With `time_warp > 0`, time is warped first: one point of the clip moves by up to `time_warp`
    frames, and the time before and after it is interpolated linearly. The first and the last
    valid frame keep their place.

    With a mask over frames, spans are drawn among the valid frames of each clip, `"mean"` and
    `"min"` are computed over them, and the padding is unchanged. The output keeps the input's
    mask. At inference the output is the input. The arithmetic is float32 under every dtype
    policy except float64.

    Args:
        freq_mask_param: Int >= 0, bins: F in the paper. 0 and 1 mask nothing.
        time_mask_param: Int >= 0, frames: T in the paper. 0 and 1 mask nothing.
        n_freq_masks: Int >= 0, spans of bins per clip.
        n_time_masks: Int >= 0, spans of frames per clip.
        mask_value: Value of masked positions: `"mean"` or `"min"` of the same channel of the
            same clip before masking, or a number. In decibels, 0.0 is not silence: it is the
            maximum with `ref="max"`, and full scale otherwise.
        time_mask_ratio: Number in 0 .. 1: p in the paper.
        time_warp: Int >= 0, frames: W in the paper. 0 disables warping. A clip of `n` valid
            frames limits it to `(n - 1) / 2`.
        probability: Number in 0 .. 1, the probability that the layer changes an example.
        seed: `None`, or int >= 0. New layers with the same seed draw the same numbers in the
            same order.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or if the input has the wrong rank, no
            channels, or is not floating point.

    Example:
        >>> x = np.ones((1, 6, 4, 1))
        >>> hide = kapre_like.SpecAugment(time_mask_param=6, mask_value=0.0, seed=1)
        >>> hide(x, training=True).shape
        (1, 6, 4, 1)
        >>> bool(keras.ops.all(hide(x) == 1.0))
        True

    Source: D. S. Park et al., SpecAugment: a simple data augmentation method for automatic
        speech recognition, 2019.
    """

    def __init__(
        self,
        *,
        freq_mask_param=27,
        time_mask_param=100,
        n_freq_masks=1,
        n_time_masks=1,
        mask_value="mean",
        time_mask_ratio=1.0,
        time_warp=0,
        probability=1.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(probability=probability, seed=seed, **kwargs)
        owner = "SpecAugment"
        _check.non_negative_int(
            owner, freq_mask_param=freq_mask_param, time_mask_param=time_mask_param,
            n_freq_masks=n_freq_masks, n_time_masks=n_time_masks, time_warp=time_warp,
        )  # fmt: skip
        if isinstance(mask_value, str):
            if mask_value not in ("mean", "min"):
                rule = 'a finite number, "mean" or "min"'
                _check.fail(owner, "mask_value", rule, mask_value)
        else:
            _check.number(owner, mask_value=mask_value)
        _check.non_negative(owner, time_mask_ratio=time_mask_ratio)
        if time_mask_ratio > 1:
            _check.fail(owner, "time_mask_ratio", "a number in 0 .. 1", time_mask_ratio)
        self.freq_mask_param, self.time_mask_param = freq_mask_param, time_mask_param
        self.n_freq_masks, self.n_time_masks = n_freq_masks, n_time_masks
        self.mask_value, self.time_mask_ratio = mask_value, time_mask_ratio
        self.time_warp = time_warp

    def draw(self, shape):
        spans = self.n_time_masks + self.n_freq_masks
        draws = {"spans": self.uniform((shape[0], 2, spans))} if spans else {}
        # Drawn last, so a seed gives the same spans with and without warping.
        return {**draws, "warp": self.uniform((shape[0], 2))} if self.time_warp else draws

    def transform(self, x, length, draws):
        if "warp" in draws:
            warp = draws["warp"]
            x = warped_time(x, draws=warp, window=self.time_warp, length=length)
        return self._with_hidden(x, length, draws["spans"]) if "spans" in draws else x

    def _with_hidden(self, x, length, spans):
        mask = length_mask(x, length=length)
        where = hidden(
            x,
            time_draws=spans[:, :, : self.n_time_masks],
            freq_draws=spans[:, :, self.n_time_masks :],
            time_mask_param=self.time_mask_param,
            freq_mask_param=self.freq_mask_param,
            ratio=float(self.time_mask_ratio),
            mask=mask,
        )
        return ops.where(where, fill_value(x, kind=self.mask_value, mask=mask), x)
