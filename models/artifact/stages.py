"""The first stages of `predict --explain`: facts about file, waveform and windows."""

from typing import Any

import numpy as np

from kapre_like.audio.inspecting import inspect
from kapre_like.models.artifact.clip_input import is_path
from kapre_like.models.artifact.length_rule import LengthRule

# A title, and facts as JSON values.
Stage = tuple[str, dict[str, Any]]
# Full scale of 16-bit samples. Samples at or above it count as clipped.
_FULL = 1.0 - 2.0**-15


def input_stages(
    clip: Any,
    waveform: np.ndarray,
    sample_rate: int,
    given_rate: int | None,
    rule: LengthRule,
) -> list[Stage]:
    """Returns the stages from a clip to the windows that the model processes.

    Args:
        clip: A path, or an array.
        waveform: The decoded clip, 1-D, at the model's rate.
        sample_rate: Int > 0, Hz, of the model.
        given_rate: Int > 0, Hz, of an array. `None` means the model's rate.
        rule: The length rule of the model.
    """
    source = _file(clip) if is_path(clip) else _array(clip, given_rate or sample_rate)
    spans = rule.spans(len(waveform), sample_rate)
    windows = [[round(a / sample_rate, 4), round(b / sample_rate, 4)] for a, b in spans]
    return [
        source,
        ("mono, at the model's rate", _waveform(waveform, sample_rate)),
        (f"length rule: {rule}", {"windows": len(windows), "seconds": windows}),
    ]


def _file(path: Any) -> Stage:
    found = inspect(path)
    facts = {
        "path": str(path),
        "format": found["format"],
        "sample_rate_hz": found["sample_rate"],
        "channels": found["channels"],
        "length_s": round(found["duration_s"], 4),
        "peak_dbfs": found["peak_db"],
        "rms_dbfs": found["rms_db"],
    }
    return ("file", facts | ({"problems": found["problems"]} if found["problems"] else {}))


def _array(clip: Any, sample_rate: int) -> Stage:
    array = np.asarray(clip)
    samples = array if array.ndim == 2 else array[:, None]
    return ("array", {"dtype": str(array.dtype), **_level(samples, sample_rate)})


def _level(samples: np.ndarray, sample_rate: int) -> dict[str, Any]:
    return {
        "sample_rate_hz": int(sample_rate),
        "channels": samples.shape[1],
        "length_s": round(len(samples) / sample_rate, 4),
        "peak_dbfs": decibels(np.abs(samples).max(initial=0.0)),
        "rms_dbfs": decibels(np.sqrt(np.mean(np.square(samples, dtype="float64")))),
    }


def _waveform(waveform: np.ndarray, sample_rate: int) -> dict[str, Any]:
    size = np.abs(waveform)
    return {
        "sample_rate_hz": int(sample_rate),
        "samples": len(waveform),
        "length_s": round(len(waveform) / sample_rate, 4),
        "peak_dbfs": decibels(size.max(initial=0.0)),
        "rms_dbfs": decibels(np.sqrt(np.mean(np.square(waveform, dtype="float64")))),
        "share_clipped": float(np.mean(size >= _FULL)),
        "share_zero": float(np.mean(size == 0)),
    }


def per_window(facts: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns the facts of a single window, or of each window by its number."""
    if len(facts) == 1:
        return facts[0]
    return {f"window {i}": one for i, one in enumerate(facts)}


def decibels(amplitude: float) -> float | None:
    """Returns an amplitude in dB below full scale; `None` for silence."""
    return round(20 * float(np.log10(amplitude)), 2) if amplitude > 0 else None
