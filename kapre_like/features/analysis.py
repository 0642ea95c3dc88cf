"""Computes time series from a waveform: one row per frame, in NumPy float64.

The short-time spectrum and the mel bands repeat the arithmetic of `kapre_like.ops`, because
this path must not import Keras. `tests/test_features_match_layers.py` compares the two. Frames
are centered and padded with zeros, so every clip has at least one.
"""

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kapre_like import filters
from kapre_like.audio.products import Band, banded_product, bands_of
from kapre_like.features import descriptors

# Frames per block: the arrays of a block fit into the processor's cache (3 MB at 512 points).
_BLOCK = 192
# Once a block of this many bytes is freed, glibc keeps freed memory up to that size. Otherwise
# it returns the memory of each clip to the system, and allocating it again page by page takes
# a third of the time of a short clip.
_KEPT = 4 << 20
np.empty(_KEPT, np.uint8)
# Mel bands per matrix product. Smaller products contain fewer zeros, but need more calls.
_MEL_BANDS = 10
# Minimum of power before a logarithm: -100 dB.
AMIN = 1e-10
# NumPy's `log` is several times faster than `log10`.
_DB_PER_NEPER = 10.0 / np.log(10.0)


@dataclass(frozen=True)
class Analysis:
    """Resolved settings of the analysis. Hashable, so that constants can be cached.

    Attributes:
        sample_rate: Int > 0, Hz.
        n_fft, win_length, hop_length: Ints > 0, samples; `win_length <= n_fft`.
        n_mels: Int > 0, bands.
        fmin, fmax: Floats, Hz, the edges of the mel bands.
        top_db: Float > 0, dB kept below the clip's peak.
    """

    sample_rate: int
    n_fft: int
    win_length: int
    hop_length: int
    n_mels: int
    fmin: float
    fmax: float
    top_db: float

    @property
    def frame_s(self) -> float:
        """Seconds from one frame to the next."""
        return self.hop_length / self.sample_rate


class Series(NamedTuple):
    """Time series of one clip.

    Attributes:
        mel_db: `(frames, mels)`, dB relative to the clip's loudest band and frame, at least
            `-top_db`.
        energy_db: `(frames,)`, dB relative to the loudest frame, at least `-top_db`.
        descriptors: `(frames, len(descriptors.names(...)))`.
    """

    mel_db: np.ndarray
    energy_db: np.ndarray
    descriptors: np.ndarray


class _Constants(NamedTuple):
    window: np.ndarray
    mel: np.ndarray
    mel_bands: list[Band]
    bands: descriptors.Bands


@functools.lru_cache(maxsize=8)
def _constants(analysis: Analysis) -> _Constants:
    # The periodic Hann window. Importing scipy.signal for it would take 0.2 s.
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(analysis.win_length) / analysis.win_length)
    mel = filters.mel_matrix(
        analysis.sample_rate,
        analysis.n_fft,
        analysis.n_mels,
        analysis.fmin,
        analysis.fmax,
        "slaney",
        "slaney",
    )
    return _Constants(
        filters.window(hann, analysis.win_length, analysis.n_fft),
        mel,
        bands_of(mel, _MEL_BANDS),
        descriptors.bands(analysis.sample_rate, analysis.n_fft),
    )


def _frames(waveform: np.ndarray, analysis: Analysis) -> np.ndarray:
    """Returns a view `(frames, n_fft)` of the padded waveform, without copies per frame."""
    half = analysis.n_fft // 2
    count = filters.frame_count(len(waveform), analysis.n_fft, analysis.hop_length, True)
    needed = (count - 1) * analysis.hop_length + analysis.n_fft
    padded = np.zeros(max(needed, len(waveform) + 2 * half))
    padded[half : half + len(waveform)] = waveform
    windows = np.lib.stride_tricks.sliding_window_view(padded, analysis.n_fft)
    return windows[:: analysis.hop_length][:count]


def relative_db(power: np.ndarray, top_db: float) -> np.ndarray:
    """Returns `10 * log10(power / peak)`, at least `-top_db`. Silence is 0 dB everywhere.

    The peak is that of the whole array, so the result does not depend on a clip's loudness.
    """
    db = np.maximum(power, AMIN)
    np.log(db, out=db)
    db *= _DB_PER_NEPER
    db -= db.max()
    return np.maximum(db, -top_db, out=db)


def analyze(waveform: np.ndarray, analysis: Analysis) -> Series:
    """Computes all time series of a clip.

    Args:
        waveform: `(samples,)`, finite, any length, also 0.
        analysis: The settings.

    Returns:
        Three finite arrays with the same number of frames. The values of each band are
        contiguous in memory, because statistics are computed per band.
    """
    window, _, mel_bands, bands = _constants(analysis)
    frames = _frames(np.asarray(waveform, dtype=np.float64), analysis)
    mel_power = np.empty((analysis.n_mels, len(frames))).T
    energy = np.empty(len(frames))
    described = np.empty((len(bands.names), len(frames))).T
    for begin in range(0, len(frames), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        power = _power(frames[block], window)
        banded_product(power, mel_bands, mel_power[block])
        energy[block] = power.sum(axis=1)
        described[block] = descriptors.describe_frames(power, frames[block], bands)
    return Series(
        relative_db(mel_power, analysis.top_db), relative_db(energy, analysis.top_db), described
    )


def _power(frames: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Returns the power spectrum `(frames, freqs)`."""
    spectrum = np.fft.rfft(frames * window)
    power = np.square(spectrum.real)
    power += np.square(spectrum.imag)
    return power
