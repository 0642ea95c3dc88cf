"""Waveform to (log-)mel spectrogram in one layer. The road: `_composed`."""

import keras

from kapre_like import _check
from kapre_like.filters.filterbank import Filterbank
from kapre_like.layers._bands import TrainableFilterbank, check_learn
from kapre_like.layers._composed import ComposedBands


@keras.saving.register_keras_serializable(package="kapre_like")
class MelSpectrogram(ComposedBands):
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
        pad_mode: What is beside a centered clip: `"constant"` (zeros), `"reflect"`, or
            `"none"`: nothing, whole frames only, as with `center=False`.
        power: Number > 0, exponent of the magnitude: 2 for power, 1 for amplitude.
        n_mels: Int > 0, mel bands.
        fmin: Number >= 0, Hz, lower corner of the first band.
        fmax: Number > `fmin`, Hz, upper corner of the last band, at most half the rate,
            which `None` stands for.
        mel_scale: `"slaney"`, `"htk"`, or `"kaldi"`, whose triangles are straight in mel.
        norm: `"slaney"` (every band has area 1 in Hz) or `None` (height 1).
        decibel: Whether to scale to decibels.
        ref: Number > 0 that maps to 0 dB, or `"max"`: each clip's peak.
        amin: Number > 0, smaller values count as this.
        top_db: Number > 0, dB kept below each clip's peak, or `None` to keep everything.
        learn_stft: `None`, `"kernels"` or `"window"`. As `STFT(learn=...)`.
        learn_mel: `None`, `"matrix"` or `"bands"`. As `ApplyFilterbank(learn=...)`.
        learn_decibel: `None` or `"affine"`. As `PowerToDecibel(learn=...)`.
        band_shape: `None`, `"triangle"`, `"gaussian"` or `"gabor"`. As in `ApplyFilterbank`.
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
        `center`, `bandwidth`: `(n_mels,)`, as in `ApplyFilterbank`; exist if
            `learn_mel="bands"`.
        `slope`, `reference_db`, `floor_db`: one number per band; exist if
            `learn_decibel="affine"`.

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
        learn_decibel=None,
        band_shape=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "MelSpectrogram"
        mel = {
            "sample_rate": sample_rate, "n_mels": n_mels, "fmin": fmin, "fmax": fmax,
            "mel_scale": mel_scale, "norm": norm, "band_shape": band_shape,
        }  # fmt: skip
        check_learn(owner, learn_mel=learn_mel)
        _check.non_negative(owner, fmin=fmin)
        bank = Filterbank("mel", **mel, owner=owner)
        self._compose(
            filters=TrainableFilterbank(bank, learn=learn_mel), **mel,
            n_fft=n_fft, win_length=win_length, hop_length=hop_length, window=window,
            center=center, pad_mode=pad_mode, power=power, decibel=decibel, ref=ref,
            amin=amin, top_db=top_db, learn_stft=learn_stft, learn_mel=learn_mel,
            learn_decibel=learn_decibel,
        )  # fmt: skip
