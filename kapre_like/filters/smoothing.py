"""Time constants of first-order smoothers, `m[t] = (1 - b) * m[t - 1] + b * x[t]`."""

from typing import Any

import numpy as np


def smoothing_coefficient(time_constant: Any, sample_rate: float, hop_length: int) -> Any:
    """Returns the coefficient `b` for a time constant in seconds.

    `b = (sqrt(1 + 4 T^2) - 1) / (2 T^2)`, `T` in frames, that is `T = sqrt(1 - b) / b`.

    Args:
        time_constant: Number or array > 0, seconds.
        sample_rate: Number > 0, Hz.
        hop_length: Int > 0, samples from frame to frame.

    Source: V. Lostanlen et al., Per-channel energy normalization: why and how, 2019;
        librosa 0.11 `pcen`.
    """
    frames = np.asarray(time_constant, "float64") * sample_rate / hop_length
    # Without the difference of two nearly equal numbers that a short `frames` would give.
    return 2.0 / (np.sqrt(1.0 + 4.0 * frames**2) + 1.0)


def time_constant(smoothing: Any, sample_rate: float, hop_length: int) -> Any:
    """Returns seconds for a coefficient in (0, 1]; undoes `smoothing_coefficient`."""
    smoothing = np.asarray(smoothing, "float64")
    frames = np.sqrt(1.0 - smoothing) / smoothing
    return frames * hop_length / sample_rate
