"""A filterbank over the frequency axis as a layer. Arithmetic: `ops.filterbank`."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.filters.filterbank import Filterbank
from kapre_like.layers._base.axes import SpectrogramLayer
from kapre_like.layers._base.bands import TrainableFilterbank, check_learn
from kapre_like.layers._base.inputs import check_floating, working_dtype
from kapre_like.layers._base.stream_stage import EACH_FRAME
from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.sizes import channels_last, channels_second


@keras.saving.register_keras_serializable(package="kapre_like")
class ApplyFilterbank(SpectrogramLayer):
    """Sums frequency bins into bands.

    `y[t, m] = sum_k x[t, k] * bands[k, m]`, where `type` selects the bands:

    | type | bands |
    |---|---|
    | `"mel"` | triangles, evenly spaced in mel; straight sides in Hz (in mel for `"kaldi"`) |
    | `"linear"` | triangles, evenly spaced in Hz |
    | `"bark"` | triangles on Traunmueller's Bark scale |
    | `"erb"` | triangles on the ERB-rate scale of Glasberg and Moore |
    | `"gammatone"` | gammatone filters of order 4, evenly spaced in ERB rate (below) |
    | `"log"` | Gaussians on the octave scale, `bins_per_octave` of them, upward from `fmin` |
    | `"matrix"` | the argument `matrix`; the arguments that define bands are ignored |

    A gammatone band is the filter's power response `(1 + ((f - center) / b) ** 2) ** -4`, where
    `b` is 1.019 times the equivalent rectangular bandwidth, so apply it to power spectra. The
    arithmetic is float32 under every dtype policy except float64. The output keeps the input's
    mask.

    Args:
        type: One of the names above.
        sample_rate: Number > 0, Hz.
        n_mels: Int > 0, bands if `type="mel"`.
        n_bands: Int > 0, bands of any other type. `None` means 128 (linear), 24 (bark), 40
            (erb), 64 (gammatone), and 84 or the number that fits below half the sample rate
            (log).
        fmin: Number >= 0, Hz, lower corner of the first band, or its center if `type="log"`.
            `None` means 0, and 32.70319566 (the note C1) for log.
        fmax: Number > `fmin`, Hz, upper corner of the last band, at most half of `sample_rate`.
            `None` means half of it. Must be `None` for log.
        mel_scale: `"slaney"`, `"htk"` or `"kaldi"`.
        norm: `"slaney"` (every band has area 1 in Hz; for log, sum 1 over the bins) or `None`
            (height 1, as in Kaldi).
        bins_per_octave: Int > 0, log-frequency bands per octave.
        spread: Number > 0, standard deviation of a log-frequency band, in distances between
            neighboring bands.
        band_shape: `None` (the type's own), `"triangle"`, `"gaussian"` (on the type's scale) or
            `"gabor"` (the squared response of a complex Gabor filter: a Gaussian in Hz). All
            have the width of the triangle at half height.
        n_fft: Int > 0, FFT size of the transform before this layer. `None` means
            `2 * (freqs - 1)`. Set it if it was odd.
        matrix: Array or nested list `(freqs, bands)`, if `type="matrix"`.
        learn: `None`; `"matrix"`: every entry becomes a weight, constrained to >= 0 if no
            initial entry is negative; or `"bands"`: the center and the bandwidth of every band
            become weights. Centers are constrained to 0 Hz .. half the sample rate, and
            bandwidths to at least one FFT bin, or the initial bandwidth if that is smaller.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, real, linear (power or magnitude).

    Output shape:
        `(batch, frames, bands, channels)`, float32, in the unit of the input (per Hz for bands
        of area 1).

    Weights:
        `mel_matrix`: `(freqs, bands)`; exists if `learn="matrix"`, for every type.
        `center`, `bandwidth`: `(bands,)`, center and full width at half height; exist if
            `learn="bands"`. They are fractions of the range from 0 Hz to half the sample rate
            on the scale on which the band is symmetric: mel, Bark or ERB rate; Hz for linear,
            Gabor and gammatone; octaves above 1 Hz for log. `describe` returns them in Hz.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input.

    Example:
        >>> kapre_like.ApplyFilterbank(n_mels=40)(np.ones((2, 126, 257, 1))).shape
        (2, 126, 40, 1)
        >>> layer = kapre_like.ApplyFilterbank(type="bark", n_bands=3, learn="bands")
        >>> layer.describe().now["center_hz"].round().tolist()
        [531.0, 1376.0, 3085.0]

    Source: librosa 0.11 `filters.mel`; Kapre 0.4.1 `backend.filterbank_log`, whose
        log-frequency bands are `(spread / bins_per_octave) ** 2` octaves lower; Kaldi
        `mel-computations.cc`; `filters.scales` lists the sources of the scales; R. Patterson et
        al., An efficient auditory filterbank based on the gammatone function, 1987.
    """

    stream_stage = EACH_FRAME

    def __init__(
        self,
        *,
        type="mel",
        sample_rate=16000,
        n_mels=128,
        n_bands=None,
        fmin=None,
        fmax=None,
        mel_scale="slaney",
        norm="slaney",
        bins_per_octave=12,
        spread=0.125,
        band_shape=None,
        n_fft=None,
        matrix=None,
        learn=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "ApplyFilterbank"
        check_learn(owner, learn=learn)
        if n_fft is not None:
            _check.positive_int(owner, n_fft=n_fft)
        arguments = {
            "type": type, "sample_rate": sample_rate, "n_mels": n_mels, "n_bands": n_bands,
            "fmin": fmin, "fmax": fmax, "mel_scale": mel_scale, "norm": norm,
            "bins_per_octave": bins_per_octave, "spread": spread, "band_shape": band_shape,
        }  # fmt: skip
        self._given = _given_matrix(owner, type, matrix, learn)
        bank = Filterbank(**arguments, values=self._given, owner=owner)
        self._filters = TrainableFilterbank(bank, learn=learn)
        for name, value in arguments.items():
            setattr(self, name, value)
        self.n_fft, self.matrix, self.learn = n_fft, matrix, learn

    def build(self, input_shape):
        super().build(input_shape)
        n_fft = 2 * (input_shape[2] - 1) if self.n_fft is None else self.n_fft
        self._filters.build(self, n_fft)

    def call(self, inputs):
        check_floating("ApplyFilterbank", inputs)
        x = channels_second(ops.cast(inputs, working_dtype(self)))
        return channels_last(apply_matrix(x, matrix=self._filters.matrix(self)))

    def _output_shape(self, shape):
        batch, frames, _, channels = shape
        return (batch, frames, self._filters.count, channels)

    def describe(self):
        """Returns center and bandwidth of every band in Hz, now and before training.

        For a filterbank selected by `type`, these are the band centers and the full widths at
        half height. For a matrix, given or learned, they are the centers of gravity and the
        equivalent rectangular bandwidths of its columns.

        Returns:
            `kapre_like.description.Description`.
        """
        return self._filters.describe(self)

    def _check_shape(self, shape):
        """The number of bins must be known, and be the one that is expected."""
        super()._check_shape(shape)
        wanted = None if self.n_fft is None else self.n_fft // 2 + 1
        wanted = wanted if self._given is None else len(self._given)
        if shape[2] is None or shape[2] < 2 or wanted not in (None, shape[2]):
            rule = "a known number of freqs > 1" if wanted is None else f"{wanted} freqs"
            raise ValueError(
                f"ApplyFilterbank: expects {rule}. Received: shape={tuple(shape)}."
            )


def _given_matrix(owner, type, matrix, learn):
    """Returns the argument `matrix` as a float64 array, or `None` for other types."""
    if type != "matrix":
        if matrix is not None:
            rule = f"None if type='{type}'"
            _check.fail(owner, "matrix", rule, matrix, "Use type='matrix'.")
        return None
    if learn == "bands":
        rule = "None or 'matrix' if type='matrix'"
        _check.fail(owner, "learn", rule, learn, "A matrix has no bands to move.")
    rule = "finite numbers of shape (freqs, bands) if type='matrix'"
    try:
        values = np.asarray(matrix, "float64")
    except (TypeError, ValueError):
        _check.fail(owner, "matrix", rule, matrix)
    if values.ndim != 2 or values.size == 0 or not np.isfinite(values).all():
        _check.fail(owner, "matrix", rule, matrix)
    return values
