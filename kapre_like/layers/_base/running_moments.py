"""Mean and variance of a data set that is read in batches, in NumPy and float64."""

import keras
import numpy as np

from kapre_like import _check


class RunningMoments:
    """Mean and population variance of all valid steps so far, per band and channel.

    Attributes:
        mean: Array `(bands, channels)` or `(channels,)`; `None` before the first batch.
        variance: Array of the same shape.
    """

    def __init__(self):
        self._count, self.mean, self._square = 0, None, None

    @property
    def variance(self):
        """Mean squared deviation from the mean."""
        return self._square / self._count

    def add(self, x, mask):
        """Updates the moments with a batch.

        Args:
            x: Array `(batch, time, ...)`.
            mask: Boolean array `(batch, time)`, or `None`.
        """
        steps = x.reshape(-1, *x.shape[2:]) if mask is None else x[mask]
        if not len(steps):
            return
        steps = steps.astype("float64")
        mean, new = steps.mean(axis=0), len(steps)
        mean = mean + (steps - mean).mean(axis=0)  # exact for constant data
        square = ((steps - mean) ** 2).sum(axis=0)
        if self.mean is None:
            self.mean, self._square = np.zeros_like(mean), np.zeros_like(square)
        # Chan, Golub, LeVeque 1979: merges two parts without subtracting large sums.
        shift, total = mean - self.mean, self._count + new
        self._square = self._square + square + shift**2 * (self._count * new / total)
        self.mean = self.mean + shift * (new / total)
        self._count = total


def batches(owner, data):
    """Yields `(array, mask or None)` for each batch.

    Args:
        owner: Class name for error messages.
        data: One batch as array or tensor, or an iterable of batches or of pairs
            `(batch, mask)`.
    """
    if hasattr(data, "shape"):
        data = [data]
    try:
        items = iter(data)
    except TypeError:
        rule = "an array, or something to go through that yields batches"
        _check.fail(owner, "data", rule, data)
    for item in items:
        mask = getattr(item, "_keras_mask", None)
        if isinstance(item, (tuple, list)):
            item, mask = _pair(owner, item)
        yield _batch(owner, item), None if mask is None else _array(mask)


def _pair(owner, item):
    """Returns a batch and its mask. Raises an error for other pairs, such as with labels."""
    if len(item) == 2:
        mask = _array(item[1])
        if mask.dtype == bool and mask.shape == tuple(item[0].shape)[:2]:
            return item
    kinds = [f"{getattr(part, 'dtype', type(part).__name__)}" for part in item]
    rule = "batches, or pairs (batch, boolean mask (batch, time))"
    fix = "Drop labels with dataset.map(lambda x, y: x)."
    return _check.fail(owner, "data", rule, kinds, fix)


def _batch(owner, x):
    x = _array(x)
    if x.ndim not in (3, 4) or not np.issubdtype(x.dtype, np.floating):
        rule = (
            "floating point batches (batch, time, channels) or (batch, time, freqs, channels)"
        )
        _check.fail(owner, "data", rule, f"{x.dtype} of shape {x.shape}")
    return x


def _array(x):
    return keras.ops.convert_to_numpy(x) if keras.ops.is_tensor(x) else np.asarray(x)
