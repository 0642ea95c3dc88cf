"""Computes metrics of a trained model on a data set, with confidence intervals."""

import contextlib
from pathlib import Path
from typing import Any, Unpack

from kapre_like._replacing import check_file
from kapre_like.models.artifact.opening import load_predictor
from kapre_like.models.artifact.predictor import TEXT_TASKS
from kapre_like.models.artifact.recipe import write_json
from kapre_like.models.experiment import clips as clip_tables
from kapre_like.models.experiment.calibrating import wanted_of
from kapre_like.models.experiment.clip_rows import select_rows
from kapre_like.models.experiment.clips import Columns, Log
from kapre_like.models.experiment.predict import labels_of
from kapre_like.models.experiment.task_inference import check_same_task
from kapre_like.models.experiment.worst import total_errors


def evaluate(
    model: str | Path,
    data: str | Path,
    *,
    split: str | None = None,
    json: str | Path | None = None,
    channel: str | int | None = None,
    precision: float | None = None,
    recall: float | None = None,
    other_sounds: str | Path | None = None,
    decoder: Any | None = None,
    on_error: str = "fail",
    log: Log = clip_tables.silent,
    **columns: Unpack[Columns],
) -> dict[str, Any]:
    """Computes the metrics of a trained model on the test rows of a data set, or on all rows.

    Args:
        model: A model as `kapre_like.load_predictor` takes it: a folder that `train` wrote, a
            `.keras` file, an exported SavedModel, LiteRT or ONNX file.
        data: A folder of class folders, or a manifest.
        split: `"test"` or `"all"`. `None`: `"test"` if there is a split column, else
            `"all"`.
        json: A file to write the result to.
        channel: As in `train`; `None` is the channel of the training.
        precision: Float in (0, 1], target precision of the confident answers of each class.
            Confidence thresholds for it are chosen on these clips.
        recall: Float in (0, 1], target recall of the confident answers of each class, in place
            of `precision`.
        other_sounds: A folder of sound files that belong to none of the classes; see
            `out_of_set`.
        decoder: As in `predict`, for models that output text.
        on_error: `"fail"` or `"skip"`, for bad and damaged files, as in `train`.
        log: Called with one line at a time. One line contains the number of these clips that
            the model was trained on. Clips are recognized by their samples, whatever the name,
            container or lossless format of the file, but not after lossy compression (MP3).
        **columns: Columns of the manifest. The defaults are those of the training, if the
            data have them.

    Returns:
        `accuracy`, `balanced_accuracy`, `macro_f1`, or `mae`, `rmse`, `pearson`, `spearman`
        (`None` if undefined, such as the correlation of a constant), or for texts `wer`, `cer`,
        `word_accuracy`, `words`, `substitutions`, `deletions`, `insertions`; `n`; `intervals`
        (95 %, by metric); `n_trained_on`, `n_validated_on`, `unknown_labels`, `skipped`,
        `problems`, `split`; for classes `class_names`, `confusion` (rows are true classes); the
        entries of `confidence_of`, such as `per_class`; and `out_of_set` if `other_sounds` is
        given.
    """
    from kapre_like import _check
    from kapre_like.models.experiment import metrics
    from kapre_like.models.experiment.evaluated_confidence import (
        evaluated_confidence,
        predicted_twice,
    )

    if split is not None:
        _check.one_of("evaluate", ["test", "all"], split=split)
    # Without a target the thresholds of the model are used.
    wanted = wanted_of(precision, recall) if (precision or recall) is not None else {}
    if json is not None:
        check_file(Path(json))
    predictor = load_predictor(model)
    if decoder is not None:
        predictor.read_with(decoder)
    recipe = predictor.recipe
    if recipe["task"] in TEXT_TASKS:
        recipe = {**recipe, "task": "transcribe"}
    if recipe["task"] not in metrics.METRICS:
        raise ValueError(
            f"{model}: its head {recipe['task']!r} predicts no label, score or text of a clip. "
            "Print its output with kapre-like predict."
        )
    if recipe.get("multi_label") or (recipe["task"] == "regress" and recipe["class_names"]):
        raise ValueError(
            f"{model}: predicts several labels or scores of a clip, {recipe['class_names']}, "
            "but evaluate supports one. Print its output with kapre-like predict."
        )
    if channel is not None:
        recipe = {**recipe, "channel": clip_tables.checked_channel(channel)}
    clips, split = _read(data, split, recipe, on_error, log, columns)
    overlap = _overlap_with_training(clips.table, recipe, log)
    table = clips.table
    output, raw = predicted_twice(predictor, table, log)
    result = compute_metrics(recipe, list(table["label"]), output, list(table["group"]))
    _warn_of_unknown(result, log)
    result |= metrics.for_json(
        evaluated_confidence(
            predictor, table, output, raw, wanted=wanted, other_sounds=other_sounds
        )
    )
    result |= {**overlap, "skipped": clips.skipped, "problems": clips.problems, "split": split}
    if json is not None:
        write_json(Path(json), result)
    return result


def compute_metrics(
    recipe: dict[str, Any], truth: list, output: Any, groups: list | None = None
) -> dict[str, Any]:
    """Returns metrics, intervals over groups and the confusion matrix as JSON values."""
    from kapre_like.models.experiment import metrics
    from kapre_like.models.experiment.intervals import judged

    task, predicted = recipe["task"], labels_of(recipe, output)
    found = judged(task, truth, predicted, groups)
    result = {
        **found.values,
        "n": len(truth),
        "intervals": found.intervals,
        "intervals_by": found.basis._asdict(),
        "unknown_labels": [],
    }
    if task == "transcribe":
        result |= total_errors(truth, predicted)
    if task == "classify":
        unknown = sorted(set(truth) - set(recipe["class_names"]))
        names = [*recipe["class_names"], *unknown]
        result |= {
            "unknown_labels": unknown,
            "class_names": names,
            "confusion": metrics.confusion(truth, predicted, names),
        }
    return metrics.for_json(result)


def _read(
    data: str | Path,
    split: str | None,
    recipe: dict[str, Any],
    on_error: str,
    log: Log,
    columns: Columns,
) -> tuple[clip_tables.Clips, str]:
    """Returns the clips to evaluate on, and the name of their split."""
    if split == "all":
        # Without a split column every row is read.
        columns = {**columns, "split_column": "none"}
    _check_labels(data, recipe, columns)
    table = _table(data, recipe, columns)
    has_splits = table.attrs["has_splits"]
    split = split or ("test" if has_splits else "all")
    if split == "test":
        table = select_rows(table, (table["split"] == "test").to_numpy())
    if table.empty:
        problem = "no row has the split test" if has_splits else "there is no split column"
        fix = (
            "Name its value with --test-split" if has_splits else "Name it with --split-column"
        )
        raise ValueError(f"{data}: {problem}. {fix}, or evaluate every row: --split all")
    clips = clip_tables.decode_all(
        table,
        sample_rate=recipe["sample_rate"],
        on_error=on_error,
        channel=recipe.get("channel", "mix"),
        log=log,
    )
    return clips, split


def _check_labels(data: str | Path, recipe: dict[str, Any], columns: Columns) -> None:
    """Raises an error for labels of another task, before any sound is read."""
    from kapre_like.audio.manifest import read_labels

    column = columns.get("label_column")
    trained = recipe.get("columns", {}).get("label_column")
    for name in dict.fromkeys(filter(None, (column or trained, column or "label"))):
        try:
            labels = read_labels(data, label_column=name, split_column="none").texts
        except ValueError:
            continue  # `_table` raises the error
        try:
            check_same_task(recipe, labels)
        except ValueError as error:
            raise ValueError(f"{data}: {error}") from None
        return


def _table(data: str | Path, recipe: dict[str, Any], columns: Columns) -> Any:
    """Reads the data with the given columns; others default to those of the training."""
    from kapre_like.audio.manifest import read_dataset

    given = {name: value for name, value in columns.items() if value is not None}
    trained_with = {k: v for k, v in recipe.get("columns", {}).items() if v is not None}
    both = {**trained_with, **given}
    if given.get("split_column") == "none":
        for words in (given, both):
            words.pop("test_split", None)
    if both != given:
        # If the data lack the columns of the training, use the defaults.
        with contextlib.suppress(ValueError):
            return read_dataset(data, task=recipe["task"], min_classes=1, **both)
    return read_dataset(data, task=recipe["task"], min_classes=1, **given)


def _overlap_with_training(
    table: Any, recipe: dict[str, Any], log: Log
) -> dict[str, int | None]:
    """Counts the clips that were training or validation clips; `None` if unknown."""
    if "trained_on" not in recipe:
        log("the model does not store which clips it was trained on")
        return {"n_trained_on": None, "n_validated_on": None}
    counts = {}
    for key, verb in (("trained_on", "trained on"), ("validated_on", "validated on")):
        known = recipe.get(key, {})
        same_file = table["digest"].isin(known.get("digests", []))
        # The content digest of silence is "", which identifies nothing.
        same_sound = table["content"].isin(set(known.get("contents", [])) - {""})
        n = counts[f"n_{key}"] = int((same_file | same_sound).sum())
        if key == "trained_on" or n:
            log(f"the model was {verb} {n} of these {len(table)} clips")
    return counts


def _warn_of_unknown(result: dict[str, Any], log: Log) -> None:
    if result["unknown_labels"]:
        listed = ", ".join(result["unknown_labels"][:10])
        log(f"labels that are not classes of the model count as errors: {listed}")
