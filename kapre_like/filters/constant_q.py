"""Constant-Q and variable-Q bins: frequencies, bandwidths and checks of their arguments."""

import math
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.filters.windows import window as window_of


def bin_frequencies(fmin: float, n_bins: int, bins_per_octave: int) -> np.ndarray:
    """Returns `fmin * 2 ** (k / bins_per_octave)`, Hz, for `n_bins` values of `k` from 0."""
    return fmin * 2.0 ** (np.arange(n_bins) / bins_per_octave)


def relative_bandwidth(bins_per_octave: int) -> float:
    """Returns `1 / Q`: half the distance of a bin's neighbors, divided by their mean."""
    square = 2.0 ** (2.0 / bins_per_octave)
    return (square - 1.0) / (square + 1.0)


def erb_gamma(bins_per_octave: int) -> float:
    """Returns the `gamma` in Hz that makes bandwidths proportional to the ear's (ERB)."""
    return relative_bandwidth(bins_per_octave) * 24.7 / 0.108


def upper_edges(
    hz: np.ndarray, bins_per_octave: int, filter_scale: float, window: Any, gamma: float
) -> np.ndarray:
    """Returns the upper edge of each filter in Hz."""
    values = window_of(window, 1000, 1000)
    width = 1000.0 * (values**2).sum() / values.sum() ** 2
    relative = relative_bandwidth(bins_per_octave) / filter_scale
    return hz * (1.0 + 0.5 * width * relative) + 0.5 * gamma


def check_constant_q(
    owner: str,
    *,
    sample_rate: Any,
    hop_length: Any,
    fmin: Any,
    n_bins: Any,
    bins_per_octave: Any,
    filter_scale: Any,
    norm: Any,
    window: Any,
    gamma: Any,
) -> None:
    """Raises a `ValueError` unless all filters end below half the sample rate."""
    _check.positive(owner, sample_rate=sample_rate, fmin=fmin, filter_scale=filter_scale)
    _check.positive_int(
        owner, hop_length=hop_length, n_bins=n_bins, bins_per_octave=bins_per_octave
    )
    check_norm(owner, norm)
    _check_window(owner, window)
    if gamma is not None:
        _check.non_negative(owner, gamma=gamma)
    nyquist = sample_rate / 2
    hertz = erb_gamma(bins_per_octave) if gamma is None else gamma
    # Any further bin is above half the rate, whatever the width of its filter.
    below = max(1, math.ceil(bins_per_octave * math.log2(nyquist / fmin)) + 1)
    hz = bin_frequencies(fmin, min(n_bins, below), bins_per_octave)
    edges = upper_edges(hz, bins_per_octave, filter_scale, window, hertz)
    if n_bins <= below and edges[-1] <= nyquist:
        return
    fits = int((edges <= nyquist).sum())
    name, value = ("n_bins", n_bins) if fits else ("fmin", fmin)
    rule = (
        f"such that every filter ends below half of sample_rate={sample_rate}; with "
        f"fmin={fmin}, bins_per_octave={bins_per_octave}, filter_scale={filter_scale}, "
        f"window={window!r}, gamma={gamma} bin {len(edges) - 1} needs {2 * edges[-1]:.0f}"
    )
    fix = f"Use n_bins={fits}." if fits else "Use a lower fmin or a higher sample_rate."
    _check.fail(owner, name, rule, value, fix)


def check_norm(owner: str, norm: Any) -> None:
    """Raises a `ValueError` unless `norm` is a number > 0, `"max"` or `None`."""
    if norm is None or (isinstance(norm, str) and norm == "max"):
        return
    try:
        _check.positive(owner, norm=norm)
    except ValueError:
        _check.fail(owner, "norm", 'a number > 0, "max" or None', norm)


def _check_window(owner: str, window: Any) -> None:
    rule = "a name or (name, parameter) that scipy.signal.get_window knows"
    named = isinstance(window, str) or (
        isinstance(window, (tuple, list)) and len(window) > 0 and isinstance(window[0], str)
    )
    if not named:
        _check.fail(owner, "window", rule, window, 'For example "hann".')
    try:
        window_of(window, 16, 16)
    except (ValueError, TypeError):
        _check.fail(owner, "window", rule, window, 'For example "hann".')
