"""Log-mel spectrogram of a waveform as a picture, computed with NumPy.

The window is 25 ms long, and the hop is 10 ms. It is longer for long recordings, to limit the
size of the picture. There are 64 mel bands up to the Nyquist frequency, in dB below the peak.
"""

from typing import NamedTuple

import numpy as np

from kapre_like import filters
from kapre_like.features.settings import HOP_S, TOP_DB, WINDOW_S

N_MELS = 64
_MAX_FRAMES = 2000
_TICKS_HZ = (250, 500, 1000, 2000, 3000, 5000, 8000, 12000, 20000)


class LogMel(NamedTuple):
    """A picture and its axes.

    Attributes:
        db: float `(mels, frames)`, in [-80, 0].
        centers_hz: `(mels,)`, center frequency of each band.
        duration_s: Float, seconds from the left edge to the right edge.
    """

    db: np.ndarray
    centers_hz: np.ndarray
    duration_s: float


def log_mel(waveform: np.ndarray, sample_rate: int) -> LogMel:
    """Returns the log-mel picture of a 1-D waveform. Silence is -80 dB everywhere."""
    win_length = max(2, round(WINDOW_S * sample_rate))
    # Twice the next power of two, because low bands are narrower than the window's bins.
    n_fft = 2 ** (int(np.ceil(np.log2(win_length))) + 1)
    hop_length = max(1, round(HOP_S * sample_rate), len(waveform) // _MAX_FRAMES)
    padded = np.pad(waveform.astype(float), n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    window = filters.window("hann", win_length, n_fft)
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    top = sample_rate / 2
    bands = filters.mel_matrix(sample_rate, n_fft, N_MELS, 0.0, top, "slaney", "slaney")
    mel = (power @ bands).T
    peak = mel.max()
    floor = 10 ** (-TOP_DB / 10)
    db = (
        10 * np.log10(np.maximum(mel / peak, floor)) if peak > 0 else np.full_like(mel, -TOP_DB)
    )
    centers = filters.mel_frequencies(N_MELS + 2, 0.0, top, "slaney")[1:-1]
    return LogMel(db, centers, len(waveform) / sample_rate)


def draw(axes, picture: LogMel) -> None:
    """Draws the picture into matplotlib axes, with seconds, Hz, and a color bar in dB."""
    image = axes.imshow(
        picture.db,
        origin="lower",
        aspect="auto",
        extent=(0.0, picture.duration_s, -0.5, N_MELS - 0.5),
        cmap="magma",
        vmin=-TOP_DB,
        vmax=0.0,
        interpolation="nearest",
    )
    top = picture.centers_hz[-1]
    ticks = [hz for hz in _TICKS_HZ if picture.centers_hz[0] <= hz <= top]
    at = np.interp(ticks, picture.centers_hz, np.arange(N_MELS))
    axes.set_yticks(at, [str(hz) for hz in ticks])
    axes.set_xlabel("time (s)")
    axes.set_ylabel("frequency (Hz)")
    bar = axes.figure.colorbar(image, ax=axes, pad=0.02)
    bar.set_label("level (dB)")
