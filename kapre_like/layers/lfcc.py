"""Waveform to linear-frequency cepstra in one layer. The road: `_composed`, `_cepstral`."""

import keras

from kapre_like import _check
from kapre_like.filters.filterbank import Filterbank
from kapre_like.layers._bands import TrainableFilterbank, check_learn
from kapre_like.layers._cepstral import ComposedCepstra


@keras.saving.register_keras_serializable(package="kapre_like")
class LFCC(ComposedCepstra):
    """Linear-frequency cepstral coefficients of every channel.

    As `MFCC`, but the bands are triangles of one width, evenly spaced in Hz, so that high
    frequencies are told apart as finely as low ones: what finds synthetic or replayed speech.

    The reference `"max"` and the peak of `top_db` are those of each clip, over its valid
    frames and all channels. A mask over samples (from `LengthMask`) sets the samples past
    each clip's length to zero and goes on as a mask over frames: on its valid frames a clip
    has the same values in a padded batch as alone. The arithmetic is float32 under every
    policy but float64.

    Args:
        sample_rate: Number > 0, Hz.
        n_lfcc: Int in 1 .. `n_bands`, coefficients.
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, samples under the window. `None` means `n_fft`.
        hop_length: Int > 0, samples between frames. `None` means `win_length // 4`.
        window: Name or `(name, parameter)` that `scipy.signal.get_window` knows, taken
            periodic, or an array of `win_length` numbers.
        center: Whether frame `t` has its middle at sample `t * hop_length`.
        pad_mode: What is beside a centered clip: `"constant"` (zeros), `"reflect"`, or
            `"none"`: nothing, whole frames only, as with `center=False`.
        power: Number > 0, exponent of the magnitude: 2 for power, 1 for amplitude.
        n_bands: Int > 0, bands.
        fmin: Number >= 0, Hz, lower corner of the first band.
        fmax: Number > `fmin`, Hz, upper corner of the last band, at most half the rate,
            which `None` stands for.
        norm: Of the bands: `None` (height 1) or `"slaney"` (every band has area 1 in Hz).
        ref: Number > 0 that maps to 0 dB, or `"max"`: each clip's peak.
        amin: Number > 0, smaller values count as this.
        top_db: Number > 0, dB kept below each clip's peak, or `None` to keep everything.
        dct_norm: `"ortho"`, `"htk"` or `None`: `norm` of `Cepstrum`.
        lifter: Number >= 0; 0 for none. As in `Cepstrum`.
        lifter_type: `"htk"`, `"librosa"` or `None`. As in `Cepstrum`.
        learn_stft: `None`, `"kernels"` or `"window"`. As `STFT(learn=...)`.
        learn_bands: `None`, `"matrix"` or `"bands"`. As `ApplyFilterbank(learn=...)`.
        band_shape: `None`, `"triangle"`, `"gaussian"` or `"gabor"`. As in `ApplyFilterbank`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_lfcc, channels)`, frames as in `STFT`; the policy's compute dtype.

    Weights:
        `kernel_real`, `kernel_imag`: `(n_fft, freqs)`; exist if `learn_stft="kernels"`.
        `window`: `(win_length,)`, held as `window_weight`; exists if `learn_stft="window"`.
        `mel_matrix`: `(freqs, n_bands)`, kept >= 0; exists if `learn_bands="matrix"`.
        `center`, `bandwidth`: `(n_bands,)`, as in `ApplyFilterbank`; exist if
            `learn_bands="bands"`.

    Raises:
        ValueError: If an argument is outside its domain, the input has no channel axis or no
            channel, or it is not floating point.

    Example:
        >>> kapre_like.LFCC(n_fft=512)(np.zeros((2, 16000, 1))).shape
        (2, 126, 20, 1)

    Source: torchaudio 2.11 `transforms.LFCC`, one clip at a time; there `n_filter` is our
        `n_bands`, and frames are centered by reflection.
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
