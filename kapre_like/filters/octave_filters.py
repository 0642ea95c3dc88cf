"""Constant-Q and variable-Q filters, an octave at a time, each at a rate of its own."""

import dataclasses
import math
from typing import Any

import numpy as np

from kapre_like.filters.constant_q import bin_frequencies, relative_bandwidth, upper_edges
from kapre_like.filters.frames import window as window_of

# What librosa 0.11 drops of each filter's spectrum: the weakest bins, up to this share of it.
_DROPPED = 0.01


@dataclasses.dataclass(frozen=True)
class Octave:
    """The filters of one octave, for a waveform halved in rate `halvings` times.

    Frames come in groups of `phases`: `2 ** k` frames lie a whole number of halved samples
    apart where one hop is not. Each frame of a group has its own copy of the filters, moved
    by the part of a sample that it needs.

    Attributes:
        halvings: Int >= 0.
        phases: Int > 0, frames per group.
        hop_length: Int > 0, halved samples between groups.
        left: Int > 0, halved samples before the middle of a group's first frame.
        kernel: Complex array `(samples, phases, bins)`: a group times this is its response.
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
        passed: Number > 0, the part of the halved band that must stay as it is.
        starts: Whether a clip is cut off where it starts; else it rings before as well.
        rounding: Int >= 0: after `n` halvings in all, a clip is cut off to
            `(samples + rounding) >> n` samples; or `None`, if it rings on behind its end.
            Clips are cut off where librosa and soxr, on which it stands, do so.
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
    """Returns the filters of all octaves, the highest first, and the halvings on the way.

    A filter is `w[u] * exp(2j * pi * f * u / rate)` under a window of `filter_scale /
    (alpha * f + gamma)` seconds, `alpha` being `relative_bandwidth`, made at the rate at which
    librosa applies it: half as much with every octave for as long as the hop stays whole.

    Args:
        sample_rate: Number > 0, Hz.
        hop_length: Int > 0, samples between frames.
        fmin: Number > 0, Hz, centre of the lowest bin.
        n_bins: Int > 0.
        bins_per_octave: Int > 0.
        filter_scale: Number > 0, factor on every filter's length.
        norm: Number > 0, `"max"` or `None`: what of each filter is made 1.
        window: Name or `(name, parameter)` of a window.
        scale: Whether a filter is divided by the root of its length in samples.
        gamma: Number >= 0, Hz added to every bandwidth.
        grouped: Whether rates may be halved further than the hop allows, with frames in
            groups.

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
    """Of halving `number`; librosa takes the early ones at once and rounds to the nearest."""
    if not early <= number <= twos:
        return None
    return 2 ** (number - 1) if number == early else 2**number - 1


def _first_halvings(
    sample_rate: float, hop_length: int, tops: np.ndarray
) -> tuple[int, int, int]:
    """Halvings before the first octave; how many its edge allows; how many the hop allows."""
    twos = (int(hop_length) & -int(hop_length)).bit_length() - 1
    room = max(0, math.ceil(math.log2(sample_rate / 2 / tops[0])) - 2)
    return min(room, max(0, twos - len(tops) + 1)), room, twos


def _passed(tops: np.ndarray, octaves: list[Octave], done: int) -> float:
    """The highest edge among the octaves that take more than `done` halvings."""
    return max(top for top, octave in zip(tops, octaves, strict=True) if octave.halvings > done)


def _basis(
    hz: np.ndarray, seconds: np.ndarray, rate: float, norm: Any, window: Any
) -> np.ndarray:
    """Filters at `rate` as complex `(samples, bins)`; time 0 is in the middle."""
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
    """What a frame is multiplied with, if only a filter's strong bins from 0 Hz up count.

    `response = sum_k B[k] * X[k]` with `X` the frame's transform is `sum_n x[n] * b[n]`, `b`
    being the transform of `B`.
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
    """The octave after `whole` halvings and up to `more`, in groups of `2 ** more` frames."""
    size, bins = basis.shape
    # Frames in a group share its samples: with long hops there would be little to share.
    while more and (hop_length << more) > 4 * size:
        more -= 1
    phases = 1 << more
    length = math.ceil((size + (phases - 1) * hop_length) / phases)
    kernel = np.zeros((length, phases, bins), "complex128")
    for phase in range(phases):
        source = phases * np.arange(length) - phase * hop_length
        there = (source >= 0) & (source < size)
        kernel[there, phase] = phases * basis[source[there]]
    return Octave(whole + more, phases, hop_length, size // phases // 2, kernel)
