"""Levels of whole examples."""

from keras import ops

from kapre_like.ops.masking import length_mask
from kapre_like.ops.quotients import one_for, root, zero_for

# Energy of samples of [-1, 1]. Below it an example counts as silence, so that no quotient
# overflows: 10 s at -240 dB.
_SILENCE = 1e-20


def energy(x, *, length=None):
    """Returns the sum of squares of each example, `(batch,)`.

    Args:
        x: Float tensor `(batch, samples, channels)`.
        length: int32 `(batch,)`, samples that count; `None` if all do.
    """
    if length is not None:
        # A product is faster than a choice between `x` and zeros.
        valid = ops.cast(length_mask(x, length=length), x.dtype)
        x = x * ops.expand_dims(valid, axis=-1)
    return ops.sum(ops.square(x), axis=(1, 2))


def gain_to(wanted, *, present):
    """Returns the gain that turns one energy into another; 0 where `present` is silence.

    Args:
        wanted: Float tensor `(batch,)`, energies.
        present: Float tensor `(batch,)`, energies.
    """
    silent = present < _SILENCE
    return zero_for(silent, root(wanted / one_for(silent, present)))
