"""Out-of-fold predictions of a family that also trains on its validation clips."""

from typing import TYPE_CHECKING

import numpy as np

from kapre_like.models.artifact.families import HeldOut

if TYPE_CHECKING:
    import pandas as pd


def held_out(
    table: "pd.DataFrame", output: np.ndarray | None, n_classes: int | None
) -> HeldOut:
    """Returns the out-of-fold predictions for a table's rows; empty if there were no folds.

    Args:
        table: Table as from `kapre_like.audio.scan`. Its column `digest` identifies the rows;
            without that column `path` does.
        output: Predictions `(rows, classes)` or `(rows,)`; `None` without folds.
        n_classes: Number of classes; `None` for scores.
    """
    if output is None:
        return HeldOut([], np.zeros(0 if n_classes is None else (0, n_classes)))
    names = table["digest" if "digest" in table else "path"]
    return HeldOut([str(name) for name in names], output)
