"""Filterbanks by Kapre's arguments: any norm of mel bands, and its errors."""

import math
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.filters.bands import warn_of_empty
from kapre_like.filters.banks import LOWEST_NOTE, Bank
from kapre_like.filters.mel import fewer, longer, mel_frequencies

# Below, a float32 is rounded to fewer digits: such a band stays as small as it is.
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
    """Returns mel bands `(n_freq, n_mels)`, float64; agrees with librosa's for every norm.

    Args:
        owner: Who speaks in errors and warnings.
        sample_rate: Number > 0, Hz.
        n_freq: Int > 1.
        n_mels: Int > 0.
        f_min: Number >= 0, Hz.
        f_max: Number > `f_min`, Hz, also above half the rate; `None` means that half.
        htk: Whether the mel formula is HTK's, not Slaney's.
        norm: `"slaney"`, `None`, or a number >= 0 or infinite: which norm is 1.
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
    warn_of_empty(
        owner, matrix, kind="mel", rebuild=build,
        received={"n_mels": n_mels, "n_freq": n_freq, "sample_rate": sample_rate},
        changes=[("n_mels", fewer(n_mels)), ("n_fft", longer(n_fft))],
    )  # fmt: skip
    if isinstance(norm, str):
        corners = _corners(n_mels, f_min, top, htk)
        return matrix * (2.0 / (corners[2:] - corners[:-2]))
    return matrix if norm is None else scaled(matrix, norm)


def _corners(n_mels: int, low: float, high: float, htk: Any) -> np.ndarray:
    """The corners of mel triangles in Hz, `(n_mels + 2,)`, to librosa's last bit.

    Where a corner meets a bin, that bit decides whether the bin weighs 0 or 1e-16.
    """
    if not htk:
        return mel_frequencies(n_mels + 2, low, high, "slaney")
    ends = 2595.0 * np.log10(1.0 + np.array([low, high]) / 700.0)
    return 700.0 * (10.0 ** (np.linspace(*ends, n_mels + 2) / 2595.0) - 1.0)


def _triangles(corners: np.ndarray, sample_rate: float, n_fft: int) -> np.ndarray:
    """Triangles of height 1, `(n_fft // 2 + 1, bands)`, rounded to float32 as librosa's."""
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
    """Returns `matrix` with every column of norm 1; a column of zeros stays.

    Args:
        matrix: `(freqs, bands)`.
        norm: Which: `p > 0` for the root of the sum of p-th powers, infinity for the largest
            magnitude, minus infinity for the smallest, 0 for the number of values.
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
    """Returns where Kapre's lowest band has its middle, Hz.

    Kapre divides a bell over octaves by `f ** log2(e)`: the same bell, the square of its
    deviation lower than the note that it is named after.
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
    """Returns log-frequency bands `(n_freq, n_bins)`, float64; the arguments are Kapre's.

    Raises:
        RuntimeError: If the bands reach above half the sample rate.
        ValueError: If an argument is outside its domain.
    """
    f_min = LOWEST_NOTE if f_min is None else f_min
    _check.positive(owner, sample_rate=sample_rate, spread=spread, f_min=f_min)
    _check.positive_int(owner, n_bins=n_bins, bins_per_octave=bins_per_octave)
    n_fft = _n_fft(owner, n_freq)
    bank = Bank(
        type="log", sample_rate=sample_rate, n_mels=1, n_bands=int(n_bins),
        fmin=lowered(f_min, spread=spread, bins_per_octave=bins_per_octave),
        fmax=None, mel_scale="slaney", norm="slaney", bins_per_octave=bins_per_octave,
        spread=float(spread), band_shape=None,
    )  # fmt: skip
    top = f_min * 2.0 ** (n_bins / bins_per_octave)
    if top > sample_rate // 2:
        # Where the bands end is not a question of one argument: hence no ValueError.
        raise RuntimeError(
            f"{owner}: `n_bins` must be so small that the bands end below "
            f"sample_rate // 2 = {sample_rate // 2} Hz; they end at {top:.1f} Hz. Received: "
            f"n_bins={n_bins}, bins_per_octave={bins_per_octave}, f_min={f_min}, "
            f"sample_rate={sample_rate}. Use n_bins={max(bank.fitting, 0)}, more "
            "bins_per_octave, a lower f_min or audio of a higher sample_rate."
        )
    return bank.bands().constant(n_fft)
