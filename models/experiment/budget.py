"""Distributes the minutes of a comparison over its trainings, and reports what did not fit.

Each training gets its share of the remaining minutes, so the models that follow get the time
that a light model did not need. The time of a training is that of its whole process: start,
training, test and measurement.
"""

from typing import Any

from kapre_like import _check
from kapre_like.models.training.deadline import note_of

# Part of a training's share that is reserved for start, test and measurement.
_RESERVE_S = 20.0
_RESERVE_SHARE = 0.2
# Without time left, a network still trains for one epoch, so that the comparison is complete.
_MIN_SECONDS = 0.6
# A training may exceed its share by this factor without a note.
_TOLERANCE = 1.1


def check_minutes(minutes: Any) -> None:
    """Raises an error if `minutes` is neither `None` nor greater than 0."""
    if minutes is not None:
        _check.positive("compare", minutes=minutes)


class Budget:
    """Keeps account of the seconds that remain for the trainings of a comparison.

    Args:
        minutes: Float > 0, limit for all trainings together; `None` for no limit.
        trainings: Float > 0, sum of the weights of the trainings. The weight is 1 for a
            training on all data and smaller for one on a part of them.
    """

    def __init__(self, minutes: float | None, trainings: float) -> None:
        self._left = None if minutes is None else 60.0 * minutes
        self._trainings = trainings

    def share(
        self, weight: float = 1.0, settings: dict[str, Any] | None = None
    ) -> float | None:
        """Returns the minutes for the next training; `None` without a limit.

        Args:
            weight: Float > 0, weight of the training.
            settings: Settings of the family. Its own setting `minutes` is a limit, too.
        """
        if self._left is None:
            return capped(None, settings)
        share = max(0.0, self._left) * weight / max(weight, self._trainings)
        share -= min(_RESERVE_S, _RESERVE_SHARE * share)
        return capped(max(_MIN_SECONDS, share) / 60.0, settings)

    def used(self, seconds: float, weight: float = 1.0) -> None:
        """Subtracts the seconds of a finished training."""
        self._trainings -= weight
        if self._left is not None:
            self._left -= seconds


def capped(minutes: float | None, settings: dict[str, Any] | None) -> float | None:
    """Returns the smaller of `minutes` and the family's own setting `minutes`."""
    limits = [minutes, (settings or {}).get("minutes")]
    return min((limit for limit in limits if limit is not None), default=None)


def overtime(minutes: float | None, result: dict[str, Any]) -> str:
    """Returns a note on a training that took longer than its minutes, or ""."""
    if minutes is None or result["seconds_train"] <= 60 * minutes * _TOLERANCE:
        return ""
    return (
        f"took {result['seconds_train'] / 60:.1f} minutes to train, but its share of "
        f"--minutes was {minutes:.1f}; it cannot be shortened further"
    )


def budget_note(result: dict[str, Any]) -> str:
    """Returns the family's note on what did not fit into its minutes, or "".

    Args:
        result: A recipe or the result of a worker. The family has written the note to
            `settings["budget"]`.
    """
    return note_of(_plan(result))


def budget_entry(
    minutes: float | None, found: dict[str, list[dict[str, Any]]]
) -> dict[str, Any] | None:
    """Returns the entry `budget` of `compare.json`; `None` without a limit.

    Args:
        minutes: Float > 0, minutes of the whole comparison, or `None`.
        found: Results of `Trainings.run` by model, one per stage.

    Returns:
        `{"minutes", "models": {name: {"minutes", "epochs", "fitted", "note"}}}`. `minutes` of
        a model is the time that it took over all stages. `epochs` is `None` for a model
        without epochs. `fitted` is false if its training was shortened or took too long. `note`
        describes that.
    """
    if minutes is None:
        return None
    return {
        "minutes": minutes,
        "models": {name: _of_model(results) for name, results in found.items()},
    }


def _of_model(results: list[dict[str, Any]]) -> dict[str, Any]:
    plans = [_plan(result) for result in results]
    notes = [result.get("overtime") or budget_note(result) for result in results]
    epochs = [plan["epochs"] for plan in plans if plan.get("epochs") is not None]
    return {
        "minutes": sum(result["seconds_process"] for result in results) / 60,
        "epochs": min(epochs, default=None),
        "fitted": not any(notes),
        "note": next((text for text in notes if text), ""),
    }


def _plan(result: dict[str, Any]) -> dict[str, Any]:
    return result["settings"].get("budget") or {}
