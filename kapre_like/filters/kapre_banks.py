"""Filterbanks with the arguments of Kapre: mel bands of any norm, and log-frequency bands."""

import math
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.filters.bands import longer_ffts, smaller_counts, warn_if_empty
from kapre_like.filters.filterbank import LOWEST_NOTE, Filterbank, count_log_bands
from kapre_like.filters.mel import mel_frequencies

# Smallest normal float32. Bands of a smaller norm are not scaled, as in librosa.
_SMALLEST = float(np.finfo("float32").tiny)


def mel_bank(
    owner: str,
    *,
    sample_rate: Any,
    n_freq: Any,
    n_mels: Any,
    f_min: Any,
    f_max: Any,
    htk: Any,
    norm: Any,
) -> np.ndarray:
    """Returns mel bands `(n_freq, n_mels)`, float64. They agree with librosa for every norm.

    Args:
        owner: Name of the class or function that errors and warnings mention.
        sample_rate: Number > 0, Hz.
        n_freq: Int > 1.
        n_mels: Int > 0.
        f_min: Number >= 0, Hz.
        f_max: Number > `f_min`, Hz. It may exceed half the sample rate, which is the default.
        htk: Whether the mel scale is HTK's; otherwise it is Slaney's.
        norm: `"slaney"`, `None`, or the order of the norm that is scaled to 1: a number >= 0
            or infinite.
    """
    _check.positive(owner, sample_rate=sample_rate)
    _check.positive_int(owner, n_mels=n_mels)
    _check.non_negative(owner, f_min=f_min)
    top = sample_rate / 2 if f_max is None else f_max
    _check.positive(owner, f_max=top)
    if f_min >= top:
        _check.fail(owner, "f_min", f"below f_max, here {top} Hz", f_min)
    n_fft = _n_fft(owner, n_freq)
    _check_norm(owner, norm)

    def build(n_mels: int = n_mels, n_fft: int = n_fft) -> np.ndarray:
        return _triangles(_corners(n_mels, f_min, top, htk), sample_rate, n_fft)

    matrix = build()
    warn_if_empty(
        owner, matrix, kind="mel", rebuild=build,
        received={"n_mels": n_mels, "n_freq": n_freq, "sample_rate": sample_rate},
        changes=[("n_mels", smaller_counts(n_mels)), ("n_fft", longer_ffts(n_fft))],
    )  # fmt: skip
    if isinstance(norm, str):
        corners = _corners(n_mels, f_min, top, htk)
        return matrix * (2.0 / (corners[2:] - corners[:-2]))
    return matrix if norm is None else scaled(matrix, norm)


def _corners(n_mels: int, low: float, high: float, htk: Any) -> np.ndarray:
    """Returns the corners of mel triangles in Hz, `(n_mels + 2,)`, bit for bit as librosa.

    If a corner is on a bin, the last bit decides whether the weight is 0 or 1e-16.
    """
    if not htk:
        return mel_frequencies(n_mels + 2, low, high, "slaney")
    ends = 2595.0 * np.log10(1.0 + np.array([low, high]) / 700.0)
    return 700.0 * (10.0 ** (np.linspace(*ends, n_mels + 2) / 2595.0) - 1.0)


def _triangles(corners: np.ndarray, sample_rate: float, n_fft: int) -> np.ndarray:
    """Returns triangles of height 1, `(n_freq, bands)`, rounded to float32 as in librosa."""
    below = corners - np.fft.rfftfreq(n_fft, 1.0 / sample_rate)[:, None]
    widths = np.diff(corners)
    rise, fall = -below[:, :-2] / widths[:-1], below[:, 2:] / widths[1:]
    return np.maximum(0.0, np.minimum(rise, fall)).astype("float32").astype("float64")


def _n_fft(owner: str, n_freq: Any) -> int:
    _check.positive_int(owner, n_freq=n_freq)
    if n_freq < 2:
        _check.fail(owner, "n_freq", "at least 2", n_freq, "Use n_fft // 2 + 1.")
    return 2 * (int(n_freq) - 1)


def _check_norm(owner: str, norm: Any) -> None:
    if norm is None or (isinstance(norm, str) and norm == "slaney"):
        return
    number = isinstance(norm, (int, float, np.number)) and not isinstance(norm, bool)
    if not number or math.isnan(norm) or (norm < 0 and not math.isinf(norm)):
        rule = "'slaney', None, or a number >= 0 or infinite"
        _check.fail(owner, "norm", rule, norm)


def scaled(matrix: np.ndarray, norm: float) -> np.ndarray:
    """Scales every column to norm 1, except columns of zeros.

    Args:
        matrix: `(freqs, bands)`.
        norm: Order of the norm. `p > 0`: the p-th root of the sum of p-th powers; infinity:
            the largest magnitude; minus infinity: the smallest; 0: the number of nonzeros.
    """
    size = np.abs(matrix)
    if math.isinf(norm):
        length = size.max(axis=0) if norm > 0 else size.min(axis=0)
    elif norm == 0:
        length = (size > 0).sum(axis=0).astype("float64")
    else:
        length = (size**norm).sum(axis=0) ** (1.0 / norm)
    return matrix / np.where(length < _SMALLEST, 1.0, length)


def lowered(f_min: float, *, spread: float, bins_per_octave: int) -> float:
    """Returns the center of Kapre's lowest band in Hz.

    Kapre divides a Gaussian over octaves by `f ** log2(e)`. The result is the same Gaussian,
    moved below its note by the square of its standard deviation.
    """
    return float(f_min) * 2.0 ** -((spread / bins_per_octave) ** 2)


def log_bank(
    owner: str,
    *,
    sample_rate: Any,
    n_freq: Any,
    n_bins: Any,
    bins_per_octave: Any,
    f_min: Any,
    spread: Any,
) -> np.ndarray:
    """Returns log-frequency bands `(n_freq, n_bins)`, float64, for the arguments of Kapre.

    Raises:
        RuntimeError: If the bands end above half the sample rate.
        ValueError: If an argument is outside its domain.
    """
    f_min = LOWEST_NOTE if f_min is None else f_min
    _check.positive(owner, sample_rate=sample_rate, spread=spread, f_min=f_min)
    _check.positive_int(owner, n_bins=n_bins, bins_per_octave=bins_per_octave)
    n_fft = _n_fft(owner, n_freq)
    lowest = lowered(f_min, spread=spread, bins_per_octave=bins_per_octave)
    top = f_min * 2.0 ** (n_bins / bins_per_octave)
    if top > sample_rate // 2:
        fitting = max(count_log_bands(sample_rate, lowest, bins_per_octave), 0)
        # Kapre raises a RuntimeError, because the limit depends on several arguments.
        raise RuntimeError(
            f"{owner}: `n_bins` must be so small that the bands end below "
            f"sample_rate // 2 = {sample_rate // 2} Hz; they end at {top:.1f} Hz. Received: "
            f"n_bins={n_bins}, bins_per_octave={bins_per_octave}, f_min={f_min}, "
            f"sample_rate={sample_rate}. Use n_bins={fitting}, more "
            "bins_per_octave, a lower f_min or audio of a higher sample_rate."
        )
    bank = Filterbank(
        "log", sample_rate, n_bands=int(n_bins), fmin=lowest, spread=float(spread),
        bins_per_octave=bins_per_octave, owner=owner,
    )  # fmt: skip
    return bank.matrix(n_fft)
