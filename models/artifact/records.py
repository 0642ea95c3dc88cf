"""What the record of one clip says: the answer, and what is wrong with the sound."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kapre_like.audio.decode import Sound
from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.artifact.stages import Stage

# From so much on a class applies, where classes do not exclude each other.
_APPLIES = 0.5


def class_answer(
    row: Any, class_names: Sequence[str], limits: Sequence[float] | None, *, several: bool
) -> dict[str, Any]:
    """Returns the entries of a record for the probabilities of one clip.

    Args:
        row: `(classes,)`, probabilities.
        class_names: In the same order.
        limits: From which probability on each class is confident; `None` if unknown.
        several: Whether the classes do not exclude each other.
    """
    shares = {name: float(p) for name, p in zip(class_names, row, strict=True)}
    label = max(shares, key=shares.__getitem__)
    answer = {"label": label, "probability": shares[label], "probabilities": shares}
    if limits is not None:
        answer["confident"] = shares[label] >= limits[list(class_names).index(label)]
    if several:
        answer["labels"] = [name for name, share in shares.items() if share >= _APPLIES]
    return answer


def score_answer(
    row: Any, names: Sequence[str] | None, calibration: Calibration | None
) -> dict[str, Any]:
    """Returns the entries of a record for the score of one clip, or for several by name."""
    if names:
        return {"scores": {name: float(score) for name, score in zip(names, row, strict=True)}}
    if calibration is None:
        return {"score": float(row)}
    return {"score": float(row), "interval": [float(end) for end in calibration.interval(row)]}


def sound_facts(channel: str, sound: Sound) -> dict[str, Any]:
    """Returns what a record says of the sound: its channel, and its problems if it has any."""
    facts: dict[str, Any] = {"channel": int(channel)} if channel else {}
    if sound.problems:
        facts["problems"] = list(sound.problems)
    return facts | ({"damaged": True} if sound.damaged else {})


def refusal(record: dict[str, Any]) -> str:
    """Returns why a clip is refused: it is bad, or damaged."""
    if "error" in record:
        return record["error"]
    fix = 'Copy or record it again; on_error="skip" takes what is there'
    return f"{record['path']}: {'; '.join(record['problems'])}. {fix}."


def calibration_facts(calibration: Calibration) -> dict[str, Any]:
    """Returns what `explain` says of a calibration."""
    names = ("method", "temperature", "level", "half_width", "n", "groups")
    told = calibration.to_json()
    return {name: told[name] for name in names if name in told}


def logarithms(probabilities: dict[str, float]) -> Stage:
    """Returns the stage of a file that hides its logits."""
    facts = {
        name: float(np.log(share)) if share > 0 else None
        for name, share in probabilities.items()
    }
    return ("logarithms of the probabilities (the file hides its logits)", facts)
