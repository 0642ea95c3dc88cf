"""Predictions for files, and for the rows of a table."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kapre_like.models.artifact.loading import open_model

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# Clips held in memory and handed to a model at once.
BATCH = 32


def predict(
    model: str | Path | Any, files: list[str | Path], *, on_error: str = "fail"
) -> list[dict[str, Any]]:
    """Predicts the label or the score of sound files.

    Files of any rate, width and number of channels are brought to what the model was trained
    on: mono, its sample rate, its crop.

    Args:
        model: A folder that `train` wrote, a `.keras` file, an exported SavedModel, a
            Wav2Vec2 checkpoint's folder, or what `open_model` returned for one of these.
        files: Paths.
        on_error: `"fail"` raises at the first bad file; with `"skip"` its record holds
            `error` in place of a prediction.

    Returns:
        One record per file, in order: `path`, and `label`, `probability`, `probabilities`
        (by class), or `score`, or `error`. A CTC network gives `text` and `words`, each with
        `word`, `start` and `end` in seconds; one that labels frames gives `segments`, each
        with `label`, `start` and `end`.

    Raises:
        ValueError: For a bad file under `"fail"`, or a path that is no model.
    """
    from kapre_like import _check

    _check.one_of("predict", ["fail", "skip"], on_error=on_error)
    records = []
    for record in predict_each(model, files):
        if "error" in record and on_error == "fail":
            raise ValueError(record["error"])
        records.append(record)
    return records


def predict_each(model: str | Path | Any, files: list[str | Path]) -> Iterator[dict[str, Any]]:
    """Yields one record per file, in order; a bad file's holds `error`, one line."""
    if isinstance(model, str | Path):
        model = open_model(model)
    for first in range(0, len(files), BATCH):
        yield from _batch(model, files[first : first + BATCH])


def predict_table(model: Any, table: "pd.DataFrame") -> "np.ndarray":
    """Returns probabilities `(rows, classes)` or scores `(rows,)` for the rows of a table."""
    import numpy as np

    rows = list(zip(table["path"], table["start_s"], table["end_s"], strict=True))
    parts = []
    for first in range(0, len(rows), BATCH):
        waveforms = [read_clip(model.recipe, *row) for row in rows[first : first + BATCH]]
        parts.append(np.asarray(model.predict(waveforms)))
    return np.concatenate(parts)


def read_clip(
    recipe: dict[str, Any],
    path: str | Path,
    start_s: float | None = None,
    end_s: float | None = None,
) -> "np.ndarray":
    """Reads a clip as the model of a recipe wants it."""
    from kapre_like.audio.decode import read

    return read(
        path,
        sample_rate=recipe["sample_rate"],
        start_s=start_s,
        end_s=end_s,
        seconds=recipe["seconds"],
    )


def labels_of(recipe: dict[str, Any], output: "np.ndarray") -> list:
    """Returns the likeliest class of each row of probabilities, or each score as a float."""
    if recipe["task"] == "regress":
        return [float(score) for score in output]
    return [recipe["class_names"][index] for index in output.argmax(axis=1)]


def _batch(model: Any, files: list[str | Path]) -> list[dict[str, Any]]:
    """Records of some files; only the good ones reach the model, together."""
    records: list[dict[str, Any]] = []
    good, waveforms = [], []
    for file in files:
        record: dict[str, Any] = {"path": str(file)}
        records.append(record)
        try:
            waveforms.append(read_clip(model.recipe, file))
            good.append(record)
        except (ValueError, OSError) as error:
            record["error"] = str(error)
    if good:
        for record, answer in zip(good, _answers(model, waveforms), strict=True):
            record.update(answer)
    return records


def _answers(model: Any, waveforms: list["np.ndarray"]) -> list[dict[str, Any]]:
    if getattr(model, "per_frame", False):
        return model.answers(waveforms)
    return [_answer(model.recipe, row) for row in model.predict(waveforms)]


def _answer(recipe: dict[str, Any], row: Any) -> dict[str, Any]:
    if recipe["task"] == "regress":
        return {"score": float(row)}
    by_class = {
        name: float(share) for name, share in zip(recipe["class_names"], row, strict=True)
    }
    label = max(by_class, key=by_class.__getitem__)
    return {"label": label, "probability": by_class[label], "probabilities": by_class}
