"""Fingerprints of sounds, which find copies of a recording.

There are three steps. Each is slower and more reliable than the one before.
- `content_digest` is equal if the decoded samples are equal, as in a FLAC of a WAV file, or a
  file with another name.
- `fingerprint` is a short vector of the log spectrum that hardly changes with level, format,
  rate, or silence at the ends. `near_pairs` finds similar fingerprints.
- `same_recording` compares the waveforms of such a pair. Two short words of one speaker may
  have similar spectra, but never similar waveforms.
"""

import functools
import hashlib

import numpy as np

from kapre_like.audio.products import product

# Number and range in Hz of the bands, which telephone speech and MP3 of low rates preserve.
_BANDS, _LOW_HZ, _HIGH_HZ = 16, 150.0, 3300.0
# Length of a frame in seconds, and maximum number of frames.
_FRAME_S, _MAX_FRAMES = 0.016, 1500
# Seconds between frames, for clips longer than `_SHORT_S` and for others. A copy that is cut
# has its frames at other places. If frames are sparse or few, its levels differ.
_HOP_S, _SHORT_HOP_S, _SHORT_S = 0.01, 0.004, 2.0
# Hz. All bands lie below half of this rate, and fewer samples take less time.
_ENOUGH_RATE = 8000
# dB relative to the loudest band of a clip. MP3 removes fainter sound.
_FLOOR_DB = -30.0
# Frames are weighted by their power to this exponent, so silence at the ends has no weight.
_LOUDNESS_POWER = 0.75
# Peak-to-peak amplitude below which a clip is silent. One step of 16 bits is 3e-5.
_SILENT = 1e-4
# Maximum distance of copies in dB, root mean square. In ESC-50 and FSDD, 99 % of MP3 copies lie
# below. Of different recordings in FSDD, one pair in 1 850 lies below (35 of 64 620), and the
# waveforms distinguish these.
NEAR_DB = 0.9
# The digest uses every fourth sample, because all samples take as long as decoding.
_EVERY = 4
# Rate in Hz of the compared waveforms, and the minimum correlation of a copy. Of MP3 copies of
# 120 clips of FSDD and 34 of ESC-50, one lies below. Of those 35 near pairs and of 1 500 other
# pairs of either set, none lies above. Steady tones have a second peak of equal height.
COMPARED_RATE = 4000
_SAME, _PERIODIC = 0.9, 0.92
# Minimum share of the energy of one of two waveforms in their overlap.
_SHARED = 0.7
# Copies that are cut between two samples of `COMPARED_RATE` only correlate at a lag between
# samples. At whole samples their correlation is 0.5 or more. Of other clips of ESC-50, 10 % are
# above 0.2.
_FINER, _WORTH_A_LOOK = 4, 0.4
_BLOCK = 2048


def content_digest(waveform: np.ndarray) -> str:
    """Returns a digest of the samples; "" for silence and constants, which are not copies."""
    if _is_silent(waveform):
        return ""
    some = np.ascontiguousarray(waveform[::_EVERY])
    return hashlib.sha256(b"%d " % len(waveform) + some.tobytes()).hexdigest()[:24]


def fingerprint(waveform: np.ndarray, sample_rate: int) -> np.ndarray | None:
    """Returns a float32 vector in dB that finds copies; `None` for silence and clicks.

    It contains the mean, deviation, slope and curvature of the level of each band over time,
    weighted by the loudness of the frames, and the spread of the loudness over time.

    Args:
        waveform: float32 `(samples,)`.
        sample_rate: Int > 0, Hz. Compared fingerprints must have the same rate.
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


def near_pairs(prints: np.ndarray, *, max_partners: int = 4) -> list[tuple[int, int]]:
    """Returns the pairs of similar fingerprints, the nearest first.

    Args:
        prints: float32 `(n, d)`.
        max_partners: Int, maximum number of partners of a clip. More are not needed, because
            copies of one sound are joined one by one.
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
            for other in mine[np.argsort(far[row, mine], kind="stable")[:max_partners]]:
                pair = tuple(sorted((begin + int(row), int(other))))
                found[pair] = float(far[row, other])
    return sorted(found, key=lambda pair: (found[pair], pair))


def same_recording(first: np.ndarray, second: np.ndarray) -> bool:
    """Returns whether waveforms at `COMPARED_RATE` are copies up to level, shift and cut.

    Sound before or after the overlap of the waveforms is ignored, if the overlap contains most
    of the energy of one of them. The result is `False` for steady tones, because their
    waveforms do not distinguish recordings.
    """
    # Imported here because it is slow, and most commands do not need it.
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
    """Returns the highest correlation over all lags, and the next peak as a share of it.

    Args:
        first: Float `(samples,)`.
        second: Float `(samples,)`.
        spectrum: The cross spectrum of both.
        size: Number of lags. A multiple of the spectrum's size adds lags between samples.
    """
    finer = size // (2 * (len(spectrum) - 1))
    alike = np.abs(np.fft.irfft(spectrum, size)) * finer
    best = int(alike.argmax())
    lag = round((best if best < size // 2 else best - size) / finer)
    both = _overlap(first, second, lag)
    scale = float(np.sqrt(np.prod([part @ part for part in both])))
    if not (scale > 0 and (_mostly(first, both[0]) or _mostly(second, both[1]))):
        return 0.0, 1.0
    # Lags within 5 ms belong to the peak itself, so only longer periods are found.
    near = np.arange(
        best - finer * COMPARED_RATE // 200, best + finer * COMPARED_RATE // 200 + 1
    )
    peak, alike[near % size] = float(alike[best]), 0.0
    return peak / scale, float(alike.max()) / peak


def _overlap(first: np.ndarray, second: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the overlapping parts of two waveforms if the second begins at `lag`."""
    begin, end = max(0, -lag), min(len(second), len(first) - lag)
    return first[begin + lag : end + lag], second[begin:end]


def _mostly(whole: np.ndarray, part: np.ndarray) -> bool:
    """Returns whether a part contains most of the energy of a waveform."""
    return float(part @ part) >= _SHARED * float(whole @ whole)


def _is_silent(waveform: np.ndarray) -> bool:
    # For most sounds a few samples suffice to see that they are not silent.
    return all(len(some) == 0 or np.ptp(some) < _SILENT for some in (waveform[::64], waveform))


def _emphasized(waveform: np.ndarray) -> np.ndarray:
    """Returns differences of neighbors, to suppress hum, which many recordings share."""
    return np.diff(np.asarray(waveform, "float32"), prepend=np.float32(0))


def _thinned(waveform: np.ndarray, sample_rate: int) -> tuple[np.ndarray, float]:
    """Sums neighboring samples; returns them and their rate, `_ENOUGH_RATE` or a bit more."""
    n = sample_rate // _ENOUGH_RATE
    if n < 2:
        return waveform, sample_rate
    whole = len(waveform) // n * n
    sums = waveform[:whole:n].copy()
    for begin in range(1, n):
        sums += waveform[begin:whole:n]
    return sums, sample_rate / n


def _hop(samples: int, sample_rate: float) -> int:
    """Returns the hop length in samples."""
    hop_s = _HOP_S if samples > _SHORT_S * sample_rate else _SHORT_HOP_S
    return max(1, round(hop_s * sample_rate), samples // _MAX_FRAMES)


@functools.cache
def _basis(sample_rate: float) -> np.ndarray:
    """Returns float32 `(frame, 2 * bands)`: a windowed cosine and sine per band center."""
    size = max(8, round(_FRAME_S * sample_rate))
    centers = np.geomspace(_LOW_HZ, min(_HIGH_HZ, 0.4 * sample_rate), _BANDS)
    time = (np.arange(size)[:, None] - (size - 1) / 2) / sample_rate
    # A Gaussian of 6 % of the center is as wide as the distance of the bands.
    widths = np.maximum(40.0, 0.06 * centers)
    window = np.exp(-0.5 * (2 * np.pi * widths * time) ** 2)
    window *= np.hanning(size + 2)[1:-1, None]
    window /= window.sum(axis=0)
    phase = 2 * np.pi * centers * time
    return np.concatenate([window * np.cos(phase), window * np.sin(phase)], 1).astype("float32")


def _moments(power: np.ndarray, hop_s: float) -> np.ndarray:
    """Returns the fingerprint of a clip, given its power `(frames, bands)`."""
    # NumPy computes `log` of float32 several times faster than `log10`.
    decibels = np.log(np.maximum(power / power.max(), 10 ** (_FLOOR_DB / 10)))
    decibels *= np.float32(10 / np.log(10))
    weight = power.sum(axis=1) ** _LOUDNESS_POWER
    weight /= weight.sum()
    mean = weight @ decibels
    relative = decibels - mean
    time = np.arange(len(weight), dtype="float32") * np.float32(hop_s)
    time -= weight @ time
    spread = np.sqrt(weight @ time**2)
    time /= spread + 1e-6
    parts = (
        mean,
        np.sqrt(weight @ relative**2),
        (weight * time) @ relative,
        (weight * (time**2 - 1)) @ relative,
        # The constant is on the order of a frame, so the spread of a click is finite in dB.
        [10 * np.log10(spread + 0.05)],
    )
    return np.concatenate(parts).astype("float32")
