"""Spectral descriptors, one row per frame.

| name | definition, with power P and magnitude S = sqrt(P) at frequency f |
|---|---|
| `centroid_hz` | sum(f S) / sum(S) |
| `bandwidth_hz` | sqrt(sum((f - centroid)^2 S) / sum(S)) |
| `rolloff_hz` | the lowest f below which 85 % of sum(S) lies |
| `flatness_db` | geometric over arithmetic mean of P, dB: near 0 for noise, low for tones |
| `contrast_A_Bhz_db` | mean of the loudest over mean of the faintest 2 % of S in a band, dB |
| `energy_ratio_db` | energy below 2 kHz over energy from 2 kHz on, in dB |
| `envelope_db` | largest absolute sample of the frame, dB relative to full scale |
| `zero_crossings` | share of neighboring samples of the frame that differ in sign |

For silence, frequencies are 0 Hz, flatness, contrast and ratio are 0 dB, and the envelope is
-100 dB. The columns of the table are a file format, so it does not include `flux` and `rms_db`.

Sources: G. Peeters, A large set of audio features for sound description, 2004 (centroid,
bandwidth as spread, rolloff, flatness); D. Jiang et al., Music type classification by spectral
contrast feature, 2002. The numbers are those of librosa 0.11 `feature.spectral_*` and
`zero_crossings`, except that flatness is in dB, and contrast is in dB of magnitude.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from kapre_like.audio.products import product
from kapre_like.filters.fourier import fft_frequencies
from kapre_like.filters.octaves import Octave, contrast_octaves

_ROLLOFF_SHARE = 0.85
_CONTRAST_FMIN_HZ = 200.0
_CONTRAST_SHARE = 0.02
_RATIO_SPLIT_HZ = 2000.0
_AMIN_POWER = 1e-10
_DB_PER_NEPER = 10.0 / np.log(10.0)  # from the natural logarithm of a power
_AMIN_MAGNITUDE = 1e-5
# Bins per group of `_rolloff`, which sums bin by bin inside one group only.
_GROUP = 16


class Bands(NamedTuple):
    """Constants of the descriptors at one sample rate and FFT size.

    Attributes:
        names: One per column of `describe_frames`.
        hz: `(freqs,)`.
        octaves: The contrast bands.
        split: The first bin of the upper part of `energy_ratio_db`.
        sums: `(freqs, 2 + groups)`, weights of sums over magnitudes: `hz`, `hz**2`, and a
            cumulative sum up to the end of each group of `_GROUP` bins.
    """

    names: list[str]
    hz: np.ndarray
    octaves: list[Octave]
    split: int
    sums: np.ndarray


def bands(sample_rate: int, n_fft: int) -> Bands:
    """Returns the constants; contrast bands are octaves from 200 Hz up to half the rate."""
    hz = fft_frequencies(sample_rate, n_fft)
    octaves = contrast_octaves(sample_rate, n_fft, _CONTRAST_FMIN_HZ, None, _CONTRAST_SHARE)
    contrast = [f"contrast_{octave.low:.0f}_{octave.high:.0f}hz_db" for octave in octaves]
    names = ["centroid_hz", "bandwidth_hz", "rolloff_hz", "flatness_db", *contrast]
    names += ["energy_ratio_db", "envelope_db", "zero_crossings"]
    ends = np.arange(_GROUP, len(hz) + _GROUP, _GROUP)
    up_to = np.arange(len(hz))[:, None] < ends
    sums = np.column_stack([hz, hz**2, up_to])
    return Bands(names, hz, octaves, int(np.searchsorted(hz, _RATIO_SPLIT_HZ)), sums)


def _db(power: np.ndarray) -> np.ndarray:
    return 10.0 * np.log10(np.maximum(power, _AMIN_POWER))


def _moments(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns centroid and bandwidth in Hz; the latter is sqrt(E[f^2] - E[f]^2)."""
    total = np.maximum(sums[:, -1], 1e-300)
    centroid = sums[:, 0] / total
    return centroid, np.sqrt(np.maximum(sums[:, 1] / total - centroid**2, 0.0))


def _rolloff(magnitude: np.ndarray, cumulative: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """Finds the group of bins in which the share is reached, then the bin in the group.

    A cumulative sum over all bins would take as long as the Fourier transform.
    """
    wanted = _ROLLOFF_SHARE * cumulative[:, -1]
    group = (cumulative >= wanted[:, None]).argmax(axis=1)
    rows = np.arange(len(magnitude))
    before = np.where(group > 0, cumulative[rows, group - 1], 0.0)
    bins = np.minimum(group[:, None] * _GROUP + np.arange(_GROUP), len(hz) - 1)
    inside = before[:, None] + np.cumsum(magnitude[rows[:, None], bins], axis=1)
    reached = inside >= wanted[:, None]
    reached[:, -1] = True  # the two sums may round differently
    return hz[bins[rows, reached.argmax(axis=1)]]


def _contrast(power: np.ndarray, octaves: list[Octave], out: np.ndarray) -> None:
    """Writes the contrast of each octave to `out`, `(frames, octaves)`."""
    single = [octave.count == 1 for octave in octaves]
    if any(single):
        # The largest and the smallest bin, without sorting. Every second segment lies between
        # two octaves, and the last one may end with the spectrum.
        edges = [edge for octave in octaves if octave.count == 1 for edge in octave[2:4]]
        edges = edges[:-1] if edges[-1] == power.shape[1] else edges
        peak = np.maximum.reduceat(power, edges, axis=1)[:, ::2]
        valley = np.minimum.reduceat(power, edges, axis=1)[:, ::2]
        out[:, single] = _db(peak) - _db(valley)
    for place, (_, _, first, stop, count) in enumerate(octaves):
        if count > 1:
            band = np.sort(power[:, first:stop], axis=1)
            peak = np.sqrt(band[:, -count:]).mean(axis=1)
            valley = np.sqrt(band[:, :count]).mean(axis=1)
            out[:, place] = _db(peak**2) - _db(valley**2)


def _crossings(frames: np.ndarray) -> np.ndarray:
    """Returns the share of sign changes. Scans each sample once, though frames overlap."""
    hop, gaps = frames.strides[0] // frames.itemsize, frames.shape[1] - 1
    length = (len(frames) - 1) * hop + frames.shape[1]
    negative = as_strided(frames, (length,), frames.strides[1:]) < 0
    places = np.flatnonzero(negative[1:] ^ negative[:-1])
    begins = np.arange(len(frames)) * hop
    counts = np.searchsorted(places, begins + gaps) - np.searchsorted(places, begins)
    return counts / max(1, gaps)


def describe_frames(power: np.ndarray, frames: np.ndarray, constants: Bands) -> np.ndarray:
    """Computes the descriptors of the module's table.

    Args:
        power: `(frames, freqs)`, >= 0.
        frames: `(frames, n_fft)`, the samples of the same frames, not windowed. A view with
            a constant stride between rows.
        constants: From `bands`.

    Returns:
        `(frames, len(constants.names))`, finite.
    """
    magnitude = np.sqrt(power)
    sums = product(magnitude, constants.sums)
    centroid, bandwidth = _moments(sums)
    rolloff = _rolloff(magnitude, sums[:, 2:], constants.hz)
    floored = np.maximum(power, _AMIN_POWER, out=magnitude)
    mean = floored.mean(axis=1)
    # NumPy vectorizes `log`, but not `log10`: it takes a third of the time for this array.
    logarithm = np.log(floored, out=floored)
    low = power[:, : constants.split].sum(axis=1)
    high = power[:, constants.split :].sum(axis=1)
    peak = np.maximum(frames.max(axis=1), -frames.min(axis=1))
    found = np.empty((len(constants.names), len(power))).T
    found[:, 0], found[:, 1] = centroid, bandwidth
    found[:, 2] = rolloff
    found[:, 3] = logarithm.mean(axis=1) * _DB_PER_NEPER - _db(mean)
    _contrast(power, constants.octaves, out=found[:, 4:-3])
    found[:, -3] = _db(low) - _db(high)
    found[:, -2] = 20.0 * np.log10(np.maximum(peak, _AMIN_MAGNITUDE))
    found[:, -1] = _crossings(frames)
    return found
