"""Kaldi's filterbank energies as a layer. Arithmetic: `ops`."""

import math

import keras
import numpy as np
from keras import ops

from kapre_like import _check, filters
from kapre_like.filters.kaldi import WINDOWS, kaldi_window
from kapre_like.layers._base.axes import FramingLayer
from kapre_like.layers._base.inputs import take_waveform, working_dtype
from kapre_like.layers._base.stream_stage import FRAMING
from kapre_like.ops.axes import channels_last
from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.fourier import rfft
from kapre_like.ops.framing import frame, pad_waveform
from kapre_like.ops.kaldi import condition
from kapre_like.ops.pieces import over_clips
from kapre_like.ops.polar import power

# float32's distance from 1 to the next number: Kaldi's floor under the logarithm.
_FLOOR = float(np.finfo("float32").eps)


@keras.saving.register_keras_serializable(package="kapre_like")
class KaldiFbank(FramingLayer):
    """Logarithmic mel energies as Kaldi, `torchaudio.compliance.kaldi` and AST compute them.

    Each frame of `win_length` samples, the first one starting with the clip, loses its mean,
    is pre-emphasised by itself, windowed, filled with zeros to `n_fft` samples and
    transformed; the power is summed in triangles that are straight lines over mel, and
    `y = log(max(sum, 2 ** -23))`. Without dither; frames that would pass the clip's end are
    left out (`snip_edges`), and a clip too short for a frame is filled with zeros to give one.

    A mask over samples goes on as a mask over frames: on its valid frames a clip has the same
    values in a padded batch as alone. The arithmetic is float32 under every policy but
    float64.

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
        fmax: Number > `fmin`, Hz, upper corner of the last; `None` means half the rate.
        scale: Number > 0 by which samples are multiplied: 32768 for programs that feed Kaldi
            with 16-bit integers, 1 for those that feed it with [-1, 1).
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_mels, channels)`, natural logarithm of energies, the policy's
        compute dtype; `frames = max(1, 1 + (samples - win_length) // hop_length)`.

    Raises:
        ValueError: If an argument is outside its domain, the input has no channel axis or no
            channel, or it is not floating point.

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
        _check.one_of(owner, WINDOWS, window=window)
        self._n_fft = 2 ** math.ceil(math.log2(win_length)) if n_fft is None else n_fft
        filters.check_window(owner, "boxcar", win_length, self._n_fft)
        if win_length < 2:
            _check.fail(owner, "win_length", "an int > 1", win_length)
        _check.non_negative(owner, preemphasis=preemphasis)
        if preemphasis > 1:
            _check.fail(owner, "preemphasis", "at most 1", preemphasis)
        _check.boolean(owner, remove_dc=remove_dc)
        _check.positive(owner, scale=scale)
        self._bands = {
            "sample_rate": sample_rate, "n_mels": n_mels, "fmin": fmin, "fmax": fmax,
            "mel_scale": "kaldi", "norm": None,
        }  # fmt: skip
        filters.check_bands(owner, **self._bands)
        self.sample_rate, self.win_length, self.hop_length = sample_rate, win_length, hop_length
        self.n_fft, self.window, self.preemphasis = n_fft, window, preemphasis
        self.remove_dc, self.n_mels, self.fmin, self.fmax = remove_dc, n_mels, fmin, fmax
        self.scale = scale
        self.frame_grid = filters.FrameGrid(win_length, hop_length)

    def build(self, input_shape):
        super().build(input_shape)
        dtype = working_dtype(self)
        matrix = filters.mel_matrix(n_fft=self._n_fft, **self._bands)
        filters.warn_of_empty_bands("KaldiFbank", matrix, n_fft=self._n_fft, **self._bands)
        self._matrix = matrix.astype(dtype)
        self._window = (self.scale * kaldi_window(self.window, self.win_length)).astype(dtype)

    def call(self, inputs, mask=None):
        x = take_waveform(self, "KaldiFbank", inputs, mask)
        # A clip too short for a frame is filled up; nothing is added beside others.
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
