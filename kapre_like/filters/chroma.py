"""Matrices from FFT bins or constant-Q bins to pitch classes."""

import math
from typing import Any

import numpy as np

from kapre_like import _check

_A0_HZ = 27.5


def chroma_matrix(
    sample_rate: float,
    n_fft: int,
    n_chroma: int,
    tuning: float,
    ctroct: float,
    octwidth: float | None,
    base_c: bool,
) -> np.ndarray:
    """Returns the weight of every FFT bin in every pitch class, `(freqs, n_chroma)`, float64.

    The weights of a bin are a Gaussian of its circular distance to each class. The Gaussian is
    wider where neighboring bins are far apart. The weights have 2-norm 1, multiplied by a
    Gaussian of the bin's distance to octave `ctroct`.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size in samples.
        n_chroma: Int > 0, pitch classes in an octave.
        tuning: Number, deviation from A = 440 Hz, in classes.
        ctroct: Number > 0, octaves above 27.5 Hz where the weight is largest.
        octwidth: Number > 0, standard deviation of that weight in octaves. `None` gives all
            octaves the same weight.
        base_c: Whether class 0 is C; otherwise it is A.

    Source: D. Ellis, Chroma feature analysis and synthesis, 2007. Agrees with librosa 0.11
        `filters.chroma(...).T`.
    """
    hz = np.arange(1, n_fft) * (sample_rate / n_fft)
    octave = np.log2(hz / (_A0_HZ * 2.0 ** (tuning / n_chroma)))
    # 0 Hz has no pitch. It is placed one and a half octaves below the next bin.
    octave = np.concatenate([octave[:1] - 1.5 if n_fft > 1 else np.zeros(1), octave])
    width = np.append(np.maximum(n_chroma * np.diff(octave), 1.0), 1.0)
    half = round(n_chroma / 2)
    distance = n_chroma * octave[:, None] - np.arange(n_chroma)
    distance = np.mod(distance + half, n_chroma) - half
    weight = np.exp(-0.5 * (2.0 * distance / width[:, None]) ** 2)
    weight /= np.sqrt((weight**2).sum(axis=1, keepdims=True))
    if octwidth is not None:
        weight *= np.exp(-0.5 * ((octave - ctroct) / octwidth) ** 2)[:, None]
    if base_c:
        weight = np.roll(weight, -3 * (n_chroma // 12), axis=1)
    return weight[: n_fft // 2 + 1]


def fold_matrix(
    n_bins: int, bins_per_octave: int, n_chroma: int, fmin: float, base_c: bool
) -> np.ndarray:
    """Returns the pitch class of every constant-Q bin as 0 or 1, `(n_bins, n_chroma)`.

    Each bin belongs to the nearest class. Of `3 * n_chroma` bins per octave, three belong to
    each class.

    Args:
        n_bins: Int > 0.
        bins_per_octave: Int > 0, a multiple of `n_chroma`.
        n_chroma: Int > 0, pitch classes in an octave.
        fmin: Number > 0, Hz, center of the lowest bin.
        base_c: Whether class 0 is C; otherwise it is A.

    Source: agrees with librosa 0.11 `filters.cq_to_chroma(...).T`.
    """
    merged = bins_per_octave // n_chroma
    classes = (np.arange(n_bins) + merged // 2) // merged
    # Relative to A = 440 Hz, 9 semitones above C. The result is exact for the notes A.
    semitones = (12.0 * math.log2(fmin / 440.0) + 9.0) % 12.0 - (0 if base_c else 9)
    first = int(np.round(semitones * (n_chroma / 12.0)))
    return np.eye(n_chroma)[(classes + first) % n_chroma]


def check_chroma(
    owner: str,
    *,
    sample_rate: Any,
    n_fft: Any,
    n_chroma: Any,
    tuning: Any,
    ctroct: Any,
    octwidth: Any,
    base_c: Any,
    fmin: Any,
    bins_per_octave: Any,
) -> None:
    """Raises a `ValueError` unless the arguments of both matrices are valid."""
    _check.positive(owner, sample_rate=sample_rate, ctroct=ctroct, fmin=fmin)
    _check.positive_int(owner, n_chroma=n_chroma, bins_per_octave=bins_per_octave)
    _check.number(owner, tuning=tuning)
    _check.boolean(owner, base_c=base_c)
    if n_fft is not None:
        _check.positive_int(owner, n_fft=n_fft)
    if octwidth is not None:
        _check.positive(owner, octwidth=octwidth)
