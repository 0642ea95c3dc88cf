"""Learning curves over data size: each model is trained on an eighth, a quarter and half.

All trainings are evaluated on the same test clips. The last point of the curve is the training
on all clips. `extrapolation.py` computes the gain of twice as many clips.
"""

import statistics
from collections.abc import Collection
from typing import Any

import numpy as np

from kapre_like.models.experiment import metrics
from kapre_like.models.experiment.answers import predicted
from kapre_like.models.experiment.budget import budget_note
from kapre_like.models.experiment.extrapolation import MIN_SIZES, N_DRAWS, Doubling, doubling
from kapre_like.models.experiment.splitting import Stage
from kapre_like.models.experiment.subsets import REPEATS, Subset

# Factor and unit of a difference of the main metric.
_WORDS = {
    "classify": (100.0, "points of balanced accuracy"),
    "regress": (1.0, "of Pearson's r"),
    "transcribe": (100.0, "points of word accuracy"),
}


def announcement(planned: list[Subset], models: Collection[str]) -> str:
    """Returns a line for the log with the number of trainings of a learning curve."""
    if not planned:
        return "learning curve: too few training groups for a smaller set"
    whole = sum(subset.share for subset in planned)
    return (
        f"learning curve: {len(planned) * len(models)} more trainings on smaller sets, "
        f"{len(planned)} for each of {len(models)} models; together they take about as long as "
        f"{whole:.1f} trainings of each model on all clips"
    )


def learning_curves(
    found: dict[str, list[dict[str, Any]]],
    smaller: dict[str, list[dict[str, Any]]],
    planned: list[Subset],
    stages: list[Stage],
    *,
    task: str,
    seed: int,
) -> dict[str, dict[str, Any]]:
    """Returns the entry `learning_curve` of `compare.json`.

    Args:
        found: Results on all clips by model, one per stage.
        smaller: Results on the subsets by model, in the order of `planned`.
        planned: The result of `subsets`.
        stages: The result of `splitting.stages`.
        task: `"classify"`, `"regress"` or `"transcribe"`.
        seed: Int >= 0, seed of the bootstrap.

    Returns:
        `{model: {"points": [{"clips", "groups", "values", "mean"}], "doubling": {"gain",
        "interval"} or None, "cut", "text"}}`. `cut` is true if `minutes` shortened a training.
    """
    full = [
        Subset(stage.name, _sizes(planned), 1.0, index, stage)
        for index, stage in enumerate(stages[:REPEATS])
    ]
    runs = [*planned, *full]
    return {
        name: _curve(name, [*smaller[name], *found[name][: len(full)]], runs, task, seed)
        for name in found
    }


def sentence(curves: dict[str, dict[str, Any]], task: str) -> str:
    """Returns one sentence on the gain of twice the recordings for all models, or ""."""
    gains = {name: curve["doubling"] for name, curve in curves.items() if curve["doubling"]}
    if not gains:
        return ""
    first, *others = (
        f"{name} by {_amount(Doubling(**gain), task, long=not number)}"
        for number, (name, gain) in enumerate(gains.items())
    )
    text = f"Doubling the recordings would improve {', '.join([first, *others])}."
    if cut := [name for name in gains if curves[name].get("cut")]:
        names = " and ".join(cut)
        text += f" --minutes shortened trainings of {names}, so this is unreliable for them."
    return text


def _sizes(planned: list[Subset]) -> int:
    return 1 + max((subset.size for subset in planned), default=-1)


def _curve(
    name: str, results: list[dict[str, Any]], runs: list[Subset], task: str, seed: int
) -> dict[str, Any]:
    values: dict[int, list[float]] = {}
    drawn: dict[int, list[np.ndarray]] = {}
    for result, run in zip(results, runs, strict=True):
        value, resampled = _judged(result, run, task, seed)
        values.setdefault(run.size, []).append(value)
        drawn.setdefault(run.size, []).append(resampled)
    points = [
        _point([run.stage for run in runs if run.size == size], values[size])
        for size in sorted(values)
    ]
    gain = doubling(
        [point["clips"] for point in points],
        [point["values"] for point in points],
        [np.mean(drawn[size], axis=0) for size in sorted(drawn)],
        seed=seed,
    )
    entry = None if gain is None else {"gain": gain.gain, "interval": list(gain.interval)}
    cut = any(budget_note(result) for result in results)
    text = _text(name, points, gain, task)
    if cut and gain is not None:
        text += "; --minutes shortened its trainings, so this is unreliable"
    return {"points": points, "doubling": entry, "cut": cut, "text": text}


def _judged(
    result: dict[str, Any], run: Subset, task: str, seed: int
) -> tuple[float, np.ndarray]:
    """Returns the main metric of a training, and its values on resamples of the test groups."""
    guess = predicted(result, task)
    test, main = run.stage.test, metrics.MAIN_METRIC[task]
    truth, groups = list(test["label"]), list(test["group"])
    if len(set(groups)) < 2:
        groups = list(range(len(truth)))
    value = metrics.points(task, truth, guess)[main]
    # All trainings of a stage use the same seed, so their resamples are paired.
    resampled = metrics.draws(
        task, truth, guess, groups=groups, seed=seed + run.index, n_draws=N_DRAWS
    )[main]
    # The undefined correlation of constant predictions counts as 0.
    return float(np.nan_to_num(value)), np.nan_to_num(resampled)


def _point(stages: list[Stage], values: list[float]) -> dict[str, Any]:
    def count(table: str) -> tuple[float, float]:
        tables = [getattr(stage, table) for stage in stages]
        return (
            statistics.fmean(len(each) for each in tables),
            statistics.fmean(each["group"].nunique() for each in tables),
        )

    (train, train_groups), (valid, valid_groups) = count("train"), count("valid")
    return {
        "clips": round(train + valid),
        "groups": round(train_groups + valid_groups),
        "values": values,
        "mean": statistics.fmean(values),
    }


def _text(name: str, points: list[dict[str, Any]], gain: Doubling | None, task: str) -> str:
    now = f"{points[-1]['clips']} clips of {points[-1]['groups']} groups"
    if gain is None:
        return (
            f"{len(points)} sizes of training set are too few to extrapolate the gain of more "
            f"recordings for {name}: {MIN_SIZES} are needed, and the training clips ({now}) do "
            "not allow more. Add groups."
        )
    amount = _amount(gain, task, long=True)
    return f"doubling the recordings ({now}) would improve {name} by {amount}"


def _amount(gain: Doubling, task: str, *, long: bool) -> str:
    """Formats a gain, such as `about 3 points of balanced accuracy (0.5 to 5)`."""
    factor, unit = _WORDS[task]
    shown, low, high = (_rounded(factor * value, task) for value in (gain.gain, *gain.interval))
    unit = f" {unit}" if long else ""
    if float(high) == 0:
        return f"about 0{unit}"
    maybe = ", perhaps nothing" if float(low) == 0 else ""
    return f"about {shown}{unit} ({low} to {high}{maybe})"


def _rounded(value: float, task: str) -> str:
    """Rounds points to halves below 3, other points to integers, correlations to hundredths."""
    if task == "regress":
        return f"{value:.2f}"
    return f"{round(2 * value) / 2:g}" if value < 3 else f"{value:.0f}"
