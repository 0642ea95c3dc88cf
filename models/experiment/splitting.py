"""Splits the clips of a data set for training and testing.

This is the only module that assigns rows to training, validation and test. So all families of a
comparison get the same clips.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from kapre_like.models.experiment.clip_rows import select_rows
from kapre_like.models.experiment.clips import Clips
from kapre_like.models.experiment.copies import left_out

if TYPE_CHECKING:
    import pandas as pd

# Shares of the rows that are held out if the data have no split column: a fifth for the test,
# and a sixth of the rest for validation. Both consist of whole groups.
TEST_SHARE = 0.2
VALID_SHARE = 1 / 6

# Two training clips of different labels, and one validation clip.
MIN_CLIPS = 3


class Stage(NamedTuple):
    """The tables of one training and its test. No group is in more than one of them."""

    name: str
    train: "pd.DataFrame"
    valid: "pd.DataFrame"
    test: "pd.DataFrame"


def training_rows(clips: Clips, *, seed: int, data: Any, task: str) -> tuple[Any, Any]:
    """Returns the training and validation tables of a data set without test rows.

    The rows of the split `valid` are validation rows. If there are none, whole groups are held
    out.
    """
    table = clips.table
    valid = (table["split"] == "valid").to_numpy()
    if not valid.any():
        if 0 < len(table) < MIN_CLIPS:
            raise ValueError(
                f"{data}: contains too few clips to train on, {len(table)}; training needs "
                f"{MIN_CLIPS} or more: two of different labels, and one for validation. Add "
                "clips."
            )
        check_labels(table, data=data, task=task, skipped=len(clips.skipped))
        # With one group only, its recordings are split, because validation needs clips.
        parts = table["sound"] if table["together"].nunique() < 2 else table["together"]
        whole = select_rows(table.assign(together=parts), slice(None))
        valid = held_out(whole, seed=seed, share=VALID_SHARE)
    train, valid = select_rows(table, ~valid), select_rows(table, valid)
    train = left_out(train, valid)
    check_labels(train, data=data, task=task, skipped=len(clips.skipped))
    return train, valid


def stages(
    clips: Clips, *, folds: int | str | None, seed: int, data: Any, task: str
) -> list[Stage]:
    """Returns the stages of a comparison: one, or one per fold.

    With `folds`, each row is tested once, and the split column is ignored. Without `folds`, the
    rows of the split `test` are tested. Without a split column, whole groups are held out.
    """
    from kapre_like.audio.splits import folds as fold_masks

    table = clips.table
    if isinstance(folds, int) and table["together"].nunique() < folds:
        # Folds by group may separate copies, so `left_out` drops copies of test clips below.
        table = select_rows(table.assign(together=table["group"]), slice(None))
    if folds is not None:
        masks = fold_masks(table, folds, seed)
    elif table.attrs["has_splits"]:
        masks = [("test", (table["split"] == "test").to_numpy())]
        if not masks[0][1].any():
            raise ValueError(
                f"{data}: no row has the split test. Name its value with --test-split, use "
                "--folds, or ignore the split column: --split-column none"
            )
    else:
        if table["together"].nunique() < 2:
            what = "group" if table.attrs["has_groups"] else "recording"
            raise ValueError(
                f"{data}: all {len(table)} clips are of one {what}, but a comparison needs 2 "
                "or more, for training and for test. Name a column with more groups "
                "(--group-column), ignore groups (--group-column none), or name a split column "
                "(--split-column)."
            )
        masks = [("test", held_out(table, seed=seed, share=TEST_SHARE))]
    made = []
    for name, is_test in masks:
        rest = left_out(select_rows(table, ~is_test), select_rows(table, is_test))
        if folds is not None:
            rest["split"] = ""
        part = Clips(rest, clips.skipped, 0.0)
        # Each fold holds out validation groups of its own rows.
        train, valid = training_rows(part, seed=seed, data=data, task=task)
        made.append(Stage(name, train, valid, select_rows(table, is_test)))
    return made


def held_out(table: "pd.DataFrame", *, seed: int, share: float) -> Any:
    """Returns a mask of the rows of whole groups that are held out."""
    from kapre_like.audio.splits import hold_out

    return hold_out(table, seed=seed, share=share)


def check_labels(table: "pd.DataFrame", *, data: Any, task: str, skipped: int) -> None:
    """Raises an error if there are no training rows, or only one label."""
    without = f" ({skipped} skipped as bad)" if skipped else ""
    if table.empty:
        raise ValueError(
            f"{data}: no clip is left to train on{without}. Add clips; check the split column."
        )
    if table["label"].nunique() < 2:
        label = table["label"].iloc[0]
        what = f"class {label!r}" if task == "classify" else f"score {label:g}"
        raise ValueError(
            f"{data}: all {len(table)} training clips have the {what}{without}. "
            "Training needs two or more; add clips of another, or check the label column."
        )


def class_names(*tables: "pd.DataFrame") -> list[str]:
    """Returns the labels in order: by number if all are numbers, else alphabetically."""
    names = sorted({label for table in tables for label in table["label"]})
    try:
        return sorted(names, key=lambda name: (float(name), name))
    except ValueError:
        return names
