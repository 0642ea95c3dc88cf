"""Turns arguments of `ClipFeatures` into a checked `Analysis` without missing values."""

from kapre_like import _check
from kapre_like.features.analysis import Analysis
from kapre_like.filters.filterbank import Filterbank

# For speech: 25 ms contain one or two pitch periods, and a plosive takes 10 ms.
WINDOW_S = 0.025
HOP_S = 0.010
N_MELS = 40
FMIN = 0.0
TOP_DB = 80.0


def resolve(
    *,
    sample_rate: int = 16000,
    n_fft: int | None = None,
    win_length: int | None = None,
    hop_length: int | None = None,
    n_mels: int = N_MELS,
    fmin: float = FMIN,
    fmax: float | None = None,
    top_db: float = TOP_DB,
) -> Analysis:
    """Returns the resolved settings of `ClipFeatures`, whose docstring describes them.

    Raises:
        ValueError: If an argument is outside its domain.

    Warns:
        UserWarning: Some mel bands contain no bin of the FFT.
    """
    owner = "ClipFeatures"
    _check.positive_int(owner, sample_rate=sample_rate)
    _check.positive(owner, top_db=top_db)
    if win_length is None:
        win_length = max(1, round(WINDOW_S * sample_rate))
        if n_fft is not None:
            _check.positive_int(owner, n_fft=n_fft)
            win_length = min(win_length, n_fft)
    _check.positive_int(owner, win_length=win_length)
    if n_fft is None:
        n_fft = 1 << (win_length - 1).bit_length()
    if hop_length is None:
        hop_length = max(1, round(HOP_S * sample_rate))
    _check.positive_int(owner, n_fft=n_fft, hop_length=hop_length)
    if n_fft < win_length:
        _check.fail(owner, "n_fft", f"at least win_length={win_length}", n_fft)
    _check.non_negative(owner, fmin=fmin)
    Filterbank("mel", sample_rate, n_mels, fmin=fmin, fmax=fmax, owner=owner)
    return Analysis(
        sample_rate=int(sample_rate),
        n_fft=int(n_fft),
        win_length=int(win_length),
        hop_length=int(hop_length),
        n_mels=int(n_mels),
        fmin=float(fmin),
        fmax=sample_rate / 2 if fmax is None else float(fmax),
        top_db=float(top_db),
    )
