"""Constant-Q and variable-Q filters: one set per octave, each at a lower sample rate."""

import dataclasses
import math
from typing import Any

import numpy as np

from kapre_like.filters.constant_q import bin_frequencies, relative_bandwidth, upper_edges
from kapre_like.filters.windows import window as window_of

# librosa 0.11 drops the weakest bins of each filter's spectrum, up to this share of the sum.
_DROPPED = 0.01
# Shortest pass band of a low-pass, and its attenuation. The filters have weak side lobes beyond
# their edges; with this attenuation the aliasing of these lobes stays below 1e-4.
_MIN_PASS, _ATTENUATION_DB = 0.7, 100.0
# soxr's "HQ", with which librosa halves a rate: the pass band and the point of half gain, as
# shares of the halved band, and the attenuation of a Kaiser window with the same slope.
_SOXR_PASS, _SOXR_HALF, _SOXR_DB = 0.9235, 0.957, 80.0


@dataclasses.dataclass(frozen=True)
class Octave:
    """The filters of one octave, for a waveform whose rate was halved `halvings` times.

    A hop may be a fraction of a halved sample. Frames are therefore grouped: the distance
    between groups of `2 ** k` frames is a whole number of samples. Each frame of a group has
    its own copy of the filters, shifted by the fraction of a sample.

    Attributes:
        halvings: Int >= 0.
        phases: Int > 0, frames per group.
        hop_length: Int > 0, halved samples between groups.
        left: Int > 0, halved samples before the center of a group's first frame.
        kernel: Complex array `(samples, phases, bins)`. The product of a group's samples and
            this array is the response.
    """

    halvings: int
    phases: int
    hop_length: int
    left: int
    kernel: np.ndarray


@dataclasses.dataclass(frozen=True)
class Halving:
    """One halving of the rate.

    Attributes:
        passed: Number > 0, the share of the halved band that must not change.
        starts: Whether the samples that the low-pass adds before the clip are cut off.
        rounding: Int >= 0. After `n` halvings in total the clip is cut off to
            `(samples + rounding) >> n` samples, as librosa and soxr do. `None` keeps the
            samples that the low-pass adds after the clip.
    """

    passed: float
    starts: bool
    rounding: int | None


def design(
    *,
    sample_rate: float,
    hop_length: int,
    fmin: float,
    n_bins: int,
    bins_per_octave: int,
    filter_scale: float,
    norm: Any,
    window: Any,
    scale: bool,
    gamma: float,
    grouped: bool,
) -> tuple[list[Octave], list[Halving]]:
    """Returns the filters of all octaves, the highest first, and the halvings between them.

    A filter is `w[u] * exp(2j * pi * f * u / rate)`. Its window `w` lasts `filter_scale /
    (alpha * f + gamma)` seconds, where `alpha` is `relative_bandwidth`. The rate is the one of
    librosa: it is halved with every octave while the hop remains a whole number of samples.

    Args:
        sample_rate: Number > 0, Hz.
        hop_length: Int > 0, samples between frames.
        fmin: Number > 0, Hz, center of the lowest bin.
        n_bins: Int > 0.
        bins_per_octave: Int > 0.
        filter_scale: Number > 0, factor on every filter's length.
        norm: Number > 0, `"max"` or `None`: the norm of each filter that is scaled to 1.
        window: Name or `(name, parameter)` of a window.
        scale: Whether a filter is divided by the root of its length in samples.
        gamma: Number >= 0, Hz added to every bandwidth.
        grouped: Whether to group frames, so that the rate can be halved further than the hop
            allows.

    Source: C. Schoerkhuber, A. Klapuri, Constant-Q transform toolbox for music processing,
        2010; librosa 0.11 `vqt`.
    """
    hz = bin_frequencies(fmin, n_bins, bins_per_octave)
    edges = upper_edges(hz, bins_per_octave, filter_scale, window, gamma)
    seconds = filter_scale / (relative_bandwidth(bins_per_octave) * hz + gamma)
    tops = edges[::-1][::bins_per_octave]
    early, room, twos = _first_halvings(sample_rate, hop_length, tops)
    octaves = []
    for number in range(len(tops)):
        stop = n_bins - number * bins_per_octave
        bins = slice(max(0, stop - bins_per_octave), stop)
        wanted = early + number
        whole = min(wanted, twos)
        basis = _basis(hz[bins], seconds[bins], sample_rate / 2**whole, norm, window)
        samples = seconds[bins] * sample_rate
        basis *= np.sqrt(samples) if scale else samples
        more = room + number - twos if grouped and wanted > twos else 0
        octaves.append(_grouped(basis, hop_length >> whole, whole, more))
    return octaves, [
        Halving(
            _passed(tops, octaves, done) / (sample_rate / 4 / 2**done),
            done < twos,
            _rounding(done + 1, early, twos),
        )
        for done in range(octaves[-1].halvings)
    ]


def _rounding(number: int, early: int, twos: int) -> int | None:
    """Returns `Halving.rounding`. librosa does the early halvings in one rounded step."""
    if not early <= number <= twos:
        return None
    return 2 ** (number - 1) if number == early else 2**number - 1


def _first_halvings(
    sample_rate: float, hop_length: int, tops: np.ndarray
) -> tuple[int, int, int]:
    """Returns the halvings before the first octave, and those its edge and the hop allow."""
    twos = (int(hop_length) & -int(hop_length)).bit_length() - 1
    room = max(0, math.ceil(math.log2(sample_rate / 2 / tops[0])) - 2)
    return min(room, max(0, twos - len(tops) + 1)), room, twos


def _passed(tops: np.ndarray, octaves: list[Octave], done: int) -> float:
    """Returns the highest edge of the octaves after more than `done` halvings."""
    return max(top for top, octave in zip(tops, octaves, strict=True) if octave.halvings > done)


def _basis(
    hz: np.ndarray, seconds: np.ndarray, rate: float, norm: Any, window: Any
) -> np.ndarray:
    """Returns filters at `rate` as complex `(samples, bins)`, centered in the samples."""
    longest = (seconds * rate).max()
    size = max(2, 2 ** math.ceil(math.log2(longest)))
    basis = np.zeros((size, len(hz)), "complex128")
    for column, (frequency, length) in enumerate(zip(hz, seconds * rate, strict=True)):
        half = length / 2.0
        time = np.arange(math.floor(-half), math.floor(half), dtype="float64")
        values = window_of(window, len(time), len(time)) * np.exp(
            2j * np.pi * frequency / rate * time
        )
        start = (size - len(time)) // 2
        basis[start : start + len(time), column] = values / _size(np.abs(values), norm)
    return _without_weak_bins(basis)


def _size(values: np.ndarray, norm: Any) -> float:
    if norm is None:
        return 1.0
    return values.max() if norm == "max" else (values**norm).sum() ** (1.0 / norm)


def _without_weak_bins(basis: np.ndarray) -> np.ndarray:
    """Removes the weak and the negative frequencies of filters.

    With the frame's transform `X`, `response = sum_k B[k] * X[k]` equals `sum_n x[n] * b[n]`,
    where `b` is the transform of `B`.
    """
    size = len(basis)
    spectrum = np.fft.fft(basis, axis=0)[: size // 2 + 1] / size
    strength = np.abs(spectrum)
    weakest = np.sort(strength, axis=0)
    share = np.cumsum(weakest, axis=0) / weakest.sum(axis=0)
    first = np.argmin(share < _DROPPED, axis=0)
    spectrum[strength < weakest[first, np.arange(basis.shape[1])]] = 0.0
    return np.fft.fft(spectrum, n=size, axis=0)


def _grouped(basis: np.ndarray, hop_length: int, whole: int, more: int) -> Octave:
    """Returns an octave after `whole` and up to `more` halvings, in groups of frames."""
    size, bins = basis.shape
    # The frames of a group share its samples. With long hops they would share few.
    while more and (hop_length << more) > 4 * size:
        more -= 1
    phases = 1 << more
    length = math.ceil((size + (phases - 1) * hop_length) / phases)
    kernel = np.zeros((length, phases, bins), "complex128")
    for phase in range(phases):
        source = phases * np.arange(length) - phase * hop_length
        valid = (source >= 0) & (source < size)
        kernel[valid, phase] = phases * basis[source[valid]]
    return Octave(whole + more, phases, hop_length, size // phases // 2, kernel)


def half_band(passed: float, cut: bool) -> np.ndarray:
    """Returns a symmetric low-pass of odd length for halving a sample rate; its gain is 1.

    Args:
        passed: Number > 0, the share of the halved band that must not change. Aliasing is
            allowed above this share. The filter never passes more of the band than soxr does.
        cut: Whether the clip is cut off at its ends after it is halved. The samples that the
            filter adds beside the clip are then lost, so the filter must be the one of librosa
            to lose the same samples.
    """
    from scipy.signal import firwin, kaiserord

    like_soxr = cut or passed > _SOXR_PASS - 0.1
    low, half = (_SOXR_PASS, _SOXR_HALF) if like_soxr else (max(passed, _MIN_PASS), 1.0)
    taps, beta = kaiserord(_SOXR_DB if like_soxr else _ATTENUATION_DB, half - low)
    return firwin(taps | 1, half / 2.0, window=("kaiser", beta))


def halving_matrices(taps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the matrices that halve the rate of a waveform in blocks.

    `block[i] @ near + block[i + 1] @ far` are `n` samples at half the rate, for blocks of
    `2 * n` samples. The low-pass `taps` begins at the first sample of block `i`. Both matrices
    are `(2 * n, n)`.
    """
    n = max(32, 8 * math.ceil(len(taps) / 16))
    matrix = np.zeros((4 * n, n))
    for column in range(n):
        matrix[2 * column : 2 * column + len(taps), column] = taps
    return matrix[: 2 * n], matrix[2 * n :]
