"""Waveform to linear-frequency cepstra in one layer."""

import keras

from kapre_like import _check
from kapre_like.filters.filterbank import Filterbank
from kapre_like.layers._base.bands import TrainableFilterbank, check_learn
from kapre_like.layers._base.cepstral import ComposedCepstra


@keras.saving.register_keras_serializable(package="kapre_like")
class LFCC(ComposedCepstra):
    """Linear-frequency cepstral coefficients of every channel.

    `y[t, j] = w[j] * c[j] * sum_m 2 * cos(pi * j * (m + 0.5) / n_bands) * D[t, m]`, where
    `D[t, m] = 20 / power * log10(max(sum_k |X[t, k]| ** power * bands[k, m], amin) / ref)` is
    limited to `top_db` below its peak, `X` is the `STFT`, and `w` and `c` are those of
    `Cepstrum`.

    In contrast to `MFCC`, the bands are triangles of equal width, evenly spaced in Hz. They
    resolve high frequencies as finely as low ones, which helps to detect synthetic or replayed
    speech.

    The reference `"max"` and the peak of `top_db` are the maximum of each clip over its valid
    frames and all channels. A mask over samples (from `LengthMask`) sets the samples past each
    clip's length to zero, and the output carries a mask over frames. On its valid frames a clip
    has the same values in a padded batch as alone. The arithmetic is float32 under every dtype
    policy except float64.

    Args:
        sample_rate: Number > 0, Hz.
        n_lfcc: Int in 1 .. `n_bands`, coefficients.
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, window length in samples. `None` means `n_fft`.
        hop_length: Int > 0, samples between frames. `None` means `win_length // 4`.
        window: Name or `(name, parameter)` of a periodic window of `scipy.signal.get_window`,
            or an array of `win_length` numbers.
        center: Whether frame `t` is centered on sample `t * hop_length`.
        pad_mode: Padding at both ends of a centered clip: `"constant"` (zeros), `"reflect"`, or
            `"none"` (no padding, as with `center=False`).
        power: Number > 0, exponent of the magnitude: 2 for power, 1 for amplitude.
        n_bands: Int > 0, bands.
        fmin: Number >= 0, Hz, lower corner of the first band.
        fmax: Number > `fmin`, Hz, upper corner of the last band, at most half of `sample_rate`.
            `None` means half of it.
        norm: Norm of the bands: `None` (height 1) or `"slaney"` (every band has area 1 in Hz).
        ref: Number > 0, the value that maps to 0 dB, or `"max"`: the peak of each clip.
        amin: Number > 0. Smaller values are replaced by it.
        top_db: Number > 0, dynamic range in dB below the peak of each clip. `None` means no
            limit.
        dct_norm: `"ortho"`, `"htk"` or `None`. As `norm` in `Cepstrum`.
        lifter: Number >= 0. 0 means no lifter. As in `Cepstrum`.
        lifter_type: `"htk"`, `"librosa"` or `None`. As in `Cepstrum`.
        learn_stft: `None`, `"kernels"` or `"window"`. As `learn` in `STFT`.
        learn_bands: `None`, `"matrix"` or `"bands"`. As `learn` in `ApplyFilterbank`.
        band_shape: `None`, `"triangle"`, `"gaussian"` or `"gabor"`. As in `ApplyFilterbank`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_lfcc, channels)`, frames as in `STFT`, in dB; the policy's compute
        dtype.

    Weights:
        `kernel_real`, `kernel_imag`: `(n_fft, freqs)`; exist if `learn_stft="kernels"`.
        `window`: `(win_length,)`, in the attribute `window_weight`; exists if
            `learn_stft="window"`.
        `mel_matrix`: `(freqs, n_bands)`, constrained to >= 0; exists if `learn_bands="matrix"`.
        `center`, `bandwidth`: `(n_bands,)`, as in `ApplyFilterbank`; exist if
            `learn_bands="bands"`.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point
            or lacks a channel axis or channels.

    Example:
        >>> kapre_like.LFCC(n_fft=512)(np.zeros((2, 16000, 1))).shape
        (2, 126, 20, 1)

    Source: torchaudio 2.11 `transforms.LFCC`, one clip at a time. Its `n_filter` is `n_bands`
        here, and it pads centered frames by reflection.
    """

    _counts = "n_lfcc"

    def __init__(
        self,
        *,
        sample_rate=16000,
        n_lfcc=20,
        n_fft=2048,
        win_length=None,
        hop_length=None,
        window="hann",
        center=True,
        pad_mode="constant",
        power=2.0,
        n_bands=128,
        fmin=0.0,
        fmax=None,
        norm=None,
        ref=1.0,
        amin=1e-10,
        top_db=80.0,
        dct_norm="ortho",
        lifter=0.0,
        lifter_type=None,
        learn_stft=None,
        learn_bands=None,
        band_shape=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "LFCC"
        linear = {
            "sample_rate": sample_rate, "n_bands": n_bands, "fmin": fmin, "fmax": fmax,
            "norm": norm, "band_shape": band_shape,
        }  # fmt: skip
        check_learn(owner, learn_bands=learn_bands)
        _check.positive_int(owner, n_bands=n_bands)
        _check.non_negative(owner, fmin=fmin)
        bank = Filterbank("linear", **linear, owner=owner)
        self._compose(
            filters=TrainableFilterbank(bank, learn=learn_bands), **linear, n_lfcc=n_lfcc,
            n_fft=n_fft, win_length=win_length, hop_length=hop_length, window=window,
            center=center, pad_mode=pad_mode, power=power, ref=ref, amin=amin, top_db=top_db,
            dct_norm=dct_norm, lifter=lifter, lifter_type=lifter_type, learn_stft=learn_stft,
            learn_bands=learn_bands,
        )  # fmt: skip
