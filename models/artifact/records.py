"""Entries of the record of one clip: the prediction, and the problems of the sound."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kapre_like.audio.decode import Sound
from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.artifact.stages import Stage

# If classes do not exclude each other, a class applies from this probability on.
_APPLIES = 0.5


def class_answer(
    row: Any, class_names: Sequence[str], limits: Sequence[float] | None, *, multi_label: bool
) -> dict[str, Any]:
    """Returns the entries of a record for the probabilities of one clip.

    Args:
        row: Array `(classes,)` of probabilities.
        class_names: Names in the same order.
        limits: The lowest confident probability of each class; `None` if unknown.
        multi_label: Whether the classes do not exclude each other.
    """
    shares = {name: float(p) for name, p in zip(class_names, row, strict=True)}
    label = max(shares, key=shares.__getitem__)
    answer = {"label": label, "probability": shares[label], "probabilities": shares}
    if limits is not None:
        answer["confident"] = shares[label] >= limits[list(class_names).index(label)]
    if multi_label:
        answer["labels"] = [name for name, share in shares.items() if share >= _APPLIES]
    return answer


def score_answer(
    row: Any, names: Sequence[str] | None, calibration: Calibration | None
) -> dict[str, Any]:
    """Returns the entries of a record for the score of one clip, or for its named scores."""
    if names:
        return {"scores": {name: float(score) for name, score in zip(names, row, strict=True)}}
    if calibration is None:
        return {"score": float(row)}
    return {"score": float(row), "interval": [float(end) for end in calibration.interval(row)]}


def sound_facts(channel: str, sound: Sound) -> dict[str, Any]:
    """Returns the entries of a record for the sound: its channel, and any problems."""
    facts: dict[str, Any] = {"channel": int(channel)} if channel else {}
    if sound.problems:
        facts["problems"] = list(sound.problems)
    return facts | ({"damaged": True} if sound.damaged else {})


def refusal(record: dict[str, Any]) -> str:
    """Returns why a bad or damaged clip is refused."""
    if "error" in record:
        return record["error"]
    fix = 'Copy or record it again; on_error="skip" uses the readable part'
    return f"{record['path']}: {'; '.join(record['problems'])}. {fix}."


def calibration_facts(calibration: Calibration) -> dict[str, Any]:
    """Returns the facts about a calibration that `explain` shows."""
    names = ("method", "temperature", "level", "half_width", "n", "groups")
    saved = calibration.to_json()
    return {name: saved[name] for name in names if name in saved}


def logarithms(probabilities: dict[str, float]) -> Stage:
    """Returns the stage for a file that does not output its logits."""
    facts = {
        name: float(np.log(share)) if share > 0 else None
        for name, share in probabilities.items()
    }
    return ("logarithms of the probabilities (the file hides its logits)", facts)
