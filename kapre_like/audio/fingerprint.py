"""Fingerprints of sounds: what tells a copy of a recording from another recording.

Three steps, each dearer and surer than the one before. `content_digest` is equal where
decoded samples are equal: a FLAC of a WAV, a file under another name. `fingerprint` is a short
vector of the log spectrum that hardly changes with level, format, rate, or silence at the ends;
`near_pairs` are those that lie close together. `same_recording` compares the waveforms of such
a pair, because two short words of one speaker may have like spectra, and never like waveforms.
"""

import functools
import hashlib

import numpy as np

from kapre_like.audio.products import product

# Bands in Hz that telephone speech and MP3 of low rates keep, and a frame and a hop in seconds.
_BANDS, _LOW_HZ, _HIGH_HZ = 16, 150.0, 3300.0
_FRAME_S, _MOST_FRAMES = 0.016, 1500
# Seconds between frames, of clips longer than `_SHORT_S` and of others. A copy that is cut
# anywhere has its frames elsewhere; where they are sparse or few, its levels are others.
_HOP_S, _SHORT_HOP_S, _SHORT_S = 0.01, 0.004, 2.0
# Hz: all bands lie below half of it, and half the samples take half the time.
_ENOUGH_RATE = 8000
# dB below the loudest band of a clip: what is fainter, MP3 leaves out.
_FLOOR_DB = -30.0
# Loud frames count most, so that silence at the ends counts nothing.
_LOUDNESS_POWER = 0.75
# Peak to peak at full scale 2: one step of 16 bits is 3e-5.
_SILENT = 1e-4
# dB, root mean square. Of clips of ESC-50 and FSDD, 99 % of MP3 copies lie below; of different
# recordings in FSDD one pair in 1 850 does (35 of 64 620), and the waveforms tell these apart.
NEAR_DB = 0.9
# The digest takes every so many samples: the whole takes as long as decoding.
_EVERY = 4
# Rate in Hz of the waveforms that are compared, and the correlation from which they are one. Of
# MP3 copies of 120 clips of FSDD and 34 of ESC-50 one lies below; of those 35 near pairs and of
# 1 500 other pairs of either set none lies above. Steady tones have a second peak as high.
COMPARED_RATE = 4000
_SAME, _PERIODIC = 0.9, 0.92
# Share of the energy of one of two waveforms that must be in both.
_SHARED = 0.7
# Copies that are cut between two samples of `COMPARED_RATE` correlate at a lag between samples
# alone. At whole samples 0.5 and more is left; of other clips of ESC-50 10 % are above 0.2.
_FINER, _WORTH_A_LOOK = 4, 0.4
_BLOCK = 2048


def content_digest(waveform: np.ndarray) -> str:
    """Returns a digest of the samples; "" of silence and of a constant, which are no copies."""
    if _is_silent(waveform):
        return ""
    some = np.ascontiguousarray(waveform[::_EVERY])
    return hashlib.sha256(b"%d " % len(waveform) + some.tobytes()).hexdigest()[:24]


def fingerprint(waveform: np.ndarray, sample_rate: int) -> np.ndarray | None:
    """Returns a float32 vector in dB by which copies are found; `None` of silence and clicks.

    It holds the mean of each band's level over time, its deviation, its slope and its
    curvature, all weighted by the loudness of the frames, and the spread of the loudness.

    Args:
        waveform: float32 `(samples,)`.
        sample_rate: Int > 0, Hz, the same for all that are compared.
    """
    if _is_silent(waveform):
        return None
    waveform, sample_rate = _thinned(waveform, sample_rate)
    basis = _basis(sample_rate)
    size = len(basis)
    hop = _hop(len(waveform), sample_rate)
    padded = np.zeros(len(waveform) + 2 * size, "float32")  # np.pad takes ten times as long
    padded[size:-size] = waveform
    frames = product(np.lib.stride_tricks.sliding_window_view(padded, size)[::hop], basis)
    frames *= frames
    power = frames[:, :_BANDS] + frames[:, _BANDS:]
    if not power.max() > 0:
        return None
    return _moments(power, hop / sample_rate)


def near_pairs(prints: np.ndarray, *, most: int = 4) -> list[tuple[int, int]]:
    """Returns the pairs of fingerprints `(n, d)` that lie close together, the nearest first.

    Args:
        prints: float32 `(n, d)`.
        most: Int, partners of a clip at most. More are no use: copies of one sound are joined
            one by one.
    """
    found: dict[tuple[int, int], float] = {}
    squares = np.einsum("nd,nd->n", prints, prints)
    limit = NEAR_DB**2 * prints.shape[1]
    for begin in range(0, len(prints), _BLOCK):
        some = slice(begin, begin + _BLOCK)
        far = squares[some, None] + squares[None] - 2 * prints[some] @ prints.T
        rows, columns = np.nonzero(far < limit)
        for row in np.unique(rows):
            mine = columns[rows == row]
            mine = mine[mine != begin + row]
            for other in mine[np.argsort(far[row, mine], kind="stable")[:most]]:
                pair = tuple(sorted((begin + int(row), int(other))))
                found[pair] = float(far[row, other])
    return sorted(found, key=lambda pair: (found[pair], pair))


def same_recording(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two waveforms at `COMPARED_RATE` are one recording, but for level, shift and cut.

    What one of them has before or after the other does not count, as long as most of the
    energy of either is in both. Steady tones are never said to be one recording: their
    waveforms tell too little.
    """
    # Commands that compare nothing do not wait for this import.
    from scipy.fft import next_fast_len

    first, second = _emphasized(first), _emphasized(second)
    size = 2 * next_fast_len((len(first) + len(second) + 1) // 2)
    spectrum = np.fft.rfft(first, size) * np.conj(np.fft.rfft(second, size))
    if _peak(first, second, spectrum, size)[0] < _WORTH_A_LOOK:
        return False
    correlation, periodicity = _peak(first, second, spectrum, _FINER * size)
    return correlation >= _SAME and periodicity < _PERIODIC


def _peak(
    first: np.ndarray, second: np.ndarray, spectrum: np.ndarray, size: int
) -> tuple[float, float]:
    """The highest correlation over all lags, and the next peak as a share of it.

    Args:
        first: Float `(samples,)`.
        second: Float `(samples,)`.
        spectrum: Their cross spectrum.
        size: Number of lags; a multiple of the spectrum's size has lags between samples.
    """
    finer = size // (2 * (len(spectrum) - 1))
    alike = np.abs(np.fft.irfft(spectrum, size)) * finer
    best = int(alike.argmax())
    lag = round((best if best < size // 2 else best - size) / finer)
    both = _overlap(first, second, lag)
    scale = float(np.sqrt(np.prod([part @ part for part in both])))
    if not (scale > 0 and (_mostly(first, both[0]) or _mostly(second, both[1]))):
        return 0.0, 1.0
    # A period of 5 ms and longer: what lies beside the peak is the peak itself.
    near = np.arange(
        best - finer * COMPARED_RATE // 200, best + finer * COMPARED_RATE // 200 + 1
    )
    peak, alike[near % size] = float(alike[best]), 0.0
    return peak / scale, float(alike.max()) / peak


def _overlap(first: np.ndarray, second: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """The parts of two waveforms that lie over each other if the second begins at `lag`."""
    begin, end = max(0, -lag), min(len(second), len(first) - lag)
    return first[begin + lag : end + lag], second[begin:end]


def _mostly(whole: np.ndarray, part: np.ndarray) -> bool:
    """Whether a part holds most of the energy of a waveform."""
    return float(part @ part) >= _SHARED * float(whole @ whole)


def _is_silent(waveform: np.ndarray) -> bool:
    # A few samples show most sounds to be none.
    return all(len(some) == 0 or np.ptp(some) < _SILENT for some in (waveform[::64], waveform))


def _emphasized(waveform: np.ndarray) -> np.ndarray:
    """The difference of neighbors: hum, which many recordings share, counts little."""
    return np.diff(np.asarray(waveform, "float32"), prepend=np.float32(0))


def _thinned(waveform: np.ndarray, sample_rate: int) -> tuple[np.ndarray, float]:
    """The means of neighbors, at a rate of `_ENOUGH_RATE` or a little more, and that rate."""
    n = sample_rate // _ENOUGH_RATE
    if n < 2:
        return waveform, sample_rate
    whole = len(waveform) // n * n
    sums = waveform[:whole:n].copy()
    for begin in range(1, n):
        sums += waveform[begin:whole:n]
    return sums, sample_rate / n


def _hop(samples: int, sample_rate: float) -> int:
    """The samples from one frame to the next."""
    hop_s = _HOP_S if samples > _SHORT_S * sample_rate else _SHORT_HOP_S
    return max(1, round(hop_s * sample_rate), samples // _MOST_FRAMES)


@functools.cache
def _basis(sample_rate: float) -> np.ndarray:
    """float32 `(frame, 2 * bands)`: a windowed cosine and sine at each band's center."""
    size = max(8, round(_FRAME_S * sample_rate))
    centers = np.geomspace(_LOW_HZ, min(_HIGH_HZ, 0.4 * sample_rate), _BANDS)
    time = (np.arange(size)[:, None] - (size - 1) / 2) / sample_rate
    # A Gaussian of 6 % of the center is as wide in the spectrum as the bands are apart.
    widths = np.maximum(40.0, 0.06 * centers)
    window = np.exp(-0.5 * (2 * np.pi * widths * time) ** 2)
    window *= np.hanning(size + 2)[1:-1, None]
    window /= window.sum(axis=0)
    phase = 2 * np.pi * centers * time
    return np.concatenate([window * np.cos(phase), window * np.sin(phase)], 1).astype("float32")


def _moments(power: np.ndarray, hop_s: float) -> np.ndarray:
    """The vector of a clip from the power `(frames, bands)`."""
    # NumPy computes `log` of float32 several times faster than `log10`.
    decibels = np.log(np.maximum(power / power.max(), 10 ** (_FLOOR_DB / 10)))
    decibels *= np.float32(10 / np.log(10))
    weight = power.sum(axis=1) ** _LOUDNESS_POWER
    weight /= weight.sum()
    mean = weight @ decibels
    beside = decibels - mean
    time = np.arange(len(weight), dtype="float32") * np.float32(hop_s)
    time -= weight @ time
    spread = np.sqrt(weight @ time**2)
    time /= spread + 1e-6
    parts = (
        mean,
        np.sqrt(weight @ beside**2),
        (weight * time) @ beside,
        (weight * (time**2 - 1)) @ beside,
        # A frame's own length, so that a click has a spread.
        [10 * np.log10(spread + 0.05)],
    )
    return np.concatenate(parts).astype("float32")
