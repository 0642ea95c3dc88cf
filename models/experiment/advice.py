"""Recommends one model of a comparison, in one line.

The weight of a model is the geometric mean of four costs: time to train, time to compute one
clip (without reading the file), peak memory, and size. It does not depend on units, and no
single cost decides. Computing time alone is not enough: on short clips a small network is as
fast as a boosted tree, but takes thirty times as long to train and five times the memory.

Recommended is the lightest model whose main metric (balanced accuracy, or Pearson's r) is
within the margin of the best one. The line then compares it with a heavier or lighter model:
the difference in the metric, its 95 % interval, and the costs. If the interval contains
zero, the line says that the test clips do not tell the two apart.
"""

import math
from typing import Any

import numpy as np

from kapre_like.models.experiment.metrics import MAIN_METRIC, interval


def advise(
    task: str, models: dict[str, dict[str, Any]], drawn: dict[str, np.ndarray], margin: float
) -> dict[str, Any]:
    """Returns the advice on a comparison.

    Args:
        task: `"classify"` or `"regress"`.
        models: By name: `metrics`, `seconds_train`, `latency_ms`.
        drawn: By name: bootstrap samples of the main metric, paired across models.
        margin: Float >= 0, allowed difference of the metric from the best.

    Returns:
        `recommended` (name or None), `best`, `metric`, `margin`, `text` (one line).
    """
    metric = MAIN_METRIC[task]
    score = {name: _number(model["metrics"][metric]) for name, model in models.items()}
    # Of models with equal metrics the lighter one is the best.
    best = max(score, key=lambda name: (score[name], -weight(models[name])))
    answer = {"recommended": None, "best": best, "metric": metric, "margin": margin}
    if score[best] == -math.inf:
        text = f"No advice: no model's predictions have a {_words(metric)}."
        return {**answer, "best": None, "text": text}
    by_weight = sorted(models, key=lambda name: weight(models[name]))
    chosen = next(name for name in by_weight if score[name] >= score[best] - margin)
    other = best if chosen != best else next((n for n in by_weight if n != best), best)
    sentences = [_choice(task, chosen, by_weight, score, best, margin)]
    if other != chosen:
        sentences.append(_trade(task, models, drawn, score, chosen, other))
    return {**answer, "recommended": chosen, "text": " ".join(sentences)}


def _choice(
    task: str,
    chosen: str,
    by_weight: list[str],
    score: dict[str, float],
    best: str,
    margin: float,
) -> str:
    """Sentence that names the model and the reason."""
    value = f"{_words(MAIN_METRIC[task])} {_show(task, score[chosen])}"
    if len(by_weight) == 1:
        return f"{chosen} reaches {value}; name a second model to weigh it against."
    if chosen != best:
        return (
            f"Use {chosen}: it reaches {value}, within {_show_gap(task, margin)} of the best "
            f"({best}, {_show(task, score[best])}), and is lighter."
        )
    if chosen == by_weight[0]:
        return f"Use {chosen}: it is the best ({value}) and the lightest."
    within = _show_gap(task, margin)
    return f"Use {chosen}: it is the best ({value}), and no lighter one comes within {within}."


def _trade(
    task: str,
    models: dict[str, dict[str, Any]],
    drawn: dict[str, np.ndarray],
    score: dict[str, float],
    chosen: str,
    other: str,
) -> str:
    """Sentence on how much better the heavier model is, and what it costs."""
    light, heavy = sorted((chosen, other), key=lambda name: weight(models[name]))
    if score[light] == -math.inf or score[heavy] == -math.inf:
        silent = light if score[light] == -math.inf else heavy
        return f"The predictions of {silent} do not vary."
    gain = score[heavy] - score[light]
    low, high = interval(drawn[heavy] - drawn[light])
    training = models[heavy]["seconds_train"] / max(models[light]["seconds_train"], 1e-9)
    computing = _compute_ms(models[heavy]) / max(_compute_ms(models[light]), 1e-9)
    price = (
        f"{_times(training)} the training time and {_times(computing)} the computing per clip"
    )
    if gain < 0:
        worse = _show_gap(task, -gain, sign=True).lstrip("+")
        return f"{heavy} lies {worse} below {light} at {price}."
    buys = "buys" if heavy == chosen else "would buy"
    sentence = (
        f"{heavy} {buys} {_show_gap(task, gain, sign=True)} over {light} "
        f"(95 % interval {_plain(task, low)} to {_plain(task, high)}) for {price}."
    )
    if low <= 0 <= high:
        sentence += " These test clips do not tell the two apart."
    return sentence


def weight(model: dict[str, Any]) -> float:
    """Returns the geometric mean of a model's costs, for ratios between models."""
    costs = (
        model["seconds_train"],
        _compute_ms(model),
        model["peak_memory_mb"],
        model["model_bytes"],
    )
    return math.exp(math.fsum(math.log(max(cost, 1e-9)) for cost in costs) / len(costs))


def _compute_ms(model: dict[str, Any]) -> float:
    return model["latency_ms"]["batch_1"]["compute_ms"]


def _number(value: float | None) -> float:
    return -math.inf if value is None or math.isnan(value) else value


def _words(metric: str) -> str:
    return {"pearson": "Pearson's r"}.get(metric, metric.replace("_", " "))


def _show(task: str, value: float) -> str:
    return f"{100 * value:.1f} %" if task == "classify" else f"{value:.3f}"


def _plain(task: str, value: float) -> str:
    return f"{100 * value:+.1f}" if task == "classify" else f"{value:+.3f}"


def _show_gap(task: str, value: float, *, sign: bool = False) -> str:
    """A difference in points, or in Pearson's r."""
    number = _plain(task, value) if sign else _plain(task, value).lstrip("+")
    if task == "classify":
        return f"{number} points of balanced accuracy" if sign else f"{number} points"
    return f"{number} of Pearson's r"


def _times(ratio: float) -> str:
    return f"{ratio:.0f}x" if ratio >= 9.5 else f"{ratio:.2g}x"
