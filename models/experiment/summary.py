"""Combines the results of the workers: metrics over folds, intervals, spread, advice."""

import math
import statistics
from collections import Counter
from itertools import chain
from typing import Any

import numpy as np

from kapre_like.models.artifact.machine import machine, versions
from kapre_like.models.experiment import metrics
from kapre_like.models.experiment.advice import advise, compute_ms
from kapre_like.models.experiment.answers import Found, aligned, predicted
from kapre_like.models.experiment.baselines import Baseline
from kapre_like.models.experiment.cascades import cascades
from kapre_like.models.experiment.clips import Clips
from kapre_like.models.experiment.confidence import confidence_of
from kapre_like.models.experiment.intervals import Judged, judged
from kapre_like.models.experiment.probability_metrics import brier, codes_of, log_loss
from kapre_like.models.experiment.splitting import Stage, class_names
from kapre_like.models.experiment.worst import total_errors, worst


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
        found: Results of the workers by model name, one per stage.
        stages: The stages of the comparison.
        clips: The data set.
        guesses: Predictions of the baselines, per stage.
        task: `"classify"`, `"regress"` or `"transcribe"`.
        margin: As in `compare`.
        seed: Int >= 0, seed of the resamples.
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
    paired = cascades(found, stages, task=task, seed=seed)
    advice["basis"] += [f"A cascade: {pair['text']}." for pair in paired]
    for name, beats in advice.pop("beats_guessing").items():
        models[name]["beats_guessing"] = beats
    result = {
        "format": 2,
        "task": task,
        "metrics": list(metrics.METRICS[task]),
        "models": models,
        "baselines": {
            name: _baseline(name, guesses, stages, against[name], names) for name in against
        },
        "advice": advice,
        "worst": {
            name: worst(results, [predicted(one, task) for one in results], stages, task)
            for name, results in found.items()
        },
        "cascades": paired,
        "intervals_by": next(iter(models_judged.values())).basis._asdict(),
        "data": {**_data(clips, stages, task), "stages": [_stage(stage) for stage in stages]},
        "versions": versions(),
        "machine": machine(),
    }
    if names is not None:
        result["class_names"] = names
    return metrics.for_json(result)


def _judged(task: str, stages: list[Stage], guesses: list[list], seed: int) -> Judged:
    """Returns the metrics of the predictions of all stages together."""
    tests = [stage.test for stage in stages]
    truth = list(chain(*(test["label"] for test in tests)))
    groups = list(chain(*(test["group"] for test in tests)))
    found = judged(task, truth, list(chain(*guesses)), groups, seed=seed)
    if task == "regress" and len(stages) > 1 and all(len(set(part)) == 1 for part in guesses):
        # Constants that differ between folds would only correlate with the fold.
        zero = dict.fromkeys(("pearson", "spearman"), 0.0)
        zeros = {name: np.zeros_like(found.draws[name]) for name in zero}
        return found._replace(
            values={**found.values, **zero},
            draws={**found.draws, **zeros},
            clip_draws={**found.clip_draws, **zeros},
            intervals={**found.intervals, **dict.fromkeys(zero, (0.0, 0.0))},
        )
    return found


def _baseline(
    name: str,
    guesses: list[dict[str, Baseline]],
    stages: list[Stage],
    found: Judged,
    names: list[str] | None,
) -> dict[str, Any]:
    entry = {"metrics": found.values, "intervals": found.intervals}
    if names is not None:
        truth = list(chain(*(stage.test["label"] for stage in stages)))
        shares = np.concatenate([stage[name].output for stage in guesses])
        codes = codes_of(truth, names)
        entry |= {"brier": brier(codes, shares), "log_loss": log_loss(codes, shares)}
    features = [stage[name].feature for stage in guesses if stage[name].feature]
    return {**entry, "feature": Counter(features).most_common(1)[0][0]} if features else entry


def _model(
    results: list[dict[str, Any]],
    stages: list[Stage],
    clips: Clips,
    task: str,
    names: list[str] | None,
    found: Judged,
) -> dict[str, Any]:
    """Returns the entry of one model in `compare.json`."""
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
    if task == "transcribe":
        entry["errors"] = total_errors(chain(*truths), chain(*guesses))
        entry["lattice"] = results[0].get("lattice")
        seconds = _average(results, "seconds_per_clip")
        entry["real_time_factor"] = compute_ms(entry) / 1000 / seconds
    return (
        entry
        | _confidence(results, stages, task, names)
        | {"out_of_set": results[0].get("other")}
    )


def _confidence(
    results: list[dict[str, Any]], stages: list[Stage], task: str, names: list[str] | None
) -> dict[str, Any]:
    """Returns the entries on the confidence of one model, over all stages."""
    dtype = object if task == "transcribe" else float

    def together(key: str) -> np.ndarray:
        return np.concatenate(
            [
                np.asarray(result[key], dtype) if names is None else aligned(result, key, names)
                for result in results
            ]
        )

    return confidence_of(
        list(chain(*(stage.test["label"] for stage in stages))),
        together("output"),
        together("raw_output"),
        names,
        list(chain(*(stage.test["group"] for stage in stages))),
        [result["calibration"] for result in results],
        stages=list(chain(*([i] * len(stage.test) for i, stage in enumerate(stages)))),
    )


def _notes(results: list[dict[str, Any]]) -> list[str]:
    """Returns the notes of a family on its model, without duplicates over the folds."""
    notes = (note for result in results for note in result["settings"].get("notes", []))
    return list(dict.fromkeys(notes))


def _spread(values: list[float]) -> float | None:
    finite = [value for value in values if not math.isnan(value)]
    return statistics.stdev(finite) if len(finite) > 1 else None


def _average(results: list[dict[str, Any]], key: str) -> float:
    return statistics.fmean(result[key] for result in results)


def _latency(results: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Returns medians over the stages, and the mean of `compute_ms`.

    The folds of a cascade send different shares of clips to its heavy part, so their mean
    computing times are averaged.
    """

    def combined(batch: str, key: str) -> float:
        over = statistics.fmean if key == "compute_ms" else statistics.median
        return over(result["latency_ms"][batch][key] for result in results)

    first = results[0]["latency_ms"]
    return {batch: {key: combined(batch, key) for key in first[batch]} for batch in first}


def _importances(results: list[dict[str, Any]]) -> list[tuple[str, float]]:
    """Returns mean feature importances over the stages, in descending order."""
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
            "min": table["duration_s"].min(),
            "median": table["duration_s"].median(),
            "max": table["duration_s"].max(),
        },
        "has_groups": bool(table.attrs["has_groups"]),
        "groups": int(table["group"].nunique()),
        "test_groups": len({name for stage in stages for name in stage.test["group"]}),
        "skipped": clips.skipped,
        "problems": clips.problems,
        "copies": clips.copies,
    }
    if task == "classify":
        counts = table["label"].value_counts()
        return about | {"classes": {name: int(counts[name]) for name in class_names(table)}}
    if task == "transcribe":
        words = [word for text in table["label"] for word in text.split()]
        return about | {"words": len(words), "different_words": len(set(words))}
    scores = table["label"]
    keys = ("min", "mean", "max", "std")
    return about | {"scores": {key: float(getattr(scores, key)()) for key in keys}}


def _stage(stage: Stage) -> dict[str, Any]:
    sizes = {name: len(getattr(stage, name)) for name in stage._fields[1:]}
    groups = {name: int(getattr(stage, name)["group"].nunique()) for name in stage._fields[1:]}
    return {"name": stage.name, **sizes, "groups": groups}
