"""Waveform to (log-)mel spectrogram in one layer. Arithmetic: `ops`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._analysis import Analysis
from kapre_like.layers._front_end import FrontEnd
from kapre_like.layers._inputs import (
    check_decibel,
    check_floating,
    check_waveform_shape,
    take_waveform,
    working_dtype,
)
from kapre_like.layers._mel import MelBands
from kapre_like.ops.axes import channels_last
from kapre_like.ops.decibel import decibel as to_decibel
from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.pieces import over_clips
from kapre_like.ops.polar import power as to_power


@keras.saving.register_keras_serializable(package="kapre_like")
class MelSpectrogram(FrontEnd):
    """Mel spectrogram of every channel, in decibels or linear, fixed or learned.

    `STFT`, `|X| ** power`, `ApplyFilterbank` and, if `decibel`, `20 / power * log10`: that is
    `PowerToDecibel` for `power=2` and `MagnitudeToDecibel` for `power=1`. One flat
    configuration, real arithmetic inside (no complex tensor of ours), and faster than the
    layers in a row. The reference `"max"` and the peak of `top_db` are those of each clip,
    over its valid frames and all channels.

    A mask over samples (from `LengthMask`) sets the samples past each clip's length to zero
    and goes on as a mask over frames: on its valid frames a clip has the same values in a
    padded batch as alone. The arithmetic is float32 under every policy but float64.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, samples under the window. `None` means `n_fft`.
        hop_length: Int > 0, samples between frames. `None` means `win_length // 4`.
        window: Name or `(name, parameter)` that `scipy.signal.get_window` knows, taken
            periodic, or an array of `win_length` numbers.
        center: Whether frame `t` has its middle at sample `t * hop_length`.
        pad_mode: What is beside a centred clip: `"constant"` (zeros), `"reflect"`, or
            `"none"`: nothing, whole frames only, as with `center=False`.
        power: Number > 0, exponent of the magnitude: 2 for power, 1 for amplitude.
        n_mels: Int > 0, mel bands.
        fmin: Number >= 0, Hz, lower corner of the first band.
        fmax: Number > `fmin`, Hz, upper corner of the last band, at most half the rate,
            which `None` stands for.
        mel_scale: `"slaney"` or `"htk"`.
        norm: `"slaney"` (every band has area 1 in Hz) or `None` (height 1).
        decibel: Whether to scale to decibels.
        ref: Number > 0 that maps to 0 dB, or `"max"`: each clip's peak.
        amin: Number > 0, smaller values count as this.
        top_db: Number > 0, dB kept below each clip's peak, or `None` to keep everything.
        learn_stft: `None`, `"kernels"` or `"window"`. As `STFT(learn=...)`.
        learn_mel: `None` or `"matrix"`. As `ApplyFilterbank(learn=...)`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_mels, channels)`, frames as in `STFT`; the policy's compute dtype
        if `decibel`, else float32.

    Weights:
        `kernel_real`, `kernel_imag`: `(n_fft, freqs)`; exist if `learn_stft="kernels"`.
        `window`: `(win_length,)`, held as `window_weight`; exists if `learn_stft="window"`.
        `mel_matrix`: `(freqs, n_mels)`, kept >= 0; exists if `learn_mel="matrix"`.

    Raises:
        ValueError: If an argument is outside its domain, the input has no channel axis or no
            channel, or it is not floating point.

    Example:
        >>> kapre_like.MelSpectrogram(n_fft=512, n_mels=80)(np.zeros((2, 16000, 1))).shape
        (2, 126, 80, 1)

    Source: librosa 0.11 `feature.melspectrogram` with `power_to_db`, one clip at a time.
    """

    def __init__(
        self,
        *,
        sample_rate=16000,
        n_fft=2048,
        win_length=None,
        hop_length=None,
        window="hann",
        center=True,
        pad_mode="constant",
        power=2.0,
        n_mels=128,
        fmin=0.0,
        fmax=None,
        mel_scale="slaney",
        norm="slaney",
        decibel=True,
        ref=1.0,
        amin=1e-10,
        top_db=80.0,
        learn_stft=None,
        learn_mel=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "MelSpectrogram"
        _check.one_of(owner, (None, "kernels", "window"), learn_stft=learn_stft)
        _check.one_of(owner, (None, "matrix"), learn_mel=learn_mel)
        self._analysis = Analysis(
            owner, n_fft=n_fft, win_length=win_length, hop_length=hop_length,
            window=window, center=center, pad_mode=pad_mode, learn=learn_stft,
        )  # fmt: skip
        self._bands = MelBands(
            owner, sample_rate=sample_rate, n_mels=n_mels, fmin=fmin, fmax=fmax,
            mel_scale=mel_scale, norm=norm, learn=learn_mel,
        )  # fmt: skip
        _check.positive(owner, power=power)
        _check.boolean(owner, decibel=decibel)
        check_decibel(owner, ref=ref, amin=amin, top_db=top_db)
        self.sample_rate = sample_rate
        self.n_fft, self.win_length, self.hop_length = n_fft, win_length, hop_length
        self.window, self.center, self.pad_mode = window, center, pad_mode
        self.power, self.n_mels, self.fmin, self.fmax = power, n_mels, fmin, fmax
        self.mel_scale, self.norm = mel_scale, norm
        self.decibel, self.ref, self.amin, self.top_db = decibel, ref, amin, top_db
        self.learn_stft, self.learn_mel = learn_stft, learn_mel

    def build(self, input_shape):
        check_waveform_shape("MelSpectrogram", input_shape)
        self.input_spec = keras.layers.InputSpec(ndim=3)
        self._analysis.add_weights(self)
        self._bands.build(self, self.n_fft)

    def call(self, inputs, mask=None):
        x = take_waveform(self, "MelSpectrogram", inputs, mask)
        mel = channels_last(over_clips(self._mel, self._analysis.pad(x, mask)))
        if not self.decibel:
            return mel
        frames = self._analysis.frame_mask(mask)
        db = to_decibel(
            mel, factor=20.0 / self.power, ref=self.ref, amin=self.amin, top_db=self.top_db,
            mask=frames,
        )  # fmt: skip
        return ops.cast(db, self.compute_dtype)

    def _mel(self, x):
        real, imag = self._analysis.real_imag(self, x)
        spectrum = to_power(real, imag, exponent=self.power)
        return apply_matrix(spectrum, matrix=self._bands.matrix(self))

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        return self._analysis.frame_mask(previous_mask)

    def compute_output_shape(self, input_shape):
        check_waveform_shape("MelSpectrogram", input_shape)
        batch, samples, channels = input_shape
        return (batch, self._analysis.frame_count(samples), self.n_mels, channels)

    def compute_output_spec(self, inputs, mask=None):  # noqa: ARG002
        check_floating("MelSpectrogram", inputs)
        dtype = self.compute_dtype if self.decibel else working_dtype(self)
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype=dtype)

    def frame_lengths(self, length):
        """Returns the valid frames of clips with `length` valid samples, int32."""
        return self._analysis.frame_lengths(length)
