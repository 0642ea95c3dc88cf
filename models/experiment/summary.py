"""Combines the results of the workers: means over folds, intervals, spread, advice."""

import csv
import math
import statistics
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like._replacing import replacing
from kapre_like.models.artifact.machine import machine, versions
from kapre_like.models.experiment import metrics
from kapre_like.models.experiment.advice import advise
from kapre_like.models.experiment.clips import Clips, Stage, class_names
from kapre_like.models.experiment.predict import labels_of

# By model name: what `worker.run` returned, one entry per stage.
Found = dict[str, list[dict[str, Any]]]


def summarize(
    found: Found, stages: list[Stage], clips: Clips, *, task: str, margin: float, seed: int
) -> dict[str, Any]:
    """Returns the result of a comparison as JSON values; see `compare`.

    A metric is the mean over the stages. An undefined correlation counts as 0 if the
    predictions are constant, and is excluded if the true scores are constant.
    """
    names = class_names(clips.table) if task == "classify" else None
    models, drawn = {}, {}
    for name, results in found.items():
        models[name], all_draws = _model(results, stages, clips, task, names, seed)
        drawn[name] = all_draws[metrics.MAIN_METRIC[task]]
    result = {
        "format": 1,
        "task": task,
        "metrics": list(metrics.METRICS[task]),
        "models": models,
        "advice": advise(task, models, drawn, margin),
        "data": {
            **_data(clips, task),
            "test_groups": _test_groups(stages),
            "stages": [_stage(stage) for stage in stages],
        },
        "versions": versions(),
        "machine": machine(),
    }
    if names is not None:
        result["class_names"] = names
    return metrics.for_json(result)


def _model(
    results: list[dict[str, Any]],
    stages: list[Stage],
    clips: Clips,
    task: str,
    names: list[str] | None,
    seed: int,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Returns one model's entry and its bootstrap samples, averaged over the stages."""
    truths = [list(stage.test["label"]) for stage in stages]
    guesses = [predicted(result, task) for result in results]
    each = [metrics.points(task, *pair) for pair in zip(truths, guesses, strict=True)]
    drawn = [
        metrics.draws(task, truth, guess, seed=seed + index)
        for index, (truth, guess) in enumerate(zip(truths, guesses, strict=True))
    ]
    varies = [len(set(truth)) > 1 for truth in truths]
    means = {key: _mean(np.array([[point[key]] for point in each]), varies) for key in each[0]}
    draws = {key: _mean(np.array([part[key] for part in drawn]), varies) for key in each[0]}
    entry = {
        "metrics": {key: float(value[0]) for key, value in means.items()},
        "intervals": {key: metrics.interval(value) for key, value in draws.items()},
        "spread": {key: _spread([point[key] for point in each]) for key in each[0]}
        if len(stages) > 1
        else None,
        "folds": [
            {
                "name": stage.name,
                "n": len(stage.test),
                **point,
                "seconds_train": result["seconds_train"],
            }
            for stage, point, result in zip(stages, each, results, strict=True)
        ],
        "seconds_read": clips.seconds_read,
        "seconds_train": _average(results, "seconds_train"),
        "latency_ms": _latency(results),
        "peak_memory_mb": max(result["peak_memory_mb"] for result in results),
        "model_bytes": _average(results, "model_bytes"),
        "n_parameters": round(_average(results, "n_parameters")),
        "histories": [result["history"] for result in results],
        "importances": _importances(results),
        "settings": results[0]["settings"],
        "notes": _notes(results),
    }
    if task == "classify":
        truth, guess = list(chain(*truths)), list(chain(*guesses))
        entry["confusion"] = metrics.confusion(truth, guess, names)
    return entry, draws


def _notes(results: list[dict[str, Any]]) -> list[str]:
    """Returns the notes of a family on its model, without duplicates over the folds."""
    said = (note for result in results for note in result["settings"].get("notes", []))
    return list(dict.fromkeys(said))


def predicted(result: dict[str, Any], task: str) -> list:
    """Returns the predicted labels or scores of a worker's output."""
    recipe = {"task": task, "class_names": result["class_names"]}
    return labels_of(recipe, np.array(result["output"], float))


def write_predictions(path: Path, found: Found, stages: list[Stage], task: str) -> None:
    """Writes one row per test clip: path, times, group, fold, truth, and each model's answer.

    For classes, `NAME` is the label and `NAME_probability` its probability. Where one channel
    of a file is heard, `channel` is its number.
    """
    split = any((stage.test["channel"] != "mix").any() for stage in stages)
    times_of = ["start_s", "end_s", *(["channel"] if split else [])]
    header = ["path", *times_of, "group", "fold", "true"]
    for name in found:
        header += [name, f"{name}_probability"] if task == "classify" else [name]
    with (
        replacing(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(header)
        for index, stage in enumerate(stages):
            answers = [_answers(results[index], task) for results in found.values()]
            for row, clip in enumerate(stage.test.itertuples()):
                times = ["" if math.isnan(t) else t for t in (clip.start_s, clip.end_s)]
                heard = [clip.channel] if split else []
                about = [clip.path, *times, *heard, clip.group, stage.name, clip.label]
                writer.writerow([*about, *chain(*(answer[row] for answer in answers))])


def _answers(result: dict[str, Any], task: str) -> list[tuple]:
    guesses = predicted(result, task)
    if task == "regress":
        return [(f"{score:.6g}",) for score in guesses]
    best = np.array(result["output"]).max(axis=1)
    return [(label, f"{share:.6f}") for label, share in zip(guesses, best, strict=True)]


def _mean(values: np.ndarray, varies: list[bool]) -> np.ndarray:
    """Mean over stages `(stages, draws)` by the rule of `summarize`; NaN if none counts."""
    counted = np.where(np.isnan(values) & np.array(varies)[:, None], 0.0, values)
    defined = ~np.isnan(counted)
    total = np.where(defined, counted, 0.0).sum(axis=0)
    # With a single stage an undefined metric stays undefined.
    if len(values) == 1:
        return values[0]
    n = defined.sum(axis=0)
    return np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0)


def _spread(values: list[float]) -> float | None:
    finite = [value for value in values if not math.isnan(value)]
    return statistics.stdev(finite) if len(finite) > 1 else None


def _average(results: list[dict[str, Any]], key: str) -> float:
    return statistics.fmean(result[key] for result in results)


def _latency(results: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Medians over the stages."""
    first = results[0]["latency_ms"]
    return {
        batch: {
            key: statistics.median(result["latency_ms"][batch][key] for result in results)
            for key in first[batch]
        }
        for batch in first
    }


def _importances(results: list[dict[str, Any]]) -> list[tuple[str, float]]:
    """Means over the stages, greatest first."""
    total: dict[str, float] = {}
    for result in results:
        for name, value in result["importances"]:
            total[name] = total.get(name, 0.0) + value / len(results)
    return sorted(total.items(), key=lambda item: -item[1])


def _data(clips: Clips, task: str) -> dict[str, Any]:
    table = clips.table
    about = {
        "clips": len(table),
        "hours": table["duration_s"].sum() / 3600,
        "duration_s": {
            "least": table["duration_s"].min(),
            "median": table["duration_s"].median(),
            "most": table["duration_s"].max(),
        },
        "has_groups": bool(table.attrs["has_groups"]),
        "groups": int(table["group"].nunique()),
        "skipped": clips.skipped,
        "problems": clips.problems,
        "copies": clips.copies,
    }
    if task == "classify":
        counts = table["label"].value_counts()
        return about | {"classes": {name: int(counts[name]) for name in class_names(table)}}
    scores = table["label"]
    keys = ("min", "mean", "max", "std")
    return about | {"scores": {key: float(getattr(scores, key)()) for key in keys}}


def _test_groups(stages: list[Stage]) -> int:
    return len({group for stage in stages for group in stage.test["group"]})


def _stage(stage: Stage) -> dict[str, Any]:
    sizes = {name: len(getattr(stage, name)) for name in stage._fields[1:]}
    groups = {name: int(getattr(stage, name)["group"].nunique()) for name in stage._fields[1:]}
    return {"name": stage.name, **sizes, "groups": groups}
