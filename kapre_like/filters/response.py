"""Where a filter lies and how wide it is, measured from its response."""

import numpy as np


def centre_and_bandwidth(response: np.ndarray, hz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the centre of gravity and the equivalent rectangular bandwidth, in Hz.

    `centre = sum(f r) / sum(r)`, `bandwidth = sum(r) df / max(r)`; both 0 for a response
    without a positive value.

    Args:
        response: Array `(freqs, filters)`; what is negative counts as 0.
        hz: Array `(freqs,)`, evenly spaced.

    Returns:
        Two arrays `(filters,)`.
    """
    response = np.maximum(np.asarray(response, "float64"), 0.0)
    total, peak = response.sum(axis=0), response.max(axis=0)
    some = total > 0
    safe = np.where(some, total, 1.0)
    step = hz[1] - hz[0]
    centre = np.where(some, hz @ response / safe, 0.0)
    return centre, np.where(some, total * step / np.where(some, peak, 1.0), 0.0)
