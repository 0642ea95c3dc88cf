"""Calibrates the parts of a cascade and chooses its threshold, both on held-out clips."""

import dataclasses
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kapre_like.models.artifact.calibration import fit_calibration
from kapre_like.models.artifact.cascade_curve import (
    SHARE_LOST,
    WITHIN,
    asks_heavy,
    cascade_curve,
    choose,
)
from kapre_like.models.artifact.families import Family, HeldOut
from kapre_like.models.cascade.parts import calibrated

if TYPE_CHECKING:
    import pandas as pd


class Found(NamedTuple):
    """The threshold of a cascade and its metrics on held-out clips.

    Attributes:
        threshold: The heavy model predicts a clip if the light model's top probability is at
            most this value.
        facts: `clips`, `groups`, `share_heavy`, and accuracies on these clips, as JSON values.
        held_out: The probabilities of the cascade for these clips.
    """

    threshold: float
    facts: dict[str, Any]
    held_out: HeldOut


def calibrate(part: Family, rows: "pd.DataFrame", class_names: list[str]) -> None:
    """Fits the calibration of a part on its held-out clips and writes it to its recipe.

    It contains no confidence thresholds, because those belong to the whole cascade. If the
    recipe disables calibration, the entry is `None`.
    """
    if part.recipe.get("wanted", {}) is None:
        part.recipe["calibration"] = None
        return
    digests, output = _clips(part.held_out, part.recipe)
    known = [place for place, digest in enumerate(digests) if digest in rows.index]
    about = rows.loc[[digests[place] for place in known]]
    fitted = None
    if known:
        fitted = fit_calibration(
            "classify", class_names, list(about["label"]), output[known], list(about["group"])
        )
    if fitted is not None:
        fitted = dataclasses.replace(fitted, thresholds=None, wanted=None)
    part.recipe["calibration"] = None if fitted is None else fitted.to_json()


def find_threshold(
    light: Family,
    heavy: Family,
    rows: "pd.DataFrame",
    class_names: list[str],
    wanted: float | None,
) -> Found:
    """Returns the threshold of two calibrated parts, and its metrics on held-out clips.

    Args:
        light: The light model, with `held_out`.
        heavy: The heavy model, with `held_out`.
        rows: `label` and `group`, indexed by the digest of a clip.
        class_names: Class names in the order of the outputs.
        wanted: The threshold that the user gave; `None` chooses one.

    Raises:
        ValueError: If a threshold must be chosen and there is no held-out clip.
    """
    held_out = [_clips(part.held_out, part.recipe) for part in (light, heavy)]
    places = [{digest: i for i, digest in enumerate(digests)} for digests, _ in held_out]
    both = [digest for digest in places[0] if digest in places[1] and digest in rows.index]
    if not both and wanted is None:
        raise ValueError(
            "cascade: there is no validation clip to choose the threshold on. Add clips of "
            "another group, or give it: --set threshold=0.9"
        )
    answers = [
        calibrated(part, output[[place[digest] for digest in both]])
        for part, (_, output), place in zip((light, heavy), held_out, places, strict=True)
    ]
    about, number = rows.loc[both], {name: i for i, name in enumerate(class_names)}
    truth = np.array([number[label] for label in about["label"]], int)
    threshold = wanted if wanted is not None else _chosen(truth, *answers)
    unsure = asks_heavy(answers[0], threshold)
    mixed = np.where(unsure[:, None], answers[1], answers[0])
    facts = {
        "clips": len(both),
        "groups": int(about["group"].nunique()),
        "chosen": wanted is None,
        "rule": (
            f"the cheapest that loses at most {100 * WITHIN:g} points of balanced accuracy "
            f"and {SHARE_LOST:.0%} of the gain over the light model"
        ),
        "share_heavy": _mean(unsure),
        "accuracy": _mean(mixed.argmax(axis=1) == truth),
        "light_accuracy": _mean(answers[0].argmax(axis=1) == truth),
        "heavy_accuracy": _mean(answers[1].argmax(axis=1) == truth),
    }
    return Found(float(threshold), facts, HeldOut(both, mixed))


def about_clips(*tables: "pd.DataFrame", recipe: dict[str, Any]) -> "pd.DataFrame":
    """Returns `label` and `group`, indexed by the digest of the clip.

    Rows of windows of one clip become one row.
    """
    import pandas as pd

    rows = pd.concat([table[["digest", "label", "group"]] for table in tables])
    rows["digest"] = [_clip(digest, recipe) for digest in rows["digest"]]
    return rows.drop_duplicates("digest").set_index("digest")


def _chosen(truth: np.ndarray, light: np.ndarray, heavy: np.ndarray) -> float:
    curve = cascade_curve(truth, light, heavy)
    return float(curve.threshold[choose(curve)])


def _clips(held_out: HeldOut, recipe: dict[str, Any]) -> tuple[list[str], np.ndarray]:
    """Returns digests and probabilities per clip: the mean over the windows of a clip."""
    names = [_clip(digest, recipe) for digest in held_out.digests]
    digests = list(dict.fromkeys(names))
    if len(digests) == len(names):
        return digests, np.asarray(held_out.output, float)
    row = {digest: i for i, digest in enumerate(digests)}
    place = [row[name] for name in names]
    output = np.asarray(held_out.output, float)
    total = np.zeros((len(digests), output.shape[1]))
    np.add.at(total, place, output)
    return digests, total / np.bincount(place)[:, None]


def _clip(digest: str, recipe: dict[str, Any]) -> str:
    """Returns the digest of a row's clip. With the length rule `tiles` a row is `CLIP-3`."""
    return re.sub(r"-\d+$", "", digest) if recipe.get("length_rule") == "tiles" else digest


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None
