"""Evaluates the confidence of a model on a data set, for `evaluate`."""

from typing import TYPE_CHECKING, Any

import numpy as np

from kapre_like.models.artifact.calibration import normalized
from kapre_like.models.artifact.calibration_fits import class_thresholds
from kapre_like.models.artifact.predictor import Predictor
from kapre_like.models.experiment.clips import Log
from kapre_like.models.experiment.confidence import confidence_of
from kapre_like.models.experiment.out_of_set import out_of_set
from kapre_like.models.experiment.predict import predict_table
from kapre_like.models.experiment.probability_metrics import codes_of
from kapre_like.models.experiment.selective import at_thresholds

if TYPE_CHECKING:
    import pandas as pd


def predicted_twice(
    predictor: Predictor, table: "pd.DataFrame", log: Log
) -> tuple[np.ndarray, np.ndarray | None]:
    """Returns the calibrated and the raw output for the rows of a table.

    The raw output is `None` for an exported file, which contains its calibration.
    """
    if predictor.calibration is None or predictor.calibrates_itself:
        output = predict_table(predictor, table, log=log)
        return output, None if predictor.calibrates_itself else output
    raw = predict_table(predictor, table, calibrated=False, log=log)
    return predictor.calibration.apply(raw), raw


def evaluated_confidence(
    predictor: Predictor,
    table: "pd.DataFrame",
    output: np.ndarray,
    raw: np.ndarray | None,
    *,
    wanted: dict[str, float],
    other_sounds: Any = None,
) -> dict[str, Any]:
    """Returns the result of `confidence_of`, and `out_of_set` if there are other sounds.

    Args:
        predictor: The model.
        table: Rows with `label`, `group` and `duration_s`.
        output: Calibrated output.
        raw: Output before calibration, or `None`.
        wanted: Target `precision` or `recall`. Thresholds for it are chosen on these clips. If
            it is empty, the thresholds of the model are used.
        other_sounds: A folder of sounds; see `out_of_set`.
    """
    names = predictor.class_names if predictor.task == "classify" else None
    truth, groups = list(table["label"]), list(table["group"])
    calibration = predictor.recipe.get("calibration")
    found = confidence_of(truth, output, raw, names, groups, calibration)
    if names is None:
        return found
    if wanted:
        codes, shares = codes_of(truth, names), normalized(np.asarray(output, float))
        chosen = class_thresholds(codes, shares, **wanted)
        limits = [2.0 if limit is None else limit for limit in chosen]
        rows = np.tile(limits, (len(codes), 1))
        found["selective"]["thresholds"] = at_thresholds(codes, shares, names, rows)
    if other_sounds is not None:
        seconds = float(table["duration_s"].median())
        found["out_of_set"] = out_of_set(predictor, seconds, other_sounds=other_sounds)
    return found
