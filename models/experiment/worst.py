"""Finds the worst errors of a model on the test clips."""

import math
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

import numpy as np

from kapre_like.models.experiment.splitting import Stage

MAX_ERRORS = 10


def worst(
    results: list[dict[str, Any]], guesses: list[list], stages: list[Stage], task: str
) -> list[dict[str, Any]]:
    """Returns the worst errors in descending order.

    Wrong labels are ordered by confidence, scores by absolute error, texts by the number of
    wrong words.

    Args:
        results: Results of the workers, one per stage.
        guesses: The predicted labels, scores or texts of each stage.
        stages: The stages.
        task: As in `metrics.points`.

    Returns:
        At most `MAX_ERRORS` dicts of `path`, `start_s`, `end_s`, `channel`, `group`, `true`,
        `predicted`; and `confidence` (probability of the predicted label), `error`, or
        `wrong_words` with the `alignment` of the two texts.
    """
    found = []
    for stage, result, predicted in zip(stages, results, guesses, strict=True):
        rows = zip(stage.test.itertuples(), predicted, result["output"], strict=True)
        for clip, answer, row in rows:
            how, amount = _wrong(task, clip.label, answer, row)
            if amount > 0:
                found.append((amount, {**_about(clip), "predicted": answer, how: amount}))
    chosen = [one for _, one in sorted(found, key=lambda pair: -pair[0])[:MAX_ERRORS]]
    return [_aligned(one) for one in chosen] if task == "transcribe" else chosen


def _wrong(task: str, truth: Any, answer: Any, row: Any) -> tuple[str, float]:
    """Returns name and size of the error of a prediction. The size is 0 if it is right."""
    if task == "classify":
        return "confidence", float(np.max(row)) * (answer != truth)
    if task == "regress":
        return "error", abs(float(answer) - float(truth))
    from kapre_like.models.text.measures import errors
    from kapre_like.models.text.normalization import TextRule

    return "wrong_words", errors(*map(TextRule(), (truth, answer))).word_errors


def total_errors(truth: Iterable[str], predicted: Iterable[str]) -> dict[str, int]:
    """Returns total counts: true `words`, `substitutions`, `deletions` and `insertions`."""
    from kapre_like.models.text.measures import Errors, errors
    from kapre_like.models.text.normalization import TextRule

    pairs = zip(map(TextRule(), truth), map(TextRule(), predicted), strict=True)
    found = sum((errors(*pair) for pair in pairs), Errors())
    names = ("words", "substitutions", "deletions", "insertions")
    return {name: getattr(found, name) for name in names}


def _aligned(one: dict[str, Any]) -> dict[str, Any]:
    """Adds the alignment of the two texts: kind, true word and predicted word."""
    from kapre_like.models.text.measures import alignment
    from kapre_like.models.text.normalization import TextRule

    chunks = alignment(*map(TextRule(), (one["true"], one["predicted"])))
    words = [
        (kind, *pair)
        for kind, true, predicted in chunks
        for pair in zip_longest(true.split(), predicted.split(), fillvalue="")
    ]
    return {**one, "alignment": words}


def _about(clip: Any) -> dict[str, Any]:
    times = {
        name: None if math.isnan(getattr(clip, name)) else float(getattr(clip, name))
        for name in ("start_s", "end_s")
    }
    return {
        "path": clip.path, **times, "channel": clip.channel, "group": clip.group,
        "true": clip.label,
    }  # fmt: skip
