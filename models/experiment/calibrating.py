"""Calibrates a trained model on clips that it was not trained on."""

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
    """Returns the target of the confidence thresholds, the entry `wanted` of a recipe.

    Args:
        precision: Target precision of each class.
        recall: Target recall of each class.
        calibrate: Whether the model is calibrated.

    Returns:
        `{"precision": share}` or `{"recall": share}`; `None` without a calibration.

    Raises:
        ValueError: If both targets are given, if one is given without a calibration, or if it
            is not in (0, 1].
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
        _check.fail("train", "recall", "None if `precision` is given", recall, fix)
    if not calibrate:
        return None
    return {name: float(value) for name, value in given.items()} or {"precision": PRECISION}


def held_out_clips(model: Any, train: "pd.DataFrame", valid: "pd.DataFrame") -> HeldOut | None:
    """Returns raw predictions for clips that a trained model was not trained on.

    Args:
        model: The result of `Family.train`. Its `held_out` is used if it has any. Otherwise
            the validation clips are predicted, unless it was trained on them.
        train: The training clips, before the length rule.
        valid: The validation clips.

    Returns:
        One prediction per clip; `None` if there are no such clips.
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
    """Returns the entry `calibration` of a recipe; `None` for a model without calibration.

    Args:
        held: The result of `held_out_clips`.
        train: The training clips.
        valid: The validation clips.
        recipe: The recipe of the training; `wanted` is the target of the thresholds.
        log: Called with one line.
    """
    wanted = recipe.get("wanted")
    if wanted is None or recipe["task"] == "transcribe":
        return None  # the confidences of words need no calibration
    if held is None:
        log("not calibrated: there are no held-out clips")
        return None
    place = {digest: row for row, digest in enumerate(held.digests)}
    # A recording may occur twice, even with different labels. Each row counts.
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
        log("not calibrated: no prediction is a finite number")
        return None
    log(_line(found, truth, output, names))
    return found.to_json()


def by_clip(
    clips: list[str], digests: list[str], output: np.ndarray
) -> list[np.ndarray | None]:
    """Returns the mean prediction over the rows of each clip; `None` for a clip without rows.

    Args:
        clips: Digests of the clips.
        digests: Digest of each row: the digest of a clip, or `"CLIP-3"` for a window of it.
        output: The predictions of these rows.
    """
    known = set(clips)
    rows: dict[str, list[int]] = {}
    for index, digest in enumerate(digests):
        clip = digest if digest in known else digest.rpartition("-")[0]
        rows.setdefault(clip, []).append(index)
    return [output[rows[clip]].mean(axis=0) if clip in rows else None for clip in clips]


def _line(found: Calibration, truth: list, output: np.ndarray, names: list[str] | None) -> str:
    """Returns the result of a calibration as a line for the log."""
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
