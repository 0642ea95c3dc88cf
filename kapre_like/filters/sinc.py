"""Band-pass filters made of two sinc functions: where they lie before training."""

import numpy as np

from kapre_like.filters.mel import mel_frequencies


def sinc_bands(
    sample_rate: float,
    n_filters: int,
    fmin: float,
    fmax: float,
    min_low_hz: float,
    min_band_hz: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns lower cut-offs and bandwidths in Hz that follow the mel scale.

    The corners lie evenly on the HTK mel scale. What is below one of the two least values is
    raised to it; a band that would then pass half the rate is moved down.

    Args:
        sample_rate: Number > 0, Hz.
        n_filters: Int > 0.
        fmin: Number >= 0, Hz, lower cut-off of the first filter.
        fmax: Number > `fmin`, Hz, upper cut-off of the last filter.
        min_low_hz: Number > 0, Hz, least lower cut-off.
        min_band_hz: Number > 0, Hz, least bandwidth.

    Source: M. Ravanelli, Y. Bengio, Speaker recognition from raw waveform with SincNet, 2018.
    """
    corners = mel_frequencies(n_filters + 1, fmin, fmax, "htk")
    band = np.maximum(np.diff(corners), min_band_hz)
    low = np.minimum(corners[:-1], sample_rate / 2 - band)
    return np.maximum(low, min_low_hz), band
