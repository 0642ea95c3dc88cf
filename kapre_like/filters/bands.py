"""Filterbanks as centres and widths on a scale of frequency, and the matrix they make."""

import dataclasses
import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from kapre_like.filters.scales import hz_between, to_hz, to_scale

SHAPES = ("gabor", "gammatone", "gaussian", "triangle")

# The exponent of a Gaussian at one width from its middle, so that its half height is at 1/2.
_GAUSS = 4.0 * math.log(2.0)
# `(1 + (f / b) ** 2) ** -4`, the power of a gammatone of order 4, has this width in `b`.
GAMMATONE_WIDTH = 2.0 * math.sqrt(2.0**0.25 - 1.0)
# Area of a gammatone of height 1 and width 1 at half height.
_GAMMATONE_AREA = 5.0 * math.pi / 16.0 / GAMMATONE_WIDTH
# How far from its middle a band is summed up, in widths, and in how many steps per side: all
# of a triangle, and all but 1e-8 of a Gaussian.
_REACH, _STEPS = {"triangle": 1.0, "gaussian": 2.5, "gabor": 2.5}, 64
# Below, a float64 Gaussian is 0 and stays 0 when its band is scaled to sum 1.
_NOTHING = -708.0
_EMPTY = 1e-6


@dataclasses.dataclass(frozen=True)
class Bands:
    """Where the bands of a bank lie before any training, and what they look like.

    Positions are fractions of the scale: 0 is 0 Hz (1 Hz on `"octave"`), 1 half the rate. A
    width is the full width at half the height; a triangle has its corners that far from its
    middle. Every function that takes `xp` computes with NumPy or, on weights, `keras.ops`.

    Attributes:
        sample_rate: Number > 0, Hz.
        scale: One of `scales.SCALES`, on which the bands are symmetric.
        shape: `"triangle"`, `"gaussian"` (on the scale), `"gabor"` (the squared response of a
            complex Gabor filter: a Gaussian in Hz) or `"gammatone"` (of order 4).
        norm: `None` (height 1), `"area"` (1 in Hz below half the rate) or `"sum"` (1 over
            the bins).
        in_hz: Whether the sides of a triangle are straight in Hz, not on the scale.
        centre: `(bands,)`, fractions.
        width: `(bands,)`, fractions.
    """

    sample_rate: float
    scale: str
    shape: str
    norm: str | None
    in_hz: bool
    centre: np.ndarray
    width: np.ndarray

    def away(self, n_fft: int) -> np.ndarray:
        """Returns `(n_fft // 2 + 1, bands)`: the fractions from each middle to each bin."""
        hz = np.arange(n_fft // 2 + 1)[:, None] * (self.sample_rate / n_fft)
        return to_fraction(hz, self.scale, self.sample_rate) - self.centre

    def hz(self, fraction: Any, xp: Any = np) -> Any:
        """Returns Hz of fractions of the scale."""
        low, span = _ends(self.scale, self.sample_rate)
        return to_hz(fraction * span + low, self.scale, xp)

    def width_hz(self, centre: Any, width: Any, xp: Any = np) -> Any:
        """Returns the widths in Hz: half of what lies between one width below and above."""
        return 0.5 * (self._hz_to(centre, width, xp) - self._hz_to(centre, -width, xp))

    def matrix(self, away: Any, centre: Any, width: Any, xp: Any = np) -> Any:
        """Returns `(freqs, bands)` for bins that lie `away` from the bands' middles."""
        if self.in_hz:
            return self._triangles_in_hz(away, centre, width, xp)
        x = away / width
        if self.norm == "sum":
            return self._sum_to_one(x, xp)
        if self.norm is None:
            return self._height_one(x, xp)
        return self._height_one(x, xp) / self._area(centre, width, xp)

    def constant(self, n_fft: int) -> np.ndarray:
        """Returns the matrix of the untrained bank, float64."""
        return self.matrix(self.away(n_fft), self.centre, self.width)

    def _area(self, centre: Any, width: Any, xp: Any) -> Any:
        """The area in Hz, between 0 Hz and half the rate, of bands of height 1.

        A gammatone, whose feet are long, counts beyond these as well.
        """
        if self.shape == "gammatone":
            return _GAMMATONE_AREA * self.width_hz(centre, width, xp)
        place = np.arange(-_STEPS, _STEPS + 1) * (_REACH[self.shape] / _STEPS)
        height = self._height_one(0.5 * (place[1:] + place[:-1]), np)
        # Summed by parts: no difference of two frequencies that are nearly equal.
        fall = -np.diff(height, prepend=0.0, append=0.0)
        place, fall = (v[:, None].astype("float32") for v in (place, fall))
        step = xp.maximum(xp.minimum(xp.multiply(place, width), 1.0 - centre), -centre)
        return xp.sum(xp.multiply(fall, self._hz_to(centre, step, xp)), axis=0)

    def _hz_to(self, centre: Any, step: Any, xp: Any) -> Any:
        """The Hz from one fraction of the scale to another."""
        low, span = _ends(self.scale, self.sample_rate)
        return hz_between(centre * span + low, step * span, self.scale, xp)

    def _triangles_in_hz(self, away: Any, centre: Any, width: Any, xp: Any) -> Any:
        low, high = self._hz_to(centre, -width, xp), self._hz_to(centre, width, xp)
        hz = self._hz_to(centre, away, xp)
        bands = xp.maximum(1.0 - xp.maximum(hz / low, hz / high), 0.0)
        return bands * (2.0 / (high - low)) if self.norm == "area" else bands

    def _height_one(self, x: Any, xp: Any) -> Any:
        """Bands of height 1 at distances of `x` widths."""
        if self.shape == "triangle":
            return xp.maximum(1.0 - xp.abs(x), 0.0)
        if self.shape == "gammatone":
            square = 1.0 + xp.square(GAMMATONE_WIDTH * x)
            return 1.0 / xp.square(xp.square(square))
        return xp.exp(-_GAUSS * xp.square(x))

    def _sum_to_one(self, x: Any, xp: Any) -> Any:
        """The same, each divided by its sum over the bins."""
        if self.shape == "triangle":
            bands = self._height_one(x, xp)
            # Not smaller: the gradient squares it, in float32.
            return bands / xp.maximum(xp.sum(bands, axis=0, keepdims=True), 1e-12)
        # A Gaussian between two bins is far below float32 there: its largest bin comes to 1.
        exponent = -_GAUSS * xp.square(x)
        peak = xp.max(exponent, axis=0, keepdims=True)
        bands = xp.exp(exponent - peak)
        bands = bands / xp.sum(bands, axis=0, keepdims=True)
        return xp.where(peak > _NOTHING, bands, xp.zeros_like(bands))


def _ends(scale: str, sample_rate: float) -> tuple[float, float]:
    """The position of the fraction 0, and how far that of 1 lies above it."""
    low = 0.0 if scale == "octave" else float(to_scale(0.0, scale))
    return low, float(to_scale(sample_rate / 2, scale)) - low


def to_fraction(hz: Any, scale: str, sample_rate: float) -> np.ndarray:
    """Returns the fractions of a scale that belong to frequencies in Hz."""
    low, span = _ends(scale, sample_rate)
    return (to_scale(hz, scale) - low) / span


def gabor(bands: Bands) -> Bands:
    """Returns Gabor filters with the centres and widths in Hz that `bands` has."""
    nyquist = bands.sample_rate / 2
    return dataclasses.replace(
        bands, scale="hz", shape="gabor", in_hz=False,
        centre=bands.hz(bands.centre) / nyquist,
        width=bands.width_hz(bands.centre, bands.width) / nyquist,
    )  # fmt: skip


def evenly_spaced(
    sample_rate: float, n_bands: int, fmin: float, fmax: float, scale: str
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the fractions `(centre, width)` of bands evenly spaced on a scale.

    `n_bands + 2` points from `fmin` to `fmax`: a band reaches from each to the next but one.
    """
    ends = to_fraction([fmin, fmax], scale, sample_rate)
    points = np.linspace(ends[0], ends[1], n_bands + 2)
    return points[1:-1], np.full(n_bands, (ends[1] - ends[0]) / (n_bands + 1))


def count_empty(matrix: np.ndarray) -> int:
    """Returns how many columns hold nothing, next to the largest value of all."""
    return int((matrix.max(axis=0) <= _EMPTY * matrix.max()).sum())


def warn_of_empty(
    owner: str,
    matrix: np.ndarray,
    *,
    received: Mapping[str, Any],
    changes: Iterable[tuple[str, Iterable[Any]]],
    rebuild: Callable[..., np.ndarray],
    kind: str,
) -> None:
    """Warns if some columns of `matrix` are empty, and says which numbers would do.

    Args:
        owner: Who speaks.
        matrix: `(freqs, bands)`.
        received: Arguments by name, as they are to be shown.
        changes: Arguments that may mend it, each with the values to try in order.
        rebuild: Returns the matrix for one of them changed.
        kind: What the bands are called.
    """
    empty = count_empty(matrix)
    if not empty:
        return
    fixes = []
    for name, values in changes:
        value = next((v for v in values if not count_empty(rebuild(**{name: v}))), None)
        fixes += [f"{name}={value}"] if value is not None else []
    listed = ", ".join(f"{name}={value}" for name, value in received.items())
    mended = f" Without empty bands: {' or '.join(fixes)}." if fixes else ""
    message = (
        f"{owner}: {empty} of {matrix.shape[1]} {kind} bands hold no FFT bin and stay silent. "
        f"Received: {listed}.{mended}"
    )
    warnings.warn(message, UserWarning, stacklevel=3)
