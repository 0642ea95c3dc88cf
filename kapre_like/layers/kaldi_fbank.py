"""Kaldi's filterbank energies as a layer. Arithmetic: `ops`."""

import math

import keras
import numpy as np
from keras import ops

from kapre_like import _check, filters
from kapre_like.filters.filterbank import Filterbank
from kapre_like.filters.windows import KALDI_WINDOWS, kaldi_window
from kapre_like.layers._base.axes import FramingLayer
from kapre_like.layers._base.inputs import take_waveform, working_dtype
from kapre_like.layers._base.stream_stage import FRAMING
from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.fourier import rfft
from kapre_like.ops.framing import frame, pad_waveform
from kapre_like.ops.iir import condition
from kapre_like.ops.lowering import over_clips
from kapre_like.ops.polar import power
from kapre_like.ops.sizes import channels_last

# Kaldi's floor below the logarithm: the distance from 1 to the next float32 number.
_FLOOR = float(np.finfo("float32").eps)


@keras.saving.register_keras_serializable(package="kapre_like")
class KaldiFbank(FramingLayer):
    """Log-mel energies as computed by Kaldi, torchaudio's `kaldi` module and AST.

    `y[t, m] = log(max(sum_k |X[t, k]| ** 2 * bands[k, m], 2 ** -23))` with
    `X[t] = rfft(scale * window[n] * (d[n] - preemphasis * d[n - 1]), n_fft)`, where
    `d[n] = x[t * hop_length + n] - mean` is the frame without its mean, and `d[-1] = d[0]`. The
    bands are triangles with straight sides in mel.

    The first frame starts at the first sample. Frames that would extend past the end are
    dropped (`snip_edges`), and a clip shorter than a frame is padded with zeros to one frame.
    There is no dither.

    A mask over samples (from `LengthMask`) sets the samples past each clip's length to zero,
    and the output carries a mask over frames. On its valid frames a clip has the same values in
    a padded batch as alone. The arithmetic is float32 under every dtype policy except float64.

    Args:
        sample_rate: Number > 0, Hz.
        win_length: Int > 1, samples per frame; Kaldi's `frame_length` of 25 ms.
        hop_length: Int > 0, samples between frames; Kaldi's `frame_shift` of 10 ms.
        n_fft: Int >= `win_length`, FFT size in samples; `None` means the next power of two.
        window: `"povey"`, `"hanning"`, `"hamming"`, `"blackman"` or `"rectangular"`.
        preemphasis: Number in [0, 1].
        remove_dc: Whether each frame's mean is subtracted.
        n_mels: Int > 0, mel bands.
        fmin: Number >= 0, Hz, lower corner of the first band.
        fmax: Number > `fmin`, Hz, upper corner of the last band. `None` means half the sample
            rate.
        scale: Number > 0, factor on the samples. 32768 reproduces programs that pass 16-bit
            integers to Kaldi, 1 those that pass samples in [-1, 1).
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_mels, channels)`, natural logarithm of energies, the policy's
        compute dtype; `frames = max(1, 1 + (samples - win_length) // hop_length)`.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point
            or lacks a channel axis or channels.

    Example:
        >>> kapre_like.KaldiFbank(n_mels=40)(np.zeros((2, 16000, 1))).shape
        (2, 98, 40, 1)

    Source: D. Povey et al., The Kaldi speech recognition toolkit, 2011; feat/feature-fbank.cc.
    """

    stream_stage = FRAMING
    pad_mode = "none"
    _follows_policy = True

    def __init__(
        self,
        *,
        sample_rate=16000,
        win_length=400,
        hop_length=160,
        n_fft=None,
        window="povey",
        preemphasis=0.97,
        remove_dc=True,
        n_mels=80,
        fmin=20.0,
        fmax=None,
        scale=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "KaldiFbank"
        _check.positive_int(owner, win_length=win_length, hop_length=hop_length)
        _check.one_of(owner, KALDI_WINDOWS, window=window)
        self._n_fft = 2 ** math.ceil(math.log2(win_length)) if n_fft is None else n_fft
        filters.check_window(owner, "boxcar", win_length, self._n_fft)
        if win_length < 2:
            _check.fail(owner, "win_length", "an int > 1", win_length)
        _check.non_negative(owner, preemphasis=preemphasis)
        if preemphasis > 1:
            _check.fail(owner, "preemphasis", "at most 1", preemphasis)
        _check.boolean(owner, remove_dc=remove_dc)
        _check.positive(owner, scale=scale)
        _check.non_negative(owner, fmin=fmin)
        self._bank = Filterbank(
            "mel", sample_rate, n_mels, fmin=fmin, fmax=fmax, mel_scale="kaldi", norm=None,
            owner=owner,
        )  # fmt: skip
        self.sample_rate, self.win_length, self.hop_length = sample_rate, win_length, hop_length
        self.n_fft, self.window, self.preemphasis = n_fft, window, preemphasis
        self.remove_dc, self.n_mels, self.fmin, self.fmax = remove_dc, n_mels, fmin, fmax
        self.scale = scale
        self.frame_grid = filters.FrameGrid(win_length, hop_length)

    def build(self, input_shape):
        super().build(input_shape)
        dtype = working_dtype(self)
        matrix = self._bank.matrix(self._n_fft)
        self._bank.warn_if_empty(matrix, self._n_fft)
        self._matrix = matrix.astype(dtype)
        self._window = (self.scale * kaldi_window(self.window, self.win_length)).astype(dtype)

    def call(self, inputs, mask=None):
        x = take_waveform(self, "KaldiFbank", inputs, mask)
        # Only a clip shorter than a frame is padded.
        x = pad_waveform(
            x, n_fft=self.win_length, center=False, pad_mode="constant", length=None
        )
        return ops.cast(channels_last(over_clips(self._log_energies, x)), self.compute_dtype)

    def _log_energies(self, x):
        frames = frame(x, frame_length=self.win_length, hop_length=self.hop_length)
        frames = condition(frames, remove_dc=self.remove_dc, preemphasis=self.preemphasis)
        edges = [(0, 0)] * 3 + [(0, self._n_fft - self.win_length)]
        frames = ops.pad(ops.multiply(frames, self._window), edges)
        real, imag = rfft(frames)
        energies = apply_matrix(power(real, imag, exponent=2), matrix=self._matrix)
        return ops.log(ops.maximum(energies, _FLOOR))

    def _frame_shape(self, channels):
        return (self.n_mels, channels)
