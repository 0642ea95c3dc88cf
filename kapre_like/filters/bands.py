"""Shapes of filterbank bands: their heights, areas and the matrix over the FFT bins.

The position of a band is a fraction of a frequency scale: 0 is 0 Hz (1 Hz on `"octave"`) and 1
is half the sample rate. `ops.bands` has the same formulas for tensors.
"""

import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from kapre_like.filters.scales import to_hz, to_scale

if TYPE_CHECKING:
    from kapre_like.filters.filterbank import Filterbank

# A Gaussian of full width 1 at half height is `exp(-GAUSS * x ** 2)`.
GAUSS = 4.0 * math.log(2.0)
# `(1 + (f / b) ** 2) ** -4`, the power of a gammatone of order 4, has this width in units of b.
GAMMATONE_WIDTH = 2.0 * math.sqrt(2.0**0.25 - 1.0)
# Area of a gammatone of height 1 and width 1 at half height.
GAMMATONE_AREA = 5.0 * math.pi / 16.0 / GAMMATONE_WIDTH
# Half the integration range of a band, in widths, and the steps on each side. The range covers
# a triangle completely, and a Gaussian except for 1e-8 of its area.
_REACH, _STEPS = {"triangle": 1.0, "gaussian": 2.5, "gabor": 2.5}, 64
# Below this exponent the smallest normal float64 is reached.
SMALLEST_EXPONENT = -708.0
# A triangle whose sum is smaller than this touches a bin only by rounding.
SMALLEST_SUM = 1e-12
_EMPTY = 1e-6
# `column_blocks` cuts a matrix only if this share of the work, or less, remains. The reason is
# that a cut copies slices and concatenates results.
_WORTH = 0.6


def scale_range(scale: str, sample_rate: float) -> tuple[float, float]:
    """Returns the position of fraction 0 on a scale and the distance to fraction 1."""
    low = 0.0 if scale == "octave" else float(to_scale(0.0, scale))
    return low, float(to_scale(sample_rate / 2, scale)) - low


def to_fraction(hz: Any, scale: str, sample_rate: float) -> np.ndarray:
    """Converts frequencies in Hz to fractions of a scale."""
    low, span = scale_range(scale, sample_rate)
    return (to_scale(hz, scale) - low) / span


def fraction_to_hz(fraction: Any, scale: str, sample_rate: float) -> np.ndarray:
    """Converts fractions of a scale to frequencies in Hz."""
    low, span = scale_range(scale, sample_rate)
    return to_hz(fraction * span + low, scale)


def width_hz(center: Any, width: Any, scale: str, sample_rate: float) -> np.ndarray:
    """Returns widths in Hz: half the distance from one width below to one width above."""
    above = fraction_to_hz(center + width, scale, sample_rate)
    return 0.5 * (above - fraction_to_hz(center - width, scale, sample_rate))


def area_steps(shape: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns the steps that approximate a band of height 1, for its area.

    Args:
        shape: `"triangle"`, `"gaussian"` or `"gabor"`.

    Returns:
        Two float32 arrays `(steps, 1)`: distances from the center in widths, and the decrease
        of the height at each. The area is the sum of decrease times frequency.
    """
    place = np.arange(-_STEPS, _STEPS + 1) * (_REACH[shape] / _STEPS)
    height = band_heights(0.5 * (place[1:] + place[:-1]), shape)
    # Summation by parts: it needs no difference of two nearly equal frequencies.
    decrease = -np.diff(height, prepend=0.0, append=0.0)
    return place[:, None].astype("float32"), decrease[:, None].astype("float32")


def band_heights(x: Any, shape: str) -> np.ndarray:
    """Returns the heights of bands of peak 1, at distances of `x` widths from the center."""
    if shape == "triangle":
        return np.maximum(1.0 - np.abs(x), 0.0)
    if shape == "gammatone":
        return (1.0 + (GAMMATONE_WIDTH * x) ** 2) ** -4
    return np.exp(-GAUSS * x**2)


def band_matrix(
    center: np.ndarray, width: np.ndarray, *, bank: "Filterbank", offsets: np.ndarray
) -> np.ndarray:
    """Returns the float64 matrix `(freqs, bands)` of a filterbank.

    Args:
        center: Array `(bands,)`, fractions.
        width: Array `(bands,)`, fractions: the full width at half height.
        bank: The scale, shape and normalization of the bands.
        offsets: Array `(freqs, bands)`, fractions: each bin's position minus `center`.
    """
    if bank.straight_in_hz:
        middle = bank.hz(center)
        hz, low, high = (bank.hz(center + step) - middle for step in (offsets, -width, width))
        heights = np.maximum(1.0 - np.maximum(hz / low, hz / high), 0.0)
        return heights * (2.0 / (high - low)) if bank.normalization == "area" else heights
    heights = band_heights(offsets / width, bank.shape)
    if bank.normalization == "sum":
        total = heights.sum(axis=0)
        smallest = SMALLEST_SUM if bank.shape == "triangle" else math.exp(SMALLEST_EXPONENT)
        return heights / np.where(total > smallest, total, np.inf)
    return heights / _area(center, width, bank) if bank.normalization else heights


def _area(center: np.ndarray, width: np.ndarray, bank: "Filterbank") -> np.ndarray:
    """Returns the areas in Hz, from 0 Hz to half the sample rate, of bands of height 1.

    The area of a gammatone includes its tails beyond these limits, because they are long.
    """
    if bank.shape == "gammatone":
        return GAMMATONE_AREA * bank.width_hz(center, width)
    place, decrease = area_steps(bank.shape)
    return (decrease * bank.hz(np.clip(center + place * width, 0.0, 1.0))).sum(axis=0)


def count_empty(matrix: np.ndarray) -> int:
    """Returns the number of columns without a value above 1e-6 of the largest of all."""
    return int((matrix.max(axis=0) <= _EMPTY * matrix.max()).sum())


def warn_if_empty(
    owner: str,
    matrix: np.ndarray,
    *,
    received: Mapping[str, Any],
    changes: Iterable[tuple[str, Iterable[Any]]],
    rebuild: Callable[..., np.ndarray],
    kind: str,
) -> None:
    """Warns if a matrix has empty columns, and names the arguments that avoid them.

    Args:
        owner: Name of the class or function in the message.
        matrix: `(freqs, bands)`.
        received: The arguments to show, by name.
        changes: Arguments that may help, each with the values to try in order.
        rebuild: Returns the matrix for one changed argument.
        kind: Type of the bands, for the message.
    """
    empty = count_empty(matrix)
    if not empty:
        return
    fixes = []
    for name, values in changes:
        value = next((v for v in values if not count_empty(rebuild(**{name: v}))), None)
        fixes += [f"{name}={value}"] if value is not None else []
    listed = ", ".join(f"{name}={value}" for name, value in received.items())
    fixed = f" Without empty bands: {' or '.join(fixes)}." if fixes else ""
    message = (
        f"{owner}: {empty} of {matrix.shape[1]} {kind} bands contain no FFT bin, so their "
        f"output is 0. Received: {listed}.{fixed}"
    )
    warnings.warn(message, UserWarning, stacklevel=3)


def smaller_counts(count: int) -> range:
    """Returns the numbers of bands to try instead of `count`, in descending order."""
    return range(count - 1, 0, -1)


def longer_ffts(n_fft: int) -> list[int]:
    """Returns the FFT sizes to try instead of `n_fft`: powers of two up to 131072."""
    return [2**k for k in range(int(math.log2(n_fft)) + 1, 18)]


def column_blocks(matrix: np.ndarray, blocks: int) -> list[tuple[int, int, np.ndarray]]:
    """Cuts a matrix into blocks of columns and drops the rows that are zero in each.

    Columns of filters on neighboring frequencies have few rows that are not zero.

    Args:
        matrix: Array `(rows, columns)`.
        blocks: Int > 0, number of blocks with equally many columns.

    Returns:
        List of `(first, stop, part)`. The products of `x[:, first:stop]` and `part`,
        concatenated, are `x @ matrix`. If the cuts would save less than 40 % of the work, the
        list has one block with the whole matrix.
    """
    edges = np.linspace(0, matrix.shape[1], min(blocks, matrix.shape[1]) + 1).astype(int)
    parts = []
    for a, b in pairwise(edges):
        rows = np.flatnonzero(matrix[:, a:b].any(axis=1))
        first, stop = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 1)
        parts.append((first, stop, matrix[first:stop, a:b]))
    if sum(part.size for _, _, part in parts) > _WORTH * matrix.size:
        return [(0, len(matrix), matrix)]
    return parts
