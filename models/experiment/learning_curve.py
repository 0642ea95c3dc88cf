"""The learning curve over data size: each model, trained on an eighth, a quarter and half.

All trainings are judged on the same test clips. The last point of the curve is the comparison
itself. `extrapolation.py` says what twice the clips would bring.
"""

import statistics
from collections.abc import Collection
from typing import Any

import numpy as np

from kapre_like.models.experiment import metrics
from kapre_like.models.experiment.budget import unfitted
from kapre_like.models.experiment.extrapolation import LEAST_SIZES, N_DRAWS, Doubling, doubling
from kapre_like.models.experiment.predict import labels_of
from kapre_like.models.experiment.splitting import Stage
from kapre_like.models.experiment.subsets import REPEATS, Subset

# How a difference of the main metric is read: its factor, and its name.
_WORDS = {
    "classify": (100.0, "points of balanced accuracy"),
    "regress": (1.0, "of Pearson's r"),
    "transcribe": (100.0, "points of word accuracy"),
}


def announcement(planned: list[Subset], models: Collection[str]) -> str:
    """Returns the line that says how many trainings a learning curve takes."""
    if not planned:
        return "learning curve: too few training groups for a smaller set; none is drawn"
    whole = sum(subset.share for subset in planned)
    return (
        f"learning curve: {len(planned) * len(models)} more trainings, {len(planned)} for each "
        f"of {len(models)} models on smaller sets, which together take about as long as "
        f"{whole:.1f} trainings of each on all clips"
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
        found: By model the results on all clips, one per stage.
        smaller: By model the results of `planned`, in the same order.
        planned: As from `subsets`.
        stages: As from `splitting.stages`.
        task: `"classify"` or `"regress"`.
        seed: Int >= 0, of the bootstrap.

    Returns:
        `{model: {"points": [{"clips", "groups", "values", "mean"}], "doubling": {"gain",
        "interval"} or None, "cut", "text"}}`. `cut` tells whether the minutes ended trainings.
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
    """Returns one sentence on what twice the recordings would bring to all models, or ""."""
    told = {name: curve["doubling"] for name, curve in curves.items() if curve["doubling"]}
    if not told:
        return ""
    first, *others = (
        f"{name} by {_amount(Doubling(**gain), task, long=not number)}"
        for number, (name, gain) in enumerate(told.items())
    )
    said = f"Doubling the recordings would help {', '.join([first, *others])}."
    if cut := [name for name in told if curves[name].get("cut")]:
        names = " and ".join(cut)
        said += f" The minutes cut the trainings of {names}, so of these it says little."
    return said


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
    told = None if gain is None else {"gain": gain.gain, "interval": list(gain.interval)}
    cut = any(unfitted(result) for result in results)
    text = _text(name, points, gain, task)
    if cut and gain is not None:
        text += "; the minutes cut its trainings, so this says little"
    return {"points": points, "doubling": told, "cut": cut, "text": text}


def _judged(
    result: dict[str, Any], run: Subset, task: str, seed: int
) -> tuple[float, np.ndarray]:
    """Returns the main metric of a training, and the same on resamples of the test groups."""
    recipe = {"task": task, "class_names": result["class_names"]}
    guess = labels_of(recipe, np.array(result["output"], float))
    test, main = run.stage.test, metrics.MAIN_METRIC[task]
    truth, groups = list(test["label"]), list(test["group"])
    if len(set(groups)) < 2:
        groups = list(range(len(truth)))
    value = metrics.points(task, truth, guess)[main]
    # The same seed for all trainings of a stage: their differences are paired.
    resampled = metrics.draws(
        task, truth, guess, groups=groups, seed=seed + run.index, n_draws=N_DRAWS
    )[main]
    # No correlation of constant predictions counts as 0.
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
            f"{len(points)} sizes of training set are too few to say what more recordings "
            f"would bring to {name}: the training clips ({now}) allow no more, and it takes "
            f"{LEAST_SIZES}. Add groups."
        )
    amount = _amount(gain, task, long=True)
    return f"doubling the recordings ({now}) would help {name} by {amount}"


def _amount(gain: Doubling, task: str, *, long: bool) -> str:
    """Such as `about 3 points of balanced accuracy (0.5 to 5)`."""
    factor, unit = _WORDS[task]
    shown, low, high = (_rounded(factor * value, task) for value in (gain.gain, *gain.interval))
    unit = f" {unit}" if long else ""
    if float(high) == 0:
        return f"nothing{unit and ' worth mentioning'}"
    maybe = ", perhaps nothing" if float(low) == 0 else ""
    return f"about {shown}{unit} ({low} to {high}{maybe})"


def _rounded(value: float, task: str) -> str:
    """Points to halves below 3 and else whole; correlations to hundredths."""
    if task == "regress":
        return f"{value:.2f}"
    return f"{round(2 * value) / 2:g}" if value < 3 else f"{value:.0f}"
