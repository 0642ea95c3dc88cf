"""Cepstral coefficients of a log-mel spectrogram. Arithmetic: `ops.filterbank`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.filters.cepstral import dct_matrix
from kapre_like.kapre._layer import KapreLayer
from kapre_like.kapre.backend import _CH_LAST_STR
from kapre_like.ops.filterbank import apply_matrix


@keras.saving.register_keras_serializable(package="Kapre")
class LogmelToMFCC(KapreLayer):
    """Discrete cosine transform of log-mel bands, scaled as in HTK.

    `y[j] = sqrt(2 / n_mels) * sum_m cos(pi * j * (m + 1 / 2) / n_mels) * x[m]`: coefficient 0
    is sqrt(2) times that of librosa's `norm="ortho"`. The others are equal.

    Args:
        n_mfccs: Int > 0, number of coefficients to return. `None`, or a number above the number
            of bands, returns all.
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's image
            data format when the layer is created.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, mels, channels)` or `(batch, channels, frames, mels)`, real. With
        `channels_first` the input may have any rank if the last axis is mels, as in Kapre.

    Output shape:
        Same as the input, with coefficients instead of mels, in the compute dtype of the
        policy.

    Raises:
        TypeError: If a data format is not a string.
        ValueError: If another argument is outside its domain, or if the input has a wrong
            shape or dtype.

    Example:
        >>> y = kapre_like.kapre.LogmelToMFCC(n_mfccs=2)(np.ones((1, 1, 4, 1), "float32"))
        >>> [round(float(c), 4) for c in keras.ops.convert_to_numpy(y).ravel()]
        [2.8284, 0.0]
    """

    _ranks = (4,)
    _arguments = ("n_mfccs",)

    def __init__(self, n_mfccs=20, data_format="default", **kwargs):
        super().__init__(formats={"data_format": data_format}, **kwargs)
        if n_mfccs is not None:
            _check.positive_int("LogmelToMFCC", n_mfccs=n_mfccs)
        self.n_mfccs = n_mfccs
        self.permutation = (0, 1, 3, 2) if self.data_format == _CH_LAST_STR else None

    # Kapre's name of the argument, since a program may pass the input by keyword.
    def call(self, log_melgrams):
        return super().call(log_melgrams)

    def compute_output_spec(self, log_melgrams, **kwargs):
        return super().compute_output_spec(log_melgrams, **kwargs)

    def _arithmetic(self, x):
        n_mels = x.shape[-1]
        matrix = dct_matrix(n_mels, self._count(n_mels), "htk")
        dtype = keras.backend.standardize_dtype(x.dtype)
        # Logarithms of silence are large and almost equal. Without their mean the sums are
        # exact to the last digits.
        mean = ops.mean(x, axis=-1, keepdims=True)
        y = apply_matrix(x - mean, matrix=matrix.astype(dtype))
        return y + mean * ops.cast(matrix.sum(axis=0), dtype)

    def _check_rank(self, shape):
        if self.data_format == _CH_LAST_STR or len(shape) < 2:
            super()._check_rank(shape)

    def _leave(self, y):
        return ops.cast(super()._leave(y), self.compute_dtype)

    def _arithmetic_shape(self, shape):
        return (*shape[:-1], self._count(shape[-1]))

    def _result_dtype(self, x):  # noqa: ARG002
        return self.compute_dtype

    def _count(self, n_mels):
        if n_mels is None:
            rule, fix = "known when the layer is built", "Give the size of the mel axis."
            _check.fail("LogmelToMFCC", "mels", rule, None, fix)
        return n_mels if self.n_mfccs is None else min(int(self.n_mfccs), n_mels)
