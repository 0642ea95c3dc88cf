"""Mel bands."""

import math
import warnings
from typing import Any

import numpy as np

from kapre_like import _check

MEL_SCALES = ("htk", "slaney")
NORMS = (None, "slaney")

# The Slaney scale: linear up to 1 kHz (15 mels), then 27 logarithmic steps per factor 6.4.
_LINEAR_HZ_PER_MEL = 200.0 / 3.0
_CORNER_HZ = 1000.0
_CORNER_MEL = _CORNER_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = math.log(6.4) / 27.0


def hz_to_mel(hz: Any, mel_scale: str) -> np.ndarray:
    """Returns mels for frequencies in Hz, on the `"slaney"` or the `"htk"` scale."""
    _check.one_of("hz_to_mel", MEL_SCALES, mel_scale=mel_scale)
    hz = np.asarray(hz, "float64")
    if mel_scale == "htk":
        return 2595.0 * np.log10(1.0 + hz / 700.0)
    above = _CORNER_MEL + np.log(np.maximum(hz, _CORNER_HZ) / _CORNER_HZ) / _LOG_STEP
    return np.where(hz < _CORNER_HZ, hz / _LINEAR_HZ_PER_MEL, above)


def mel_to_hz(mel: Any, mel_scale: str) -> np.ndarray:
    """Returns frequencies in Hz for mels; undoes `hz_to_mel`."""
    _check.one_of("mel_to_hz", MEL_SCALES, mel_scale=mel_scale)
    mel = np.asarray(mel, "float64")
    if mel_scale == "htk":
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    above = _CORNER_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _CORNER_MEL) - _CORNER_MEL))
    return np.where(mel < _CORNER_MEL, mel * _LINEAR_HZ_PER_MEL, above)


def mel_frequencies(n_mels: int, fmin: float, fmax: float, mel_scale: str) -> np.ndarray:
    """Returns `n_mels` frequencies in Hz from `fmin` to `fmax`, evenly spaced in mel.

    The bands of `mel_matrix(n_mels=n)` have their corners at `mel_frequencies(n + 2, ...)`
    and their centres at the same without the first and the last.
    """
    low, high = hz_to_mel(fmin, mel_scale), hz_to_mel(fmax, mel_scale)
    return mel_to_hz(np.linspace(low, high, n_mels), mel_scale)


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

    Band `m` rises linearly in Hz from corner `m` to corner `m + 1` and falls to `m + 2`.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size in samples.
        n_mels: Int > 0, bands.
        fmin: Number >= 0, Hz, lower corner of the first band.
        fmax: Number > `fmin`, Hz, upper corner of the last; `None` means half the rate.
        mel_scale: `"slaney"` or `"htk"`.
        norm: `"slaney"` gives every triangle area 1 in Hz; `None` gives it height 1.

    Raises:
        ValueError: If an argument is outside its domain.

    Source: M. Slaney, Auditory Toolbox, 1998; S. Young et al., The HTK Book. Agrees with
        librosa 0.11 `filters.mel(...).T`.
    """
    check_bands(
        "mel_matrix", sample_rate=sample_rate, n_mels=n_mels, fmin=fmin, fmax=fmax,
        mel_scale=mel_scale, norm=norm,
    )  # fmt: skip
    top = sample_rate / 2 if fmax is None else fmax
    corners = mel_frequencies(n_mels + 2, fmin, top, mel_scale)
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    bins = np.arange(n_fft // 2 + 1)[:, None] * (sample_rate / n_fft)
    rising = (bins - low) / (middle - low)
    falling = (high - bins) / (high - middle)
    bands = np.maximum(np.minimum(rising, falling), 0.0)
    return bands * (2.0 / (high - low)) if norm == "slaney" else bands


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
    _check.non_negative(owner, fmin=fmin)
    _check.one_of(owner, MEL_SCALES, mel_scale=mel_scale)
    _check.one_of(owner, NORMS, norm=norm)
    nyquist = sample_rate / 2
    if fmax is not None:
        _check.positive(owner, fmax=fmax)
        if fmax > nyquist:
            rule = f"at most half of sample_rate={sample_rate}"
            _check.fail(owner, "fmax", rule, fmax, f"Use fmax={nyquist} or None.")
    top = nyquist if fmax is None else fmax
    if fmin >= top:
        _check.fail(owner, "fmin", f"below fmax, here {top} Hz", fmin)


def warn_of_empty_bands(owner: str, bands: np.ndarray, **arguments: Any) -> None:
    """Warns if some columns of `bands` are all zero, and says which numbers would do.

    Args:
        owner: Who speaks.
        bands: What `mel_matrix(**arguments)` returned.
        **arguments: The arguments of `mel_matrix`.
    """
    empty = int((bands == 0.0).all(axis=0).sum())
    if not empty:
        return

    def full(**changed: int) -> bool:
        return bool(mel_matrix(**{**arguments, **changed}).any(axis=0).all())

    fewer = next((n for n in range(arguments["n_mels"] - 1, 0, -1) if full(n_mels=n)), None)
    longer = (2**k for k in range(int(math.log2(arguments["n_fft"])) + 1, 18))
    finer = next((n for n in longer if full(n_fft=n)), None)
    fixes = [f"n_mels={fewer}" if fewer else "", f"n_fft={finer}" if finer else ""]
    message = (
        f"{owner}: {empty} of {arguments['n_mels']} mel bands hold no FFT bin and stay silent. "
        f"Received: n_mels={arguments['n_mels']}, n_fft={arguments['n_fft']}, "
        f"sample_rate={arguments['sample_rate']}. "
        f"Without empty bands: {' or '.join(filter(None, fixes))}."
    )
    warnings.warn(message, UserWarning, stacklevel=3)
