"""Computes the feature vector of a clip, without scikit-learn, and the names of its columns.

The names are a file format: trained models refer to them.

| columns | content |
|---|---|
| `duration_s`, `level_rms_db`, `level_peak_db`, `zero_crossing_rate` | of the raw waveform |
| `wave_STAT` | statistics of the raw samples |
| `mel_07_420hz_STAT` | statistics of a mel band (number and center in Hz), dB below the peak |
| `centroid_hz_STAT`, ... | statistics of a spectral descriptor (`descriptors.py`) |
| `cep_03_STAT`, `dcep_03_STAT` | statistics of a cepstrum and of its slope (`cepstra.py`) |
| `part2of5_cep_03` | mean of a cepstrum in a part of the active part, minus `active_cep_03` |
| `active_cep_03` | mean of a cepstrum over the active part |
| `timing_...` | pauses and pace (`timing.py`) |

`STAT` is one of `statistics.NAMES`, over time. Levels are dB relative to full scale.
"""

import functools
import re

import numpy as np

from kapre_like import filters
from kapre_like.features import cepstra, descriptors, statistics, timing
from kapre_like.features.analysis import Analysis, analyze

N_CEPSTRA = 20
N_PARTS = 5
# Threshold of the active part for `part..` and `active_..` columns. It is lower than that for
# pauses, so that soft endings are included.
_PARTS_BELOW_DB = 40.0
_LEVEL_FLOOR = 1e-5
_MEL = re.compile(r"^mel_\d+_(\d+)hz(?:_|$)")
_CONTRAST = re.compile(r"^contrast_(\d+)_(\d+)hz_")


def band_center_hz(name: str) -> float | None:
    """Returns the frequency in Hz to which a column belongs, or `None` if there is none.

    It is the center of a mel band, or the mean of the edges of a contrast band.

    Example:
        >>> band_center_hz("mel_17_1093hz_p90")
        1093.0
    """
    if mel := _MEL.match(name):
        return float(mel[1])
    if contrast := _CONTRAST.match(name):
        return (float(contrast[1]) + float(contrast[2])) / 2
    return None


def _each(prefixes: list[str]) -> list[str]:
    return [f"{prefix}_{stat}" for prefix in prefixes for stat in statistics.NAMES]


@functools.lru_cache(maxsize=8)
def names(analysis: Analysis) -> tuple[str, ...]:
    """Returns the column names, in order."""
    centers = filters.mel_frequencies(
        analysis.n_mels + 2, analysis.fmin, analysis.fmax, "slaney"
    )[1:-1]
    bands = [f"mel_{i:02d}_{hz:.0f}hz" for i, hz in enumerate(centers)]
    n_cepstra = min(N_CEPSTRA, analysis.n_mels)
    described = descriptors.bands(analysis.sample_rate, analysis.n_fft).names
    cep = [f"cep_{j:02d}" for j in range(n_cepstra)]
    return (
        "duration_s",
        "level_rms_db",
        "level_peak_db",
        "zero_crossing_rate",
        *_each(["wave"]),
        *_each(bands),
        *_each(described),
        *_each(cep),
        *_each([f"d{name}" for name in cep]),
        *[f"part{p + 1}of{N_PARTS}_{name}" for p in range(N_PARTS) for name in cep],
        *[f"active_{name}" for name in cep],
        *timing.NAMES,
    )


def _decibel(amplitude: float) -> float:
    return 20.0 * float(np.log10(max(amplitude, _LEVEL_FLOOR)))


def _of_samples(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """Returns duration, levels, zero crossings and statistics of the raw waveform."""
    nonempty = samples if len(samples) else np.zeros(1)
    described = statistics.describe(nonempty[:, None])[0]
    about = dict(zip(statistics.NAMES, described, strict=True))
    rms = np.hypot(about["mean"], about["std"])
    peak = max(about["max"], -about["min"])
    negative = samples < 0
    crossings = np.count_nonzero(negative[1:] ^ negative[:-1]) / max(1, len(samples) - 1)
    level = [len(samples) / sample_rate, _decibel(rms), _decibel(peak), crossings]
    return np.concatenate([level, described])


def clip_vector(waveform: np.ndarray, analysis: Analysis) -> np.ndarray:
    """Computes the feature vector of a clip.

    Args:
        waveform: `(samples,)`, finite floats, any length. An empty clip counts as silence.
        analysis: The settings.

    Returns:
        float32 `(len(names(analysis)),)`, finite.
    """
    samples = np.asarray(waveform)
    if samples.dtype != np.float32:
        samples = samples.astype(np.float64, copy=False)
    series = analyze(samples, analysis)
    cep = cepstra.cepstra(series.mel_db, min(N_CEPSTRA, analysis.n_mels))
    over_time = [series.mel_db, series.descriptors, cep, cepstra.deltas(cep)]
    begin, end = timing.active_part(series.energy_db, _PARTS_BELOW_DB)
    parts = cepstra.parts(cep, begin, end, N_PARTS)
    active = parts.mean(axis=0)
    vector = np.concatenate(
        [
            _of_samples(samples, analysis.sample_rate),
            statistics.describe(np.concatenate(over_time, axis=1)).ravel(),
            (parts - active).ravel(),
            active,
            timing.describe_timing(series.energy_db, analysis.frame_s),
        ]
    )
    return vector.astype(np.float32)
