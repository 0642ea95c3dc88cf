"""Predictions of the models of a comparison for the test clips; writes `predictions.csv`."""

import csv
import math
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like._replacing import replacing
from kapre_like.models.experiment.predict import labels_of
from kapre_like.models.experiment.splitting import Stage

# Results of `worker.run` by model name, one per stage.
Found = dict[str, list[dict[str, Any]]]


def predicted(result: dict[str, Any], task: str) -> list:
    """Returns the predicted labels, scores or texts from the result of a worker."""
    recipe = {"task": task, "class_names": result["class_names"]}
    dtype = object if task == "transcribe" else float
    return labels_of(recipe, np.array(result["output"], dtype))


def aligned(result: dict[str, Any], key: str, names: list[str]) -> np.ndarray:
    """Returns probabilities `(clips, len(names))` from the result of a worker.

    The probability of a class that its fold lacks is 0, because the training clips of a fold
    may lack a class of other folds.

    Args:
        result: The result of `worker.run`.
        key: `"output"` or `"raw_output"`.
        names: All classes in order.
    """
    output = np.asarray(result[key], float)
    shares = np.zeros((len(output), len(names)))
    shares[:, [names.index(name) for name in result["class_names"]]] = output
    return shares


def write_predictions(path: Path, found: Found, stages: list[Stage], task: str) -> None:
    """Writes one row per test clip: path, times, group, fold, true label, and predictions.

    For classes, the column `NAME` contains the label that model NAME predicted,
    `NAME_probability` its probability and `NAME_p_CLASS` the probability of each class. If
    files are split into channels, `channel` is the number of the channel.
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
                channel = [clip.channel] if split else []
                about = [clip.path, *times, *channel, clip.group, stage.name, clip.label]
                writer.writerow([*about, *chain(*(answer[row] for answer in answers))])


def _answers(result: dict[str, Any], task: str, classes: list[str]) -> list[tuple]:
    guesses = predicted(result, task)
    if task == "regress":
        return [(f"{score:.6g}",) for score in guesses]
    if task == "transcribe":
        return [(text,) for text in guesses]
    output = np.array(result["output"])
    place = {name: column for column, name in enumerate(result["class_names"])}
    # A fold may lack a class of other folds.
    shares = [output[:, place[name]] if name in place else 0 * output[:, 0] for name in classes]
    return [
        (label, *(f"{share:.6f}" for share in row))
        for label, *row in zip(guesses, output.max(axis=1), *shares, strict=True)
    ]
