"""Mel bands."""

import math
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.filters.bands import Bands, evenly_spaced, warn_of_empty
from kapre_like.filters.scales import to_hz, to_scale

MEL_SCALES = ("htk", "kaldi", "slaney")
NORMS = (None, "slaney")


def hz_to_mel(hz: Any, mel_scale: str) -> np.ndarray:
    """Returns mels for frequencies in Hz, on one of `MEL_SCALES`."""
    _check.one_of("hz_to_mel", MEL_SCALES, mel_scale=mel_scale)
    return to_scale(hz, mel_scale)


def mel_to_hz(mel: Any, mel_scale: str) -> np.ndarray:
    """Returns frequencies in Hz for mels; undoes `hz_to_mel`."""
    _check.one_of("mel_to_hz", MEL_SCALES, mel_scale=mel_scale)
    return to_hz(np.asarray(mel, "float64"), mel_scale)


def mel_frequencies(n_mels: int, fmin: float, fmax: float, mel_scale: str) -> np.ndarray:
    """Returns `n_mels` frequencies in Hz from `fmin` to `fmax`, evenly spaced in mel.

    The bands of `mel_matrix(n_mels=n)` have their corners at `mel_frequencies(n + 2, ...)`
    and their centres at the same without the first and the last.
    """
    low, high = hz_to_mel(fmin, mel_scale), hz_to_mel(fmax, mel_scale)
    return mel_to_hz(np.linspace(low, high, n_mels), mel_scale)


def mel_bands(
    sample_rate: float,
    n_mels: int,
    fmin: float,
    fmax: float | None,
    mel_scale: str,
    norm: str | None,
) -> Bands:
    """Returns where the bands of `mel_matrix` lie; the arguments are those."""
    top = sample_rate / 2 if fmax is None else fmax
    centre, width = evenly_spaced(sample_rate, n_mels, fmin, top, mel_scale)
    return Bands(
        sample_rate, mel_scale, "triangle", norm="area" if norm else None,
        in_hz=mel_scale != "kaldi", centre=centre, width=width,
    )  # fmt: skip


def mel_matrix(
    sample_rate: float,
    n_fft: int,
    n_mels: int,
    fmin: float,
    fmax: float | None,
    mel_scale: str,
    norm: str | None,
) -> np.ndarray:
    """Returns the triangular mel bands, shape `(n_fft // 2 + 1, n_mels)`, float64.

    Band `m` rises from corner `m` to corner `m + 1` and falls to `m + 2`: in straight lines
    over Hz, or over mels if `mel_scale="kaldi"`.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size in samples.
        n_mels: Int > 0, bands.
        fmin: Number >= 0, Hz, lower corner of the first band.
        fmax: Number > `fmin`, Hz, upper corner of the last; `None` means half the rate.
        mel_scale: `"slaney"`, `"htk"` or `"kaldi"`.
        norm: `"slaney"` gives every triangle area 1 in Hz; `None` gives it height 1.

    Raises:
        ValueError: If an argument is outside its domain.

    Source: M. Slaney, Auditory Toolbox, 1998; S. Young et al., The HTK Book; Kaldi
        `mel-computations.cc`. Agrees with librosa 0.11 `filters.mel(...).T`.
    """
    check_bands(
        "mel_matrix", sample_rate=sample_rate, n_mels=n_mels, fmin=fmin, fmax=fmax,
        mel_scale=mel_scale, norm=norm,
    )  # fmt: skip
    return mel_bands(sample_rate, n_mels, fmin, fmax, mel_scale, norm).constant(n_fft)


def check_bands(
    owner: str,
    *,
    sample_rate: Any,
    n_mels: Any,
    fmin: Any,
    fmax: Any,
    mel_scale: Any,
    norm: Any,
) -> None:
    """Raises the house error of `owner` unless these arguments make mel bands."""
    _check.positive(owner, sample_rate=sample_rate)
    _check.positive_int(owner, n_mels=n_mels)
    _check.one_of(owner, MEL_SCALES, mel_scale=mel_scale)
    _check.one_of(owner, NORMS, norm=norm)
    check_range(owner, sample_rate=sample_rate, fmin=fmin, fmax=fmax)


def check_range(owner: str, *, sample_rate: Any, fmin: Any, fmax: Any) -> None:
    """Raises the house error of `owner` unless `0 <= fmin < fmax <= sample_rate / 2`."""
    _check.non_negative(owner, fmin=fmin)
    nyquist = sample_rate / 2
    if fmax is not None:
        _check.positive(owner, fmax=fmax)
        if fmax > nyquist:
            rule = f"at most half of sample_rate={sample_rate}"
            _check.fail(owner, "fmax", rule, fmax, f"Use fmax={nyquist} or None.")
    top = nyquist if fmax is None else fmax
    if fmin >= top:
        source = f"half of sample_rate={sample_rate}" if fmax is None else f"{top} Hz"
        _check.fail(owner, "fmin", f"below fmax, here {source}", fmin)


def warn_of_empty_bands(owner: str, bands: np.ndarray, **arguments: Any) -> None:
    """Warns if some columns of `bands` are all zero, and says which numbers would do.

    Args:
        owner: Who speaks.
        bands: What `mel_matrix(**arguments)` returned.
        **arguments: The arguments of `mel_matrix`.
    """
    n_mels, n_fft = arguments["n_mels"], arguments["n_fft"]
    warn_of_empty(
        owner, bands, kind="mel",
        received={name: arguments[name] for name in ("n_mels", "n_fft", "sample_rate")},
        changes=[("n_mels", fewer(n_mels)), ("n_fft", longer(n_fft))],
        rebuild=lambda **changed: mel_matrix(**{**arguments, **changed}),
    )  # fmt: skip


def fewer(count: int) -> range:
    """Returns what to try instead of `count` bands: each smaller number."""
    return range(count - 1, 0, -1)


def longer(n_fft: int) -> list[int]:
    """Returns what to try instead of `n_fft`: powers of two up to 131072."""
    return [2**k for k in range(int(math.log2(n_fft)) + 1, 18)]
