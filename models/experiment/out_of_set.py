"""Counts false alarms of a classifier on sounds that belong to none of its classes.

A false alarm is a confident prediction for such a sound: its probability reaches the threshold
of its class. The sounds are cut into clips of the length of a test clip, and each clip has one
prediction. So alarms per hour depend on that length; the share of clips does not.
"""

from pathlib import Path
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.models.artifact.predictor import Predictor

# Minutes of each sound, and greatest number of its clips. Limits the time of a heavy model.
MINUTES = 2.0
CLIPS = 60
# Root mean square of the noises, full scale is 1. Speech in a recording has a similar level.
LEVEL = 0.1
HUM_HZ = 50.0


def out_of_set(
    predictor: Predictor,
    seconds: float,
    *,
    other_sounds: str | Path | None = None,
    seed: int = 0,
) -> dict[str, dict[str, Any]] | None:
    """Returns how often a classifier is confident of sounds that are none of its classes.

    Args:
        predictor: A `Predictor` of classes.
        seconds: Float > 0, length of a clip, such as the median of the test clips.
        other_sounds: A folder of sound files, at any depth, that belong to none of the classes.
            They are cut into clips of the same length.
        seed: Int >= 0, seed of the noises.

    Returns:
        By sound (`white noise`, `pink noise`, `hum`, `silence`, `other sounds`):
        `alarms_per_hour`, `share_confident`, `clips`, and `top_label`, the most frequent label
        of the alarms (`None` without alarms). `None` for a model without thresholds.

    Raises:
        ValueError: If there is no sound file in `other_sounds`.
    """
    _check.positive("out_of_set", seconds=seconds)
    if predictor.limits() is None:
        return None
    found = {
        name: _evaluated(predictor, clips)
        for name, clips in noises(predictor.sample_rate, seconds, seed=seed).items()
    }
    if other_sounds is not None:
        clips = _pieces(Path(other_sounds), predictor.sample_rate, seconds)
        found["other sounds"] = _evaluated(predictor, clips)
    return found


def noises(sample_rate: int, seconds: float, *, seed: int = 0) -> dict[str, list[np.ndarray]]:
    """Returns clips of noises and of silence by name, float32.

    They are white noise, pink noise (power proportional to 1 / frequency), mains hum with
    harmonics, and digital silence.
    """
    n = max(1, round(seconds * sample_rate))
    count = int(np.clip(round(60 * MINUTES / seconds), 1, CLIPS))
    rng = np.random.default_rng(seed)
    time = np.arange(n) / sample_rate
    makers = {
        "white noise": lambda: rng.normal(size=n),
        "pink noise": lambda: _pink(rng.normal(size=n)),
        "hum": lambda: _hum(time, rng),
        "silence": lambda: np.zeros(n),
    }
    # All clips of silence are equal.
    counts = {"silence": 1}
    return {
        name: [_at_level(make()) for _ in range(counts.get(name, count))]
        for name, make in makers.items()
    }


def _pink(white: np.ndarray) -> np.ndarray:
    spectrum = np.fft.rfft(white)
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    return np.fft.irfft(spectrum, len(white))


def _hum(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns mains hum with harmonics of random levels and phases."""
    tones = range(1, 9)
    return sum(
        rng.uniform(0.2, 1) / k * np.sin(2 * np.pi * (HUM_HZ * k * time + rng.uniform()))
        for k in tones
    )


def _at_level(clip: np.ndarray) -> np.ndarray:
    power = float(np.sqrt(np.mean(clip**2)))
    return (clip * (LEVEL / power if power else 0.0)).astype(np.float32)


def _pieces(folder: Path, rate: int, seconds: float) -> list[np.ndarray]:
    """Returns at most `CLIPS` clips of the files of a folder, equally many of each file."""
    from kapre_like.audio.decode import read
    from kapre_like.audio.folder import audio_below

    files = audio_below(folder) if folder.is_dir() else []
    if not files:
        raise ValueError(f"{folder}: contains no sound file. Name a folder of other sounds.")
    n = max(1, round(seconds * rate))
    each = -(-CLIPS // len(files))
    pieces: list[np.ndarray] = []
    for file in files[:CLIPS]:
        samples = read(file, sample_rate=rate)[: each * n]
        # The rest after the last whole clip is dropped, unless the file has no whole clip.
        whole = len(samples) - len(samples) % n if len(samples) > n else len(samples)
        pieces += [samples[start : start + n] for start in range(0, whole, n)]
    return pieces[:CLIPS]


def _evaluated(predictor: Predictor, clips: list[np.ndarray]) -> dict[str, Any]:
    records = predictor.predict(clips)
    labels = [record["label"] for record in records if record["confident"]]
    hours = sum(len(clip) for clip in clips) / predictor.sample_rate / 3600
    return {
        "alarms_per_hour": len(labels) / hours,
        "share_confident": len(labels) / len(records),
        "clips": len(records),
        "top_label": max(sorted(set(labels)), key=labels.count) if labels else None,
    }
