"""Deals the minutes of a comparison to its trainings, and says what did not fit.

Each training gets its share of the minutes that are left. So what a light model does not need
is for the models after it. A training counts with everything that its process does: starting,
training, testing, measuring.
"""

from typing import Any

from kapre_like import _check

# Of a training's share, for starting the process, testing and measuring.
_RESERVE_S = 20.0
_RESERVE_SHARE = 0.2
# With no time left a network still trains for one epoch, because the others need its figures.
_LEAST_S = 0.6
# So much longer than allotted is no reason for a remark.
_TOLERANCE = 1.1


def check_minutes(minutes: Any) -> None:
    """Raises an error for minutes that are not greater than 0."""
    if minutes is not None:
        _check.positive("compare", minutes=minutes)


class Budget:
    """The seconds that are left for some trainings.

    Args:
        minutes: Float > 0 for all trainings together, or `None` without a limit.
        trainings: Float > 0, the sum of their weights: 1 for a whole training, less for one
            on a part of the data.
    """

    def __init__(self, minutes: float | None, trainings: float) -> None:
        self._left = None if minutes is None else 60.0 * minutes
        self._trainings = trainings

    def share(
        self, weight: float = 1.0, settings: dict[str, Any] | None = None
    ) -> float | None:
        """Returns the minutes for the next training; `None` without a limit.

        Args:
            weight: Float > 0, of the training.
            settings: Settings of its family. A setting `minutes` of its own is a limit too.
        """
        if self._left is None:
            return capped(None, settings)
        share = max(0.0, self._left) * weight / max(weight, self._trainings)
        share -= min(_RESERVE_S, _RESERVE_SHARE * share)
        return capped(max(_LEAST_S, share) / 60.0, settings)

    def used(self, seconds: float, weight: float = 1.0) -> None:
        """Takes the seconds of a training off."""
        self._trainings -= weight
        if self._left is not None:
            self._left -= seconds


def capped(minutes: float | None, settings: dict[str, Any] | None) -> float | None:
    """Returns the lesser of the minutes and the family's own setting `minutes`."""
    limits = [minutes, (settings or {}).get("minutes")]
    return min((limit for limit in limits if limit is not None), default=None)


def overtime(minutes: float | None, result: dict[str, Any]) -> str:
    """Returns a remark on a training that took longer than its minutes, or ""."""
    if minutes is None or result["seconds_train"] <= 60 * minutes * _TOLERANCE:
        return ""
    return (
        f"took {result['seconds_train'] / 60:.1f} minutes to train, and its share of "
        f"--minutes was {minutes:.1f}; it cannot be made shorter"
    )


def unfitted(result: dict[str, Any]) -> str:
    """Returns what the family says did not fit, or "".

    Args:
        result: A recipe or a worker's result, with the `settings` that the family left.
    """
    return _plan(result).get("said", "")


def told(
    minutes: float | None, found: dict[str, list[dict[str, Any]]]
) -> dict[str, Any] | None:
    """Returns the entry `budget` of `compare.json`; `None` without a limit.

    Args:
        minutes: Float > 0, of the whole comparison, or `None`.
        found: By model what `Trainings.run` returned, one per stage.

    Returns:
        `{"minutes", "models": {name: {"minutes", "epochs", "fitted", "said"}}}`. `minutes` of
        a model is what it took, over all stages. `epochs` is `None` for a model without epochs.
        `fitted` is false if it was trained for less than it would have been, or took longer.
    """
    if minutes is None:
        return None
    return {
        "minutes": minutes,
        "models": {name: _of_model(results) for name, results in found.items()},
    }


def _of_model(results: list[dict[str, Any]]) -> dict[str, Any]:
    plans = [_plan(result) for result in results]
    said = [result.get("overtime") or unfitted(result) for result in results]
    epochs = [plan["epochs"] for plan in plans if plan.get("epochs") is not None]
    return {
        "minutes": sum(result["seconds_process"] for result in results) / 60,
        "epochs": min(epochs, default=None),
        "fitted": not any(said),
        "said": next((text for text in said if text), ""),
    }


def _plan(result: dict[str, Any]) -> dict[str, Any]:
    return result["settings"].get("budget") or {}
