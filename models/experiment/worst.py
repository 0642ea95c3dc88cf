"""The worst errors of a model on the test clips: where to listen first."""

import math
from typing import Any

import numpy as np

from kapre_like.models.experiment.splitting import Stage

MOST = 10


def worst(
    results: list[dict[str, Any]], guesses: list[list], stages: list[Stage], task: str
) -> list[dict[str, Any]]:
    """Returns the worst errors, the worst first.

    A wrong label is the worse the surer the model was of it; a score, the farther it is off.

    Args:
        results: What the workers returned, one per stage.
        guesses: The predicted labels or scores of each stage.
        stages: The stages.
        task: `"classify"` or `"regress"`.

    Returns:
        At most `MOST` of `path`, `start_s`, `end_s`, `channel`, `group`, `true`, `predicted`,
        and `confidence` (the probability of the predicted label) or `error`.
    """
    found = []
    for stage, result, predicted in zip(stages, results, guesses, strict=True):
        output = np.asarray(result["output"], float)
        for clip, answer, row in zip(stage.test.itertuples(), predicted, output, strict=True):
            if task == "classify":
                how, amount = "confidence", float(row.max()) * (answer != clip.label)
            else:
                how, amount = "error", abs(float(answer) - float(clip.label))
            if amount > 0:
                found.append({**_about(clip), "predicted": answer, how: amount})
    return sorted(found, key=lambda one: -one.get("confidence", one.get("error")))[:MOST]


def _about(clip: Any) -> dict[str, Any]:
    times = {
        name: None if math.isnan(getattr(clip, name)) else float(getattr(clip, name))
        for name in ("start_s", "end_s")
    }
    return {
        "path": clip.path, **times, "channel": clip.channel, "group": clip.group,
        "true": clip.label,
    }  # fmt: skip
