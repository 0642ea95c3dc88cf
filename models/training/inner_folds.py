"""Inner folds of the training clips, split by group, to choose the size of a model.

A small validation set, such as 60 clips with 3 of a rare class, is too noisy for early
stopping. Inner folds hold out every clip once, so the loss is computed over all clips.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from kapre_like.audio.splits import folds

# Maximum of rows times classes, and the number of folds up to it. Large tables get fewer
# folds, because training on them is slow and their loss is less noisy.
_FOLDS = ((3_000, 5), (200_000, 3))
_MIN_FOLDS = 2


class InnerFolds(NamedTuple):
    """Masks of held-out rows. Each row is held out by exactly one fold.

    Attributes:
        masks: A bool array `(rows,)` per fold. Empty if every split would leave a fold with
            fewer than two labels to learn.
        note: A sentence for the user on how the folds were made, or `""`.
    """

    masks: list[np.ndarray]
    note: str = ""


def inner_folds(
    table: pd.DataFrame, targets: np.ndarray, n_classes: int | None, *, seed: int
) -> InnerFolds:
    """Returns up to five folds by group, or by clip if groups cannot be split.

    The training part of each fold must have two different labels, and the held-out part must
    have at least one label that the training part has.

    Args:
        table: Table with `group`, and with `digest` if its rows are windows of clips.
        targets: Class number or score of each row.
        n_classes: Number of classes; `None` for scores.
        seed: Int >= 0.
    """
    # Groups that share a recording stay together.
    group = table["together" if "together" in table.columns else "group"].to_numpy()
    table = pd.DataFrame({"label": targets, "group": group}).assign(
        clip=_clips(table), label=targets if n_classes is None else targets.astype(str)
    )
    by_clip = table.assign(group=table["clip"])
    n_groups, n_clips = table["group"].nunique(), by_clip["group"].nunique()
    n_folds = _max_folds(len(table) * (n_classes or 1))
    if masks := _usable(table, targets, n_classes, n_folds, seed):
        return InnerFolds(masks)
    if n_clips > n_groups and (masks := _usable(by_clip, targets, n_classes, n_folds, seed)):
        why = "all clips are of one group" if n_groups == 1 else "no group can be held out"
        return InnerFolds(
            masks,
            f"{why}, so folds over clips chose the model's size and will judge its "
            "confidence: both may be too optimistic for another group",
        )
    return InnerFolds(
        [],
        f"{len(table)} clips cannot be split into folds that each leave two labels to learn "
        "from, so the model has the default size: give each label 2 clips or more",
    )


def _clips(table: pd.DataFrame) -> np.ndarray:
    """Returns the clip of each row. Windows of a clip have its digest with a number."""
    if "digest" not in table:
        return np.arange(len(table)).astype(str)
    return table["digest"].astype(str).str.replace(r"-\d+$", "", regex=True).to_numpy()


def _max_folds(size: int) -> int:
    return next((n for limit, n in _FOLDS if size <= limit), _MIN_FOLDS)


def _usable(
    table: pd.DataFrame, targets: np.ndarray, n_classes: int | None, max_folds: int, seed: int
) -> list[np.ndarray]:
    """Returns the masks of the largest usable number of folds, or an empty list."""
    for n in range(min(max_folds, table["group"].nunique()), _MIN_FOLDS - 1, -1):
        masks = [mask for _, mask in folds(table, n, seed)]
        if all(_can_learn(targets, mask, n_classes) for mask in masks):
            return masks
    return []


def _can_learn(targets: np.ndarray, mask: np.ndarray, n_classes: int | None) -> bool:
    """Returns whether the training part has two labels, one of which the fold holds out."""
    rest = targets[~mask]
    known = n_classes is None or bool(np.isin(targets[mask], rest).any())
    return known and len(np.unique(rest)) > 1
