"""Time limit for the training of a light model, such as boosted trees."""

import time
from typing import Any

# If no time is left, this remains, so that a minimal model is still trained for the comparison.
_MIN_MINUTES = 1e-3


class Deadline:
    """A deadline, which is also a CatBoost callback. CatBoost stops after the first late tree.

    Args:
        minutes: Float > 0, time limit from now on; `None` without a limit.
        share: Float in (0, 1], the share of `minutes` until the deadline.

    Attributes:
        passed: Bool, whether the deadline has stopped a training.
        unfitted: Sentences on what did not fit into the time. The trainings add them.
    """

    def __init__(self, minutes: float | None, share: float = 1.0) -> None:
        self._minutes = minutes
        self._until = None if minutes is None else time.perf_counter() + 60 * minutes * share
        self.passed = False
        self.unfitted: list[str] = []

    def is_over(self) -> bool:
        """Returns whether the time is over, and sets `passed` if so."""
        if self._until is not None and time.perf_counter() >= self._until:
            self.passed = True
        return self.passed

    def left(self) -> float | None:
        """Returns the remaining minutes, at least a small positive number; or `None`."""
        if self._until is None:
            return None
        return max((self._until - time.perf_counter()) / 60, _MIN_MINUTES)

    def after_iteration(self, info: Any) -> bool:
        """Returns whether CatBoost may add another tree."""
        del info
        return not self.is_over()

    def entry(self, n_trees: int | None = None) -> dict[str, Any]:
        """Returns the key `budget` of the recipe's settings; empty without a limit.

        Args:
            n_trees: Int, the number of trees; `None` for a model without trees.
        """
        if self._minutes is None:
            return {}
        parts = list(self.unfitted)
        if self.passed and n_trees is not None:
            parts.append(
                f"{n_trees} trees fit into the {self._minutes:.3g} minutes that were left for "
                "them"
            )
        text = f"{'; '.join(parts)}; more minutes may give a better model" if parts else ""
        facts = {"minutes": self._minutes, "epochs": None, "trees": n_trees}
        return {"budget": {**facts, "note": text}}


def minutes_left(recipe: dict[str, Any], seconds: float) -> float | None:
    """Returns the recipe's minutes minus `seconds`, always > 0; `None` without a limit."""
    minutes = recipe.get("minutes")
    return None if minutes is None else max(minutes - seconds / 60, _MIN_MINUTES)


def note_of(plan: dict[str, Any]) -> str:
    """Returns the note of an entry `budget`, or "". Older recipes name it `said`."""
    return plan.get("note", plan.get("said", ""))
