"""Inner folds: the training clips, split by whole groups, to choose a model's size by.

A small validation set (60 clips, of which 3 are of a rare class) is too noisy to stop by. Of
inner folds every clip is held out once, and the loss is taken over all of them.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from kapre_like.audio.splits import folds

# Folds for up to as many rows times classes: trainings of many rows cost much, and need less.
_FOLDS = ((3_000, 5), (200_000, 3))
_LEAST = 2


class InnerFolds(NamedTuple):
    """Masks of held-out rows, which together hold every row once.

    Attributes:
        masks: A bool array `(rows,)` per fold; none where no split leaves two labels to learn.
        note: What a user must know of how they were made, or `""`.
    """

    masks: list[np.ndarray]
    note: str = ""


def inner_folds(
    table: pd.DataFrame, targets: np.ndarray, n_classes: int | None, *, seed: int
) -> InnerFolds:
    """Returns up to five folds by group, or by clip where groups cannot be split.

    A fold must leave two different labels to learn from, and hold out a label that it leaves.

    Args:
        table: Columns `label` and `group`, and `digest` if rows are windows of clips.
        targets: Class numbers, or scores, of its rows.
        n_classes: Number of classes; `None` for scores.
        seed: Int >= 0.
    """
    # Groups that share a recording are split as one.
    group = table["together" if "together" in table.columns else "group"].to_numpy()
    table = pd.DataFrame({"label": targets, "group": group}).assign(
        clip=_clips(table), label=targets if n_classes is None else targets.astype(str)
    )
    by_clip = table.assign(group=table["clip"])
    n_groups, n_clips = table["group"].nunique(), by_clip["group"].nunique()
    most = _most_folds(len(table) * (n_classes or 1))
    if masks := _usable(table, targets, n_classes, most, seed):
        return InnerFolds(masks)
    if n_clips > n_groups and (masks := _usable(by_clip, targets, n_classes, most, seed)):
        why = "all clips are of one group" if n_groups == 1 else "no group can be held out"
        return InnerFolds(
            masks,
            f"{why}, so the model's size was chosen, and its confidence will be judged, by "
            "folds over clips: both may be too good for another group",
        )
    return InnerFolds(
        [],
        f"{len(table)} clips cannot be split into folds that each leave two labels to learn "
        "from, so the model's size is the usual one: give each label 2 clips or more",
    )


def _clips(table: pd.DataFrame) -> np.ndarray:
    """The clip of each row; the windows of a clip have its digest and a number."""
    if "digest" not in table:
        return np.arange(len(table)).astype(str)
    return table["digest"].astype(str).str.replace(r"-\d+$", "", regex=True).to_numpy()


def _most_folds(size: int) -> int:
    return next((n for limit, n in _FOLDS if size <= limit), _LEAST)


def _usable(
    table: pd.DataFrame, targets: np.ndarray, n_classes: int | None, most: int, seed: int
) -> list[np.ndarray]:
    """The masks of as many folds as work, or none."""
    for n in range(min(most, table["group"].nunique()), _LEAST - 1, -1):
        masks = [mask for _, mask in folds(table, n, seed)]
        if all(_teaches(targets, mask, n_classes) for mask in masks):
            return masks
    return []


def _teaches(targets: np.ndarray, mask: np.ndarray, n_classes: int | None) -> bool:
    """Whether the rest has two labels, and the fold one of a class that the rest has."""
    rest = targets[~mask]
    known = n_classes is None or bool(np.isin(targets[mask], rest).any())
    return known and len(np.unique(rest)) > 1
