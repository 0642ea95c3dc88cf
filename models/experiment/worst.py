"""The worst errors of a model on the test clips: where to listen first."""

import math
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

import numpy as np

from kapre_like.models.experiment.splitting import Stage

MOST = 10


def worst(
    results: list[dict[str, Any]], guesses: list[list], stages: list[Stage], task: str
) -> list[dict[str, Any]]:
    """Returns the worst errors, the worst first.

    A wrong label is the worse the surer the model was of it; a score, the farther it is off; a
    text, the more words of it are wrong.

    Args:
        results: What the workers returned, one per stage.
        guesses: The predicted labels, scores or texts of each stage.
        stages: The stages.
        task: As in `metrics.points`.

    Returns:
        At most `MOST` of `path`, `start_s`, `end_s`, `channel`, `group`, `true`, `predicted`,
        and `confidence` (the probability of the predicted label), `error`, or `wrong_words`
            with the `alignment` of the two texts.
    """
    found = []
    for stage, result, predicted in zip(stages, results, guesses, strict=True):
        rows = zip(stage.test.itertuples(), predicted, result["output"], strict=True)
        for clip, answer, row in rows:
            how, amount = _wrong(task, clip.label, answer, row)
            if amount > 0:
                found.append((amount, {**_about(clip), "predicted": answer, how: amount}))
    chosen = [one for _, one in sorted(found, key=lambda pair: -pair[0])[:MOST]]
    return [_aligned(one) for one in chosen] if task == "transcribe" else chosen


def _wrong(task: str, truth: Any, answer: Any, row: Any) -> tuple[str, float]:
    """What makes an answer wrong, and how wrong it is; 0 if it is right."""
    if task == "classify":
        return "confidence", float(np.max(row)) * (answer != truth)
    if task == "regress":
        return "error", abs(float(answer) - float(truth))
    from kapre_like.models.text.measures import errors
    from kapre_like.models.text.normalization import TextRule

    return "wrong_words", errors(*map(TextRule(), (truth, answer))).word_errors


def total_errors(truth: Iterable[str], said: Iterable[str]) -> dict[str, int]:
    """Returns `words`, and of them `substitutions`, `deletions` and `insertions`, in all."""
    from kapre_like.models.text.measures import Errors, errors
    from kapre_like.models.text.normalization import TextRule

    pairs = zip(map(TextRule(), truth), map(TextRule(), said), strict=True)
    found = sum((errors(*pair) for pair in pairs), Errors())
    names = ("words", "substitutions", "deletions", "insertions")
    return {name: getattr(found, name) for name in names}


def _aligned(one: dict[str, Any]) -> dict[str, Any]:
    """Adds how the two texts match, word by word."""
    from kapre_like.models.text.measures import alignment
    from kapre_like.models.text.normalization import TextRule

    chunks = alignment(*map(TextRule(), (one["true"], one["predicted"])))
    words = [
        (kind, *pair)
        for kind, true, heard in chunks
        for pair in zip_longest(true.split(), heard.split(), fillvalue="")
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
