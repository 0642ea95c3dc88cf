"""Ends the growing of trees when their time is over."""

import time
from typing import Any


class Deadline:
    """A callback of CatBoost, which stops after the tree that passes the time.

    Args:
        minutes: Float > 0, for all that is trained from now on, or `None` without a limit.
        share: Float in (0, 1], of the minutes, after which it stops.

    Attributes:
        passed: Bool. Whether it has stopped a training.
    """

    def __init__(self, minutes: float | None, share: float = 1.0) -> None:
        self._minutes = minutes
        self._until = None if minutes is None else time.perf_counter() + 60 * minutes * share
        self.passed = False

    def is_over(self) -> bool:
        """Returns whether the time is over, and keeps in mind that a training was stopped."""
        if self._until is not None and time.perf_counter() >= self._until:
            self.passed = True
        return self.passed

    def after_iteration(self, info: Any) -> bool:
        """Returns whether another tree may grow."""
        del info
        return not self.is_over()

    def entry(self, n_trees: int) -> dict[str, Any]:
        """Returns `budget` for the recipe's settings; empty without a limit."""
        if self._minutes is None:
            return {}
        said = (
            f"{n_trees} trees fit into the {self._minutes:.3g} minutes that were left for "
            "them; more minutes may give a better model"
        )
        facts = {"minutes": self._minutes, "epochs": None, "trees": n_trees}
        return {"budget": {**facts, "said": said if self.passed else ""}}


def minutes_left(recipe: dict[str, Any], seconds: float) -> float | None:
    """Returns the recipe's minutes less what was used, but more than 0; `None`: no limit."""
    minutes = recipe.get("minutes")
    return None if minutes is None else max(minutes - seconds / 60, 1e-3)
