"""The answers of the models of a comparison for the test clips, and the file of them."""

import csv
import math
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like._replacing import replacing
from kapre_like.models.experiment.predict import labels_of
from kapre_like.models.experiment.splitting import Stage

# By model name: what `worker.run` returned, one entry per stage.
Found = dict[str, list[dict[str, Any]]]


def predicted(result: dict[str, Any], task: str) -> list:
    """Returns the predicted labels, scores or texts of a worker's output."""
    recipe = {"task": task, "class_names": result["class_names"]}
    dtype = object if task == "transcribe" else float
    return labels_of(recipe, np.array(result["output"], dtype))


def aligned(result: dict[str, Any], key: str, names: list[str]) -> np.ndarray:
    """Returns probabilities of a worker `(clips, len(names))`, with 0 for classes it lacks.

    The training clips of a fold may lack a class of the others.

    Args:
        result: What `worker.run` returned.
        key: `"output"` or `"raw_output"`.
        names: All classes in order.
    """
    output = np.asarray(result[key], float)
    shares = np.zeros((len(output), len(names)))
    shares[:, [names.index(name) for name in result["class_names"]]] = output
    return shares


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
    if task == "transcribe":
        return [(text,) for text in guesses]
    output = np.array(result["output"])
    place = {name: column for column, name in enumerate(result["class_names"])}
    # A fold may lack a class of the others.
    shares = [output[:, place[name]] if name in place else 0 * output[:, 0] for name in classes]
    return [
        (label, *(f"{share:.6f}" for share in row))
        for label, *row in zip(guesses, output.max(axis=1), *shares, strict=True)
    ]
