"""Combines the results of the workers: metrics over folds, intervals, spread, advice."""

import csv
import math
import statistics
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like._replacing import replacing
from kapre_like.models.artifact.machine import machine, versions
from kapre_like.models.experiment import metrics
from kapre_like.models.experiment.advice import advise
from kapre_like.models.experiment.baselines import Baseline
from kapre_like.models.experiment.cascades import cascades
from kapre_like.models.experiment.clips import Clips, Stage, class_names
from kapre_like.models.experiment.intervals import Judged, judged
from kapre_like.models.experiment.predict import labels_of

# By model name: what `worker.run` returned, one entry per stage.
Found = dict[str, list[dict[str, Any]]]


def summarize(
    found: Found,
    stages: list[Stage],
    clips: Clips,
    guesses: list[dict[str, Baseline]],
    *,
    task: str,
    margin: float,
    seed: int,
) -> dict[str, Any]:
    """Returns the result of a comparison as JSON values; see `compare`.

    A metric is computed on the test clips of all stages together, so that its interval can
    resample groups over all folds. A correlation counts as 0 if the predictions are constant
    within every fold.

    Args:
        found: What the workers returned.
        stages: The clips of each stage.
        clips: The data.
        guesses: Per stage, the predictions of the baselines.
        task: `"classify"` or `"regress"`.
        margin: As in `compare`.
        seed: Int >= 0, of the resamples.
    """
    names = class_names(clips.table) if task == "classify" else None
    models_judged = {
        name: _judged(task, stages, [predicted(one, task) for one in results], seed)
        for name, results in found.items()
    }
    against = {
        name: _judged(task, stages, [stage[name].predicted for stage in guesses], seed)
        for name in guesses[0]
    }
    models = {
        name: _model(results, stages, clips, task, names, models_judged[name])
        for name, results in found.items()
    }
    advice = advise(task, models, models_judged, against, margin)
    for name, beats in advice.pop("beats_guessing").items():
        models[name]["beats_guessing"] = beats
    result = {
        "format": 2,
        "task": task,
        "metrics": list(metrics.METRICS[task]),
        "models": models,
        "baselines": {name: _baseline(name, guesses, against[name]) for name in against},
        "advice": advice,
        "cascades": cascades(found, stages, task=task, seed=seed),
        "intervals_by": next(iter(models_judged.values())).basis._asdict(),
        "data": {**_data(clips, stages, task), "stages": [_stage(stage) for stage in stages]},
        "versions": versions(),
        "machine": machine(),
    }
    if names is not None:
        result["class_names"] = names
    return metrics.for_json(result)


def _judged(task: str, stages: list[Stage], guesses: list[list], seed: int) -> Judged:
    """The predictions of all stages, judged together."""
    tests = [stage.test for stage in stages]
    truth = list(chain(*(test["label"] for test in tests)))
    groups = list(chain(*(test["group"] for test in tests)))
    found = judged(task, truth, list(chain(*guesses)), groups, seed=seed)
    if task == "regress" and len(stages) > 1 and all(len(set(part)) == 1 for part in guesses):
        # Constants that differ between folds would correlate with nothing but the folds.
        still = dict.fromkeys(("pearson", "spearman"), 0.0)
        none = {name: np.zeros_like(found.draws[name]) for name in still}
        return found._replace(
            values={**found.values, **still},
            draws={**found.draws, **none},
            clip_draws={**found.clip_draws, **none},
            intervals={**found.intervals, **dict.fromkeys(still, (0.0, 0.0))},
        )
    return found


def _baseline(name: str, guesses: list[dict[str, Baseline]], found: Judged) -> dict[str, Any]:
    features = [stage[name].feature for stage in guesses if stage[name].feature]
    entry = {"metrics": found.values, "intervals": found.intervals}
    return {**entry, "feature": Counter(features).most_common(1)[0][0]} if features else entry


def _model(
    results: list[dict[str, Any]],
    stages: list[Stage],
    clips: Clips,
    task: str,
    names: list[str] | None,
    found: Judged,
) -> dict[str, Any]:
    """Returns one model's entry."""
    truths = [list(stage.test["label"]) for stage in stages]
    guesses = [predicted(result, task) for result in results]
    each = [metrics.points(task, *pair) for pair in zip(truths, guesses, strict=True)]
    entry = {
        "family": results[0]["family"],
        "metrics": found.values,
        "intervals": found.intervals,
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
    return entry


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

    For classes, `NAME` is the label, `NAME_probability` its probability and `NAME_p_CLASS` that
    of each class. Where one channel of a file is heard, `channel` is its number.
    """
    split = any((stage.test["channel"] != "mix").any() for stage in stages)
    times_of = ["start_s", "end_s", *(["channel"] if split else [])]
    header = ["path", *times_of, "group", "fold", "true"]
    classes = list(
        dict.fromkeys(chain(*(r["class_names"] or [] for r in chain(*found.values()))))
    )
    for name in found:
        header += [name, f"{name}_probability"] if task == "classify" else [name]
        header += [f"{name}_p_{label}" for label in classes]
    with (
        replacing(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(header)
        for index, stage in enumerate(stages):
            answers = [_answers(results[index], task, classes) for results in found.values()]
            for row, clip in enumerate(stage.test.itertuples()):
                times = ["" if math.isnan(t) else t for t in (clip.start_s, clip.end_s)]
                heard = [clip.channel] if split else []
                about = [clip.path, *times, *heard, clip.group, stage.name, clip.label]
                writer.writerow([*about, *chain(*(answer[row] for answer in answers))])


def _answers(result: dict[str, Any], task: str, classes: list[str]) -> list[tuple]:
    guesses = predicted(result, task)
    if task == "regress":
        return [(f"{score:.6g}",) for score in guesses]
    output = np.array(result["output"])
    place = {name: column for column, name in enumerate(result["class_names"])}
    # A fold may lack a class of the others.
    shares = [output[:, place[name]] if name in place else 0 * output[:, 0] for name in classes]
    return [
        (label, *(f"{share:.6f}" for share in row))
        for label, *row in zip(guesses, output.max(axis=1), *shares, strict=True)
    ]


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


def _data(clips: Clips, stages: list[Stage], task: str) -> dict[str, Any]:
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
        "test_groups": len({name for stage in stages for name in stage.test["group"]}),
        "skipped": clips.skipped,
        "problems": clips.problems,
    }
    if task == "classify":
        counts = table["label"].value_counts()
        return about | {"classes": {name: int(counts[name]) for name in class_names(table)}}
    scores = table["label"]
    keys = ("min", "mean", "max", "std")
    return about | {"scores": {key: float(getattr(scores, key)()) for key in keys}}


def _stage(stage: Stage) -> dict[str, Any]:
    sizes = {name: len(getattr(stage, name)) for name in stage._fields[1:]}
    groups = {name: int(getattr(stage, name)["group"].nunique()) for name in stage._fields[1:]}
    return {"name": stage.name, **sizes, "groups": groups}
