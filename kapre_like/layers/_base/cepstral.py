"""Cepstra: argument checks, matrices and the base class of `MFCC` and `LFCC`."""

from keras import ops

from kapre_like import _check
from kapre_like.filters.cepstral import DCT_NORMS, LIFTER_TYPES, dct_matrix, lifter_weights
from kapre_like.layers._base.composed import ComposedBands
from kapre_like.layers._base.inputs import working_dtype
from kapre_like.ops.compression import decibel
from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.sizes import channels_last, channels_second


def check_cepstrum(owner, *, norm, lifter, lifter_type, **count):
    """Raises an error unless the arguments define a cepstrum.

    Args:
        owner: Class name for error messages.
        norm: Dict of the name and the value of the argument that scales the cosine transform.
        lifter: Number >= 0.
        lifter_type: One of `LIFTER_TYPES`, or `None`.
        **count: Number of coefficients, under the name of its public argument.
    """
    _check.positive_int(owner, **count)
    _check.one_of(owner, DCT_NORMS, **norm)
    _check.non_negative(owner, lifter=lifter)
    _check.one_of(owner, (None, *LIFTER_TYPES), lifter_type=lifter_type)


def cepstrum_matrix(n_bands, n_out, norm, lifter, lifter_type):
    """Returns the liftered cosine transform, float64 `(bands, coefficients)`."""
    kind = lifter_type or ("htk" if norm == "htk" else "librosa")
    weights = lifter_weights(int(n_out), float(lifter), kind)
    return dct_matrix(n_bands, int(n_out), norm) * weights


def to_cepstrum(layer, x, matrix):
    """Multiplies `(batch, frames, bands, channels)` by the matrix, in the policy's dtype."""
    # On PyTorch decibels are float32 even for float64 input (`ops.maximum` of Keras 3.15).
    dtype = working_dtype(layer)
    x = channels_second(ops.cast(x, dtype))
    y = channels_last(apply_matrix(x, matrix=matrix.astype(dtype)))
    return ops.cast(y, layer.compute_dtype)


class ComposedCepstra(ComposedBands):
    """Computes a spectrogram in bands, its decibels, and their cosine transform.

    A subclass has the arguments of `ComposedBands` except `decibel`, and also `dct_norm`,
    `lifter` and `lifter_type`. `_counts` is the name of its argument for the number of
    coefficients.
    """

    decibel = True
    _counts = None

    def _compose(self, **arguments):
        super()._compose(**arguments)
        owner, n_out = type(self).__name__, getattr(self, self._counts)
        check_cepstrum(
            owner, norm={"dct_norm": self.dct_norm}, lifter=self.lifter,
            lifter_type=self.lifter_type, **{self._counts: n_out},
        )  # fmt: skip
        if n_out > self._filters.count:
            _check.fail(owner, self._counts, f"at most {self._filters.count}, the bands", n_out)
        self._matrix = cepstrum_matrix(
            self._filters.count, n_out, self.dct_norm, self.lifter, self.lifter_type
        )

    def _scale(self, x, mask):
        # Decibels stay in the working dtype, because float16 would round them before the sum.
        db = decibel(
            x, factor=20.0 / self.power, ref=self.ref, amin=self.amin, top_db=self.top_db,
            mask=mask,
        )  # fmt: skip
        return to_cepstrum(self, db, self._matrix)

    def _frame_shape(self, channels):
        return (self._matrix.shape[1], channels)
