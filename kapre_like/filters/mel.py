"""Mel bands and the mel scales."""

from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.filters.filterbank import Filterbank
from kapre_like.filters.scales import MEL_SCALES, to_hz, to_scale


def hz_to_mel(hz: Any, mel_scale: str) -> np.ndarray:
    """Converts frequencies in Hz to mels on one of `MEL_SCALES`."""
    _check.one_of("hz_to_mel", MEL_SCALES, mel_scale=mel_scale)
    return to_scale(hz, mel_scale)


def mel_to_hz(mel: Any, mel_scale: str) -> np.ndarray:
    """Converts mels to frequencies in Hz; the inverse of `hz_to_mel`."""
    _check.one_of("mel_to_hz", MEL_SCALES, mel_scale=mel_scale)
    return to_hz(np.asarray(mel, "float64"), mel_scale)


def mel_frequencies(n_mels: int, fmin: float, fmax: float, mel_scale: str) -> np.ndarray:
    """Returns `n_mels` frequencies in Hz from `fmin` to `fmax`, evenly spaced in mel.

    `mel_frequencies(n + 2, ...)` are the corners of the bands of `mel_matrix(n_mels=n)`. All
    but the first and the last of them are the centers.
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

    Band `m` rises from corner `m` to corner `m + 1` and falls to corner `m + 2`. Its sides are
    straight in Hz, or in mel if `mel_scale="kaldi"`.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size in samples.
        n_mels: Int > 0, bands.
        fmin: Number >= 0, Hz, lower corner of the first band.
        fmax: Number > `fmin`, Hz, upper corner of the last band; `None` is half the rate.
        mel_scale: `"slaney"`, `"htk"` or `"kaldi"`.
        norm: `"slaney"` scales every triangle to area 1 in Hz; `None` keeps height 1.

    Raises:
        ValueError: If an argument is outside its domain.

    Source: M. Slaney, Auditory Toolbox, 1998; S. Young et al., The HTK Book; Kaldi
        `mel-computations.cc`. Agrees with librosa 0.11 `filters.mel(...).T`.
    """
    bank = Filterbank(
        "mel", sample_rate, n_mels, fmin=fmin, fmax=fmax, mel_scale=mel_scale, norm=norm,
        owner="mel_matrix",
    )  # fmt: skip
    return bank.matrix(n_fft)
