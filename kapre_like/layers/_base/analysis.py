"""Short-time Fourier transform shared by `STFT` and the composed layers."""

from keras import ops

from kapre_like import _check, filters
from kapre_like.description import Description
from kapre_like.filters.response import (
    kernel_center_and_bandwidth,
    window_bandwidth,
)
from kapre_like.layers._base.inputs import constant, working_dtype
from kapre_like.ops.framing import frame, pad_waveform
from kapre_like.ops.masking import lengths
from kapre_like.ops.stft import fft_frames, kernel_frames

LEARN = (None, "kernels", "window")
PAD_MODES = ("constant", "none", "reflect")


class Analysis:
    """Checks the arguments of one transform, holds its constants and computes it.

    It is not a layer. It adds its weights to the layer that owns it.

    Args:
        owner: Class name for error messages.
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, window length in samples; `None` means `n_fft`.
        hop_length: Int > 0, samples between frames; `None` means `win_length // 4`.
        window: Window, see `filters.window`.
        center: Whether frame `t` has its middle at sample `t * hop_length`.
        pad_mode: `"constant"`, `"reflect"`, or `"none"`, which is `center=False`.
        learn: `None`, `"kernels"` or `"window"`.
    """

    def __init__(
        self, owner, *, n_fft, win_length, hop_length, window, center, pad_mode, learn
    ):
        _check.positive_int(owner, n_fft=n_fft)
        self.win_length = n_fft if win_length is None else win_length
        filters.check_window(owner, window, self.win_length, n_fft)
        self.hop_length = max(1, self.win_length // 4) if hop_length is None else hop_length
        _check.positive_int(owner, hop_length=self.hop_length)
        _check.boolean(owner, center=center)
        _check.one_of(owner, PAD_MODES, pad_mode=pad_mode)
        _check.one_of(owner, LEARN, learn=learn)
        # Without padding the first frame starts at the first sample.
        center = center and pad_mode != "none"
        self.n_fft = int(n_fft)
        self.grid = filters.FrameGrid(self.n_fft, self.hop_length, center)
        self.pad_mode, self.learn = pad_mode, learn
        self.window = filters.window(window, self.win_length, n_fft)

    @property
    def n_freqs(self):
        """Bins from 0 Hz to half the sample rate."""
        return self.n_fft // 2 + 1

    def add_weights(self, layer):
        """Adds weights to `layer`. Their initial values are those of the fixed transform."""
        if self.learn == "kernels":
            self._add_kernels(layer)
        if self.learn == "window":
            left = (self.n_fft - self.win_length) // 2
            short = self.window[left : left + self.win_length]
            layer.window_weight = _add(layer, "window", short)

    def _add_kernels(self, layer):
        real, imag = self._kernels()
        layer.kernel_real = _add(layer, "kernel_real", real)
        layer.kernel_imag = _add(layer, "kernel_imag", imag)

    def _kernels(self):
        real, imag = filters.dft_kernels(self.n_fft)
        return self.window[:, None] * real, self.window[:, None] * imag

    def describe(self, layer, sample_rate):
        """Returns center and bandwidth of each kernel in Hz, or the window's bandwidth."""
        owner = type(layer).__name__
        _check.positive(owner, sample_rate=sample_rate)
        if self.learn == "kernels":
            initial = now = self._kernels()
            if layer.built:
                now = [ops.convert_to_numpy(k) for k in (layer.kernel_real, layer.kernel_imag)]
            measured = [self._measured(*kernels, sample_rate) for kernels in (now, initial)]
            return Description(*measured, owner)
        initial = now = self.window
        if self.learn == "window" and layer.built:
            now = ops.convert_to_numpy(layer.window_weight)
        widths = [{"bandwidth_hz": [window_bandwidth(w, sample_rate)]} for w in (now, initial)]
        return Description(*widths, owner)

    def _measured(self, real, imag, sample_rate):
        # Four bins of a transform of `win_length` contain the main lobe of common windows.
        margin = 4 * sample_rate / self.win_length
        center, bandwidth = kernel_center_and_bandwidth(real, imag, sample_rate, margin)
        return {"center_hz": center, "bandwidth_hz": bandwidth}

    def pad(self, x, mask):
        """Pads `(batch, channels, samples)` at both ends of each clip."""
        center = self.grid.center
        at_own_end = mask is not None and self.pad_mode == "reflect" and center
        length = lengths(mask) if at_own_end else None
        return pad_waveform(
            x, n_fft=self.n_fft, center=center, pad_mode=self.pad_mode, length=length
        )

    def real_imag(self, layer, x):
        """The transform of padded `(batch, channels, samples)`, as a pair."""
        frames = frame(x, frame_length=self.n_fft, hop_length=self.hop_length)
        dtype = working_dtype(layer)
        if self.learn == "kernels":
            real, imag = (ops.cast(k, dtype) for k in (layer.kernel_real, layer.kernel_imag))
            return kernel_frames(frames, kernel_real=real, kernel_imag=imag)
        if self.learn == "window":
            left = (self.n_fft - self.win_length) // 2
            edges = (left, self.n_fft - self.win_length - left)
            return fft_frames(
                frames, window=ops.pad(ops.cast(layer.window_weight, dtype), [edges])
            )
        return fft_frames(frames, window=self.window.astype(dtype))


def _add(layer, name, values):
    return layer.add_weight(
        name=name,
        shape=values.shape,
        initializer=constant(values),
        dtype=working_dtype(layer),
        autocast=False,
    )
