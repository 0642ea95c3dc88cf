"""Waveform to (log-)mel spectrogram in one layer."""

import keras

from kapre_like import _check
from kapre_like.filters.filterbank import Filterbank
from kapre_like.layers._base.bands import TrainableFilterbank, check_learn
from kapre_like.layers._base.composed import ComposedBands


@keras.saving.register_keras_serializable(package="kapre_like")
class MelSpectrogram(ComposedBands):
    """Mel spectrogram of every channel, in dB or linear, fixed or learned.

    `B[t, m] = sum_k |X[t, k]| ** power * bands[k, m]`, where `X` is the `STFT` and `bands` the
    mel filterbank. With `decibel`, `y[t, m] = 20 / power * log10(max(B[t, m], amin) / ref)`,
    then `y = max(y, peak - top_db)`; else `y = B`.

    The layer equals `STFT`, power, `ApplyFilterbank`, and `PowerToDecibel` (for `power=2`) or
    `MagnitudeToDecibel` (for `power=1`) in a row. Compared with the single layers in a row, its
    configuration is flat, its arithmetic is real, and it is faster. The reference `"max"` and
    `peak` are the maximum of each clip over its valid frames and all channels.

    A mask over samples (from `LengthMask`) sets the samples past each clip's length to zero,
    and the output carries a mask over frames. On its valid frames a clip has the same values in
    a padded batch as alone. The arithmetic is float32 under every dtype policy except float64.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, window length in samples. `None` means `n_fft`.
        hop_length: Int > 0, samples between frames. `None` means `win_length // 4`.
        window: Name or `(name, parameter)` of a periodic window of `scipy.signal.get_window`,
            or an array of `win_length` numbers.
        center: Whether frame `t` is centered on sample `t * hop_length`.
        pad_mode: Padding at both ends of a centered clip: `"constant"` (zeros), `"reflect"`, or
            `"none"` (no padding, as with `center=False`).
        power: Number > 0, exponent of the magnitude: 2 for power, 1 for amplitude.
        n_mels: Int > 0, mel bands.
        fmin: Number >= 0, Hz, lower corner of the first band.
        fmax: Number > `fmin`, Hz, upper corner of the last band, at most half of `sample_rate`.
            `None` means half of it.
        mel_scale: `"slaney"`, `"htk"`, or `"kaldi"`, whose triangles have straight sides in
            mel.
        norm: `"slaney"` (every band has area 1 in Hz) or `None` (height 1).
        decibel: Whether the output is in decibels.
        ref: Number > 0, the value that maps to 0 dB, or `"max"`: the peak of each clip.
        amin: Number > 0. Smaller values are replaced by it.
        top_db: Number > 0, dynamic range in dB below the peak of each clip. `None` means no
            limit.
        learn_stft: `None`, `"kernels"` or `"window"`. As `learn` in `STFT`.
        learn_mel: `None`, `"matrix"` or `"bands"`. As `learn` in `ApplyFilterbank`.
        learn_decibel: `None` or `"affine"`. As `learn` in `PowerToDecibel`.
        band_shape: `None`, `"triangle"`, `"gaussian"` or `"gabor"`. As in `ApplyFilterbank`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_mels, channels)`, frames as in `STFT`. In dB and the policy's compute
        dtype if `decibel`; else in the unit of `|X| ** power`, float32.

    Weights:
        `kernel_real`, `kernel_imag`: `(n_fft, freqs)`; exist if `learn_stft="kernels"`.
        `window`: `(win_length,)`, in the attribute `window_weight`; exists if
            `learn_stft="window"`.
        `mel_matrix`: `(freqs, n_mels)`, constrained to >= 0; exists if `learn_mel="matrix"`.
        `center`, `bandwidth`: `(n_mels,)`, as in `ApplyFilterbank`; exist if
            `learn_mel="bands"`.
        `slope`, `reference_db`, `floor_db`: one number per band; exist if
            `learn_decibel="affine"`.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point
            or lacks a channel axis or channels.

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
