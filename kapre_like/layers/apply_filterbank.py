"""A filterbank over the frequency axis as a layer. Arithmetic: `ops.filterbank`."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.layers._front_end import FrontEnd
from kapre_like.layers._inputs import (
    SPECTROGRAM,
    check_floating,
    check_shape,
    working_dtype,
)
from kapre_like.layers._mel import MelBands, add_matrix
from kapre_like.ops.axes import channels_last, channels_second
from kapre_like.ops.filterbank import apply_matrix


@keras.saving.register_keras_serializable(package="kapre_like")
class ApplyFilterbank(FrontEnd):
    """Sums frequency bins into bands: `y[t, m] = sum_k x[t, k] * bands[k, m]`.

    The bands are triangles on a mel scale, or a matrix of your own; fixed, or learned from
    there. The arithmetic is float32 under every policy but float64. A mask is handed on.

    Args:
        type: `"mel"`, or `"matrix"` for the argument `matrix`, which then alone counts.
        sample_rate: Number > 0, Hz.
        n_mels: Int > 0, mel bands.
        fmin: Number >= 0, Hz, lower corner of the first band.
        fmax: Number > `fmin`, Hz, upper corner of the last band, at most half the rate,
            which `None` stands for.
        mel_scale: `"slaney"` or `"htk"`.
        norm: `"slaney"` (every band has area 1 in Hz) or `None` (height 1).
        n_fft: Int > 0, FFT size behind the input. `None` means `2 * (freqs - 1)`; give it
            if it was odd.
        matrix: Array or nested list `(freqs, bands)`, if `type="matrix"`.
        learn: `None`, or `"matrix"`: every entry becomes a weight. A matrix that starts
            without negative entries keeps none.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, real, linear (power or magnitude).

    Output shape:
        `(batch, frames, bands, channels)`, float32.

    Weights:
        `mel_matrix`: `(freqs, bands)`; exists if `learn="matrix"`.

    Raises:
        ValueError: If an argument is outside its domain, or the input does not fit it.

    Example:
        >>> kapre_like.ApplyFilterbank(n_mels=40)(np.ones((2, 126, 257, 1))).shape
        (2, 126, 40, 1)

    Source: librosa 0.11 `filters.mel`.
    """

    def __init__(
        self,
        *,
        type="mel",
        sample_rate=16000,
        n_mels=128,
        fmin=0.0,
        fmax=None,
        mel_scale="slaney",
        norm="slaney",
        n_fft=None,
        matrix=None,
        learn=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "ApplyFilterbank"
        _check.one_of(owner, ("matrix", "mel"), type=type)
        _check.one_of(owner, (None, "matrix"), learn=learn)
        if n_fft is not None:
            _check.positive_int(owner, n_fft=n_fft)
        self._given = _given_matrix(owner, type, matrix)
        self._bands = None
        if type == "mel":
            self._bands = MelBands(
                owner, sample_rate=sample_rate, n_mels=n_mels, fmin=fmin, fmax=fmax,
                mel_scale=mel_scale, norm=norm, learn=learn,
            )  # fmt: skip
        self.type, self.sample_rate, self.n_mels = type, sample_rate, n_mels
        self.fmin, self.fmax, self.mel_scale, self.norm = fmin, fmax, mel_scale, norm
        self.n_fft, self.matrix, self.learn = n_fft, matrix, learn

    @property
    def _n_bands(self):
        return self.n_mels if self._given is None else self._given.shape[1]

    def build(self, input_shape):
        n_freqs = self._check_input(input_shape)
        if self._bands is not None:
            self._bands.build(self, 2 * (n_freqs - 1) if self.n_fft is None else self.n_fft)
        elif self.learn == "matrix":
            self.mel_matrix = add_matrix(self, "mel_matrix", self._given)

    def call(self, inputs):
        check_floating("ApplyFilterbank", inputs)
        x = channels_second(ops.cast(inputs, working_dtype(self)))
        return channels_last(apply_matrix(x, matrix=self._current()))

    def _current(self):
        if self._bands is not None:
            return self._bands.matrix(self)
        if self.learn == "matrix":
            return ops.cast(self.mel_matrix, working_dtype(self))
        return self._given.astype(working_dtype(self))

    def compute_output_shape(self, input_shape):
        self._check_input(input_shape)
        batch, frames, _, channels = input_shape
        return (batch, frames, self._n_bands, channels)

    def compute_output_spec(self, inputs):
        check_floating("ApplyFilterbank", inputs)
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=working_dtype(self))

    def _check_input(self, shape):
        """Returns the number of bins, which must be known and be the one that is expected."""
        check_shape("ApplyFilterbank", shape, SPECTROGRAM, "")
        wanted = None if self.n_fft is None else self.n_fft // 2 + 1
        wanted = wanted if self._given is None else len(self._given)
        if shape[2] is None or shape[2] < 2 or wanted not in (None, shape[2]):
            rule = "a known number of freqs > 1" if wanted is None else f"{wanted} freqs"
            raise ValueError(
                f"ApplyFilterbank: expects {rule}. Received: shape={tuple(shape)}."
            )
        return shape[2]


def _given_matrix(owner, type, matrix):
    """The argument `matrix` as float64 array, or `None` for mel bands."""
    if type == "mel":
        if matrix is not None:
            _check.fail(owner, "matrix", "None if type='mel'", matrix, "Use type='matrix'.")
        return None
    rule = "finite numbers of shape (freqs, bands) if type='matrix'"
    try:
        values = np.asarray(matrix, "float64")
    except (TypeError, ValueError):
        _check.fail(owner, "matrix", rule, matrix)
    if values.ndim != 2 or values.size == 0 or not np.isfinite(values).all():
        _check.fail(owner, "matrix", rule, matrix)
    return values
