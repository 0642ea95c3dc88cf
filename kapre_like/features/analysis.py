"""From a waveform to its series over time: one row per frame, in NumPy float64.

The short-time spectrum and the mel bands repeat the arithmetic of `kapre_like.ops` on
purpose, because this path imports no Keras; `tests/test_features_match_layers.py` holds the
two equal. Frames are centered and padded with zeros, so every clip has at least one.
"""

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kapre_like import filters
from kapre_like.audio.products import Band, banded_product, bands_of
from kapre_like.features import descriptors

# Frames per block: what a block needs stays in the processor's cache (3 MB at 512 points).
_BLOCK = 192
# Freeing one block of this many bytes teaches glibc to keep memory of that size. Otherwise it
# returns the memory of each clip to the system, and fetching it again page by page takes a
# third of the time of a short clip.
_KEPT = 4 << 20
np.empty(_KEPT, np.uint8)
# Mel bands per matrix product: fewer have fewer zeros, and make more calls.
_MEL_BANDS = 10
# The floor under power before a logarithm: -100 dB.
AMIN = 1e-10
# NumPy computes `log` in a fraction of the time of `log10`.
_DB_PER_NEPER = 10.0 / np.log(10.0)


@dataclass(frozen=True)
class Analysis:
    """Resolved settings of the analysis; hashable, so that constants are made once.

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
    """What changes over time in one clip.

    Attributes:
        mel_db: `(frames, mels)`, dB relative to the clip's loudest band and frame, cut
            `top_db` below it.
        energy_db: `(frames,)`, dB relative to the loudest frame, cut likewise.
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
    # The periodic Hann window by its formula: importing scipy.signal for it costs 0.2 s.
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
    """A view `(frames, n_fft)` of the padded waveform; nothing is copied per frame."""
    half = analysis.n_fft // 2
    count = filters.frame_count(len(waveform), analysis.n_fft, analysis.hop_length, True)
    needed = (count - 1) * analysis.hop_length + analysis.n_fft
    padded = np.zeros(max(needed, len(waveform) + 2 * half))
    padded[half : half + len(waveform)] = waveform
    windows = np.lib.stride_tricks.sliding_window_view(padded, analysis.n_fft)
    return windows[:: analysis.hop_length][:count]


def relative_db(power: np.ndarray, top_db: float) -> np.ndarray:
    """Returns `10 * log10(power / peak)`, cut `top_db` below 0 dB; silence is 0 dB throughout.

    One peak for the whole array, so that a clip's loudness drops out.
    """
    db = np.maximum(power, AMIN)
    np.log(db, out=db)
    db *= _DB_PER_NEPER
    db -= db.max()
    return np.maximum(db, -top_db, out=db)


def analyse(waveform: np.ndarray, analysis: Analysis) -> Series:
    """Computes every series of a clip.

    Args:
        waveform: `(samples,)`, finite, any length, also 0.
        analysis: The settings.

    Returns:
        Three arrays with the same number of frames, all finite. The values of a band lie side
        by side in memory, since statistics are taken of each band.
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
    """The power spectrum `(frames, freqs)`."""
    spectrum = np.fft.rfft(frames * window)
    power = np.square(spectrum.real)
    power += np.square(spectrum.imag)
    return power
