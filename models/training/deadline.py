"""Ends the search for a light model, such as the growing of trees, when its time is over."""

import time
from typing import Any

# Minutes: with no time left the least model is still trained, as others are compared with it.
_LEAST = 1e-3


class Deadline:
    """A time to end at. A callback of CatBoost, which stops after the tree that passes it.

    Args:
        minutes: Float > 0, for all that is trained from now on, or `None` without a limit.
        share: Float in (0, 1], of the minutes, after which it stops.

    Attributes:
        passed: Bool. Whether it has stopped a training.
        unfitted: What did not fit into the time, in words, as the trainings add it.
    """

    def __init__(self, minutes: float | None, share: float = 1.0) -> None:
        self._minutes = minutes
        self._until = None if minutes is None else time.perf_counter() + 60 * minutes * share
        self.passed = False
        self.unfitted: list[str] = []

    def is_over(self) -> bool:
        """Returns whether the time is over, and keeps in mind that a training was stopped."""
        if self._until is not None and time.perf_counter() >= self._until:
            self.passed = True
        return self.passed

    def left(self) -> float | None:
        """Returns the minutes that are left, more than 0; `None` without a limit."""
        if self._until is None:
            return None
        return max((self._until - time.perf_counter()) / 60, _LEAST)

    def after_iteration(self, info: Any) -> bool:
        """Returns whether another tree may grow."""
        del info
        return not self.is_over()

    def entry(self, n_trees: int | None = None) -> dict[str, Any]:
        """Returns `budget` for the recipe's settings; empty without a limit.

        Args:
            n_trees: Int, how many trees were grown until now; `None` without trees.
        """
        if self._minutes is None:
            return {}
        words = list(self.unfitted)
        if self.passed and n_trees is not None:
            words.append(
                f"{n_trees} trees fit into the {self._minutes:.3g} minutes that were left for "
                "them"
            )
        said = f"{'; '.join(words)}; more minutes may give a better model" if words else ""
        facts = {"minutes": self._minutes, "epochs": None, "trees": n_trees}
        return {"budget": {**facts, "said": said}}


def minutes_left(recipe: dict[str, Any], seconds: float) -> float | None:
    """Returns the recipe's minutes less what was used, but more than 0; `None`: no limit."""
    minutes = recipe.get("minutes")
    return None if minutes is None else max(minutes - seconds / 60, _LEAST)
