"""Calibrates a model that has been trained, on clips that it has not learned from."""

from typing import TYPE_CHECKING, Any

import numpy as np

from kapre_like import _check
from kapre_like.models.artifact.calibration import Calibration, fit_calibration, normalized
from kapre_like.models.artifact.families import HeldOut
from kapre_like.models.experiment.clips import Log

if TYPE_CHECKING:
    import pandas as pd

PRECISION = 0.95


def wanted_of(
    precision: float | None, recall: float | None, *, calibrate: bool = True
) -> dict[str, float] | None:
    """Returns what the thresholds are to reach, as the recipe has it; `None`: no calibration.

    Raises:
        ValueError: If both are given, or one without a calibration, or it is no share.
    """
    given = {"precision": precision, "recall": recall}
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
            _check.fail("train", name, "a share above 0 and up to 1", value)
        if not calibrate:
            fix = "Thresholds are part of the calibration; leave one of the two out"
            _check.fail("train", name, "None without a calibration", value, fix)
    if len(given) > 1:
        fix = "Leave one of the two out"
        _check.fail("train", "recall", "None where a precision is given", recall, fix)
    if not calibrate:
        return None
    return {name: float(value) for name, value in given.items()} or {"precision": PRECISION}


def held_out_clips(model: Any, train: "pd.DataFrame", valid: "pd.DataFrame") -> HeldOut | None:
    """Returns raw answers for clips that a trained model has not learned from, one per clip.

    Args:
        model: As `Family.train` returned it. Its own `held_out` is preferred; else it answers
            the validation clips, if it has not learned from them.
        train: The training clips, before the length rule.
        valid: The validation clips.

    Returns:
        `None` if there are no such clips.
    """
    from kapre_like.models.experiment.predict import predict_table

    if model.recipe["task"] == "transcribe":
        return None
    held = getattr(model, "held_out", None)
    if held is None:
        if model.trains_on_valid or not len(valid):
            return None
        output = predict_table(model, valid, calibrated=False)
        return HeldOut(list(valid["digest"]), np.asarray(output))
    clips = list(dict.fromkeys([*train["digest"], *valid["digest"]]))
    means = by_clip(clips, list(held.digests), np.asarray(held.output, float))
    known = [(clip, mean) for clip, mean in zip(clips, means, strict=True) if mean is not None]
    if not known:
        return None
    digests, output = zip(*known, strict=True)
    return HeldOut(list(digests), np.stack(output))


def calibrate(
    held: HeldOut | None,
    train: "pd.DataFrame",
    valid: "pd.DataFrame",
    recipe: dict[str, Any],
    log: Log,
) -> dict[str, Any] | None:
    """Returns the calibration of a model as the recipe has it; `None` without one.

    Args:
        held: As from `held_out_clips`.
        train: The training clips.
        valid: The validation clips.
        recipe: The recipe that `train` was given; `wanted` says what the thresholds are for.
        log: Called with one line.
    """
    wanted = recipe.get("wanted")
    if wanted is None or recipe["task"] == "transcribe":
        return None  # words have confidences of their own
    if held is None:
        log("not calibrated: the model has learned from every clip that could tell")
        return None
    place = {digest: row for row, digest in enumerate(held.digests)}
    # A recording may be there twice, even with two labels: each counts.
    rows = [
        (place[clip.digest], clip.label, clip.group)
        for table in (train, valid)
        for clip in table.itertuples()
        if clip.digest in place
    ]
    index, truth, groups = (list(column) for column in zip(*rows, strict=True))
    names, output = recipe["class_names"], np.asarray(held.output)[index]
    found = fit_calibration(recipe["task"], names, truth, output, groups, **wanted)
    if found is None:
        log("not calibrated: the model's answers are no numbers")
        return None
    log(_line(found, truth, output, names))
    return found.to_json()


def by_clip(
    clips: list[str], digests: list[str], output: np.ndarray
) -> list[np.ndarray | None]:
    """Returns the mean answer of each clip's rows; `None` for a clip without any.

    Args:
        clips: Digests of clips.
        digests: Digests of rows: that of a clip, or `"CLIP-3"` of one of its windows.
        output: The answers of these rows.
    """
    known = set(clips)
    rows: dict[str, list[int]] = {}
    for index, digest in enumerate(digests):
        clip = digest if digest in known else digest.rpartition("-")[0]
        rows.setdefault(clip, []).append(index)
    return [output[rows[clip]].mean(axis=0) if clip in rows else None for clip in clips]


def _line(found: Calibration, truth: list, output: np.ndarray, names: list[str] | None) -> str:
    """What was found, for the log."""
    where = f"{found.n} held-out clips of {found.groups} groups"
    if found.method == "conformal":
        return (
            f"calibrated on {where}: {found.level:.0%} of scores within {found.half_width:.3g}"
        )
    from kapre_like.models.experiment.probability_metrics import answers, codes_of, ece

    codes, before = codes_of(truth, names), normalized(np.asarray(output, float))
    errors = [ece(*answers(codes, p)) for p in (before, found.apply(before))]
    [(what, share)] = found.wanted.items()
    reached = sum(limit is not None for limit in found.thresholds.values())
    return (
        f"calibrated on {where} ({found.method}): expected calibration error "
        f"{errors[0]:.1%} before, {errors[1]:.1%} after; {what} {share:g} reached by "
        f"{reached} of {len(names)} classes"
    )
