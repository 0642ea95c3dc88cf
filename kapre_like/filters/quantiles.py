"""Tables of quantiles: random numbers of a distribution from uniform ones."""

import numpy as np
from scipy.special import betaincinv

# Cells of the table: the distribution is true to 1 / 4096 at every number.
_CELLS = 4096


def beta_quantiles(alpha: float) -> np.ndarray:
    """Returns the quantiles of `Beta(alpha, alpha)` at `0, 1 / 4096, ..., 1`, float32.

    A table, since XLA on TensorFlow has no generator of gamma numbers.
    """
    return betaincinv(alpha, alpha, np.arange(_CELLS + 1) / _CELLS).astype("float32")
