"""Inverse transform shared by `InverseSTFT` and `GriffinLim`."""

from keras import ops

from kapre_like import _check, filters
from kapre_like.ops.masking import sample_mask


class Synthesis:
    """Checks the arguments of an inverse transform and computes its number of samples.

    It is not a layer.

    Args:
        owner: Class name for error messages.
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, window length in samples; `None` means `n_fft`.
        hop_length: Int > 0, samples between frames; `None` means `win_length // 4`.
        window: Window, see `filters.window`.
        center: Whether frame `t` has its middle at sample `t * hop_length`.
        length: Int >= 0, samples to return. `None` returns all samples that the frames cover.
    """

    def __init__(self, owner, *, n_fft, win_length, hop_length, window, center, length):
        _check.positive_int(owner, n_fft=n_fft)
        short = n_fft if win_length is None else win_length
        filters.check_window(owner, window, short, n_fft)
        self.hop_length = max(1, short // 4) if hop_length is None else hop_length
        _check.positive_int(owner, hop_length=self.hop_length)
        _check.boolean(owner, center=center)
        if length is not None:
            _check.non_negative_int(owner, length=length)
        self.window = filters.window(window, short, n_fft)
        filters.check_overlap(owner, self.window, self.hop_length)
        self.n_fft, self.center, self.length = n_fft, center, length

    @property
    def n_freqs(self):
        """Bins from 0 Hz to half the sample rate."""
        return self.n_fft // 2 + 1

    @property
    def _extra(self):
        """Samples beyond `(frames - 1) * hop_length`."""
        return self.n_fft - 2 * (self.n_fft // 2) if self.center else self.n_fft

    def samples(self, frames):
        """Returns the samples for a number of frames, `None` if that is unknown."""
        if self.length is not None or frames is None:
            return self.length
        return max(0, (frames - 1) * self.hop_length + self._extra)

    def mask(self, frame_mask):
        """Returns the sample mask for a frame mask; `None` stays `None`."""
        if frame_mask is None:
            return None
        mask = sample_mask(frame_mask, hop_length=self.hop_length, extra=self._extra)
        if self.length is None:
            return mask
        filled = ops.pad(ops.cast(mask, "int32"), [(0, 0), (0, self.length)])
        return ops.cast(filled[:, : self.length], "bool")
