"""Statistics over time: eleven numbers that say how a series is distributed.

| name | definition |
|---|---|
| `mean`, `median`, `min`, `max` | as usual |
| `std` | sqrt(m2); m_k is the k-th central moment, divided by the number of values |
| `skew` | m3 / m2^1.5 (Fisher's, biased) |
| `kurt` | m4 / m2^2 - 3 (excess, biased: 0 for a normal distribution) |
| `p10`, `p25`, `p75`, `p90` | percentiles, linear between neighbours |

A constant series (its spread below 1e-9 of its size, or 1e-9) has skew and kurtosis 0.

Sources: D. N. Joanes and C. A. Gill, Comparing measures of sample skewness and kurtosis,
1998 (g1, g2); R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, 1996, type 7.
The numbers of NumPy's `percentile` and SciPy's `stats.skew` and `stats.kurtosis`.
"""

import numpy as np

NAMES = ("mean", "median", "min", "max", "std", "skew", "kurt", "p10", "p25", "p75", "p90")
_PERCENTILES = (0.5, 0.1, 0.25, 0.75, 0.9)
_TINY = 1e-9


def _percentile(ordered: np.ndarray, share: float) -> np.ndarray:
    """One percentile of sorted rows, linear between the two nearest."""
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def describe(series: np.ndarray) -> np.ndarray:
    """Describes every column of a table of values over time.

    Args:
        series: `(values, columns)`, finite, at least one value; computed in float64.

    Returns:
        `(columns, 11)` in the order of `NAMES`.
    """
    series = np.asarray(series, dtype=np.float64)
    mean = series.mean(axis=0)
    mean = mean + (series - mean).mean(axis=0)  # of what does not change: exactly that
    centred = series - mean
    square = centred * centred
    m2 = square.mean(axis=0)
    m3 = (square * centred).mean(axis=0)
    m4 = (square * square).mean(axis=0)
    std = np.sqrt(m2)
    varies = std > _TINY * np.maximum(np.abs(mean), 1.0)
    safe = np.where(varies, m2, 1.0)
    skew = np.where(varies, m3 / safe**1.5, 0.0)
    kurt = np.where(varies, m4 / safe**2 - 3.0, 0.0)
    ordered = np.sort(series, axis=0)
    median, p10, p25, p75, p90 = (_percentile(ordered, share) for share in _PERCENTILES)
    return np.stack(
        [mean, median, ordered[0], ordered[-1], std, skew, kurt, p10, p25, p75, p90], axis=1
    )
