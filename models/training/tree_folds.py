"""Chooses the number of trees by inner folds. All folds train one tree at a time, in step."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from kapre_like.models.training import trees
from kapre_like.models.training.deadline import Deadline
from kapre_like.models.training.tree_defaults import GAIN, MIN_TREES, PATIENCE, SMOOTHED

_CURVES = {
    ("learn", "loss"): "train_loss",
    ("validation", "loss"): "valid_loss",
    ("validation", "Accuracy"): "valid_accuracy",
}


class TreeCount(NamedTuple):
    """The chosen number of trees.

    Attributes:
        n_trees: Int > 0.
        history: `train_loss`, `valid_loss` (and `valid_accuracy`) per tree, means of the folds.
        held_out: Out-of-fold predictions of the fold models with that many trees:
            `(rows, classes)` probabilities or `(rows,)` scores.
        notes: Sentences for the user.
    """

    n_trees: int
    history: dict[str, list[float]]
    held_out: np.ndarray
    notes: list[str]


def count_trees(
    rows: np.ndarray,
    targets: np.ndarray,
    masks: Sequence[np.ndarray],
    n_classes: int | None,
    settings: dict[str, Any],
    *,
    columns: list[str],
    seed: int,
    max_trees: int,
    deadline: Deadline,
    log: Callable[[str], None],
) -> TreeCount:
    """Returns the number of trees with the lowest loss over the held-out rows of all folds.

    The loss is averaged over neighboring trees. Rows of a class that is not in a fold's
    training part are excluded. The arguments are those of `grow`; `deadline` stops all folds at
    once.
    """
    task = "regress" if n_classes is None else "classify"
    step = _Step(len(masks), task, max_trees, deadline, log)
    one_each = max(1, (os.cpu_count() or 1) // len(masks))

    def grow_one(fold: int) -> Any:
        seen = ~masks[fold]
        held = masks[fold] & (np.isin(targets, targets[seen]) | (n_classes is None))
        weights = None if n_classes is None else trees.class_weights(targets[seen], targets)
        try:
            booster = trees.new_booster(
                task, trees.for_rows(settings, int(seen.sum())), seed=seed,
                n_trees=max_trees, class_weights=weights, threads=one_each,
            )  # fmt: skip
            step.join(fold, _total_weight(targets[held], weights))
            with trees.refusals():
                booster.fit(
                    trees.pool((rows[seen], targets[seen]), columns),
                    eval_set=trees.pool((rows[held], targets[held]), columns),
                    use_best_model=False,
                    callbacks=[_InStep(step, fold)],
                )
        finally:
            if step.growing:
                step.barrier.abort()  # otherwise the other folds wait for this one
        return booster

    boosters = _all(grow_one, len(masks), step)
    best = step.best()
    held_out = np.zeros(len(targets) if n_classes is None else (len(targets), n_classes))
    for booster, mask in zip(boosters, masks, strict=True):
        n_trees = min(best, booster.tree_count_)
        held_out[mask] = trees.answers(booster, rows[mask], n_classes, n_trees)
    return TreeCount(best, step.history(), held_out, step.notes(log))


def _total_weight(targets: np.ndarray, weights: dict[int, float] | None) -> float:
    """Returns the total weight of a fold's held-out rows."""
    if weights is None:
        return float(len(targets))
    return float(sum(weights[int(number)] for number in targets))


def _all(grow_one: Callable[[int], Any], n: int, step: "_Step") -> list[Any]:
    """Runs the folds in threads. CatBoost releases the GIL, so they run in parallel."""
    with ThreadPoolExecutor(n) as executor:
        running = [executor.submit(grow_one, fold) for fold in range(n)]
        try:
            return [one.result() for one in running]
        except BaseException:  # Ctrl-C too
            step.barrier.abort()
            raise


class _Step:
    """Waits until all folds have added a tree, then decides whether they add another."""

    def __init__(
        self,
        n: int,
        task: str,
        max_trees: int,
        deadline: Deadline,
        log: Callable[[str], None],
    ) -> None:
        self.barrier = threading.Barrier(n, action=self._after_tree)
        self.enough = False
        self._task, self._max_trees, self._log = task, max_trees, log
        self._deadline = deadline
        self._weights = np.zeros(n)
        self._newest: list[dict[str, float]] = [{} for _ in range(n)]
        self._curves: dict[str, list[float]] = {}

    def join(self, fold: int, weight: float) -> None:
        """Sets the total weight of a fold's held-out rows."""
        self._weights[fold] = weight

    def report(self, fold: int, figures: dict[str, float]) -> bool:
        """Adds the metrics of a fold's newest tree. Returns whether the fold adds another."""
        self._newest[fold] = figures
        try:
            self.barrier.wait()
        except threading.BrokenBarrierError:  # another fold failed
            return False
        return not self.enough

    @property
    def growing(self) -> bool:
        """Whether the folds still add trees."""
        return not self.enough and len(self._curves.get("valid_loss", ())) < self._max_trees

    def _after_tree(self) -> None:
        """Adds the means of the folds to the curves. Runs once per tree, in one thread."""
        shares = self._weights / self._weights.sum()
        power = 2 if self._task == "regress" else 1  # average squared errors, not their roots
        for name in self._newest[0]:
            values = np.array([figures[name] for figures in self._newest])
            root = power if name.endswith("loss") else 1
            self._curves.setdefault(name, []).append(float(shares @ values**root) ** (1 / root))
        n = len(self._curves["valid_loss"])
        if n % 100 == 0:
            self._log(f"tree {n}, loss on held-out clips {self._curves['valid_loss'][-1]:.4f}")
        self.enough = self._flat() or self._deadline.is_over()

    def _flat(self) -> bool:
        """Returns whether the smoothed loss fell by less than `GAIN` over the last trees."""
        loss = _smoothed(np.array(self._curves["valid_loss"]))
        back = len(loss) - 1 - PATIENCE[self._task]
        if len(loss) < MIN_TREES[self._task] + SMOOTHED or back < 0:
            return False
        return bool(loss[back] - loss[-1] < GAIN * loss[0])

    def best(self) -> int:
        """Returns the number of trees with the lowest smoothed loss, at least `MIN_TREES`."""
        loss = np.array(self._curves["valid_loss"])
        min_trees = min(MIN_TREES[self._task], self._max_trees)
        smooth = _smoothed(loss)
        if len(smooth) <= min_trees:
            return max(len(smooth), min_trees)
        return min_trees + int(np.argmin(smooth[min_trees - 1 :]))

    def history(self) -> dict[str, list[float]]:
        return dict(self._curves)

    def notes(self, log: Callable[[str], None]) -> list[str]:
        """Returns a note if `max_trees` limited the number of trees."""
        loss = self._curves["valid_loss"]
        if self.enough or self.best() < self._max_trees - SMOOTHED:
            return []
        last = max(1, len(loss) // 10)
        fall = 100 * max(0.0, loss[-1 - min(last, len(loss) - 1)] - loss[-1]) / loss[0]
        note = (
            f"training stopped at max_trees={self._max_trees}, and the last {last} of these "
            f"trees still lowered the loss by {fall:.1f} % of the first tree's loss. If that "
            "is much, set max_trees higher"
        )
        log(note)
        return [note]


class _InStep:
    """CatBoost callback of one fold."""

    def __init__(self, step: _Step, fold: int) -> None:
        self._step, self._fold = step, fold

    def after_iteration(self, info: Any) -> bool:
        figures = {}
        for where, metrics in info.metrics.items():
            for metric, values in metrics.items():
                kind = metric.partition(":")[0]
                name = _CURVES.get((where, "Accuracy" if kind == "Accuracy" else "loss"))
                if name and values:
                    figures[name] = float(values[-1])
        return self._step.report(self._fold, figures)


def _smoothed(loss: np.ndarray) -> np.ndarray:
    """Returns the mean of each value and its neighbors, with fewer neighbors at the ends."""
    width = 2 * SMOOTHED + 1
    window = np.ones(width)
    n = np.convolve(np.ones(len(loss)), window)[SMOOTHED : SMOOTHED + len(loss)]
    return np.convolve(loss, window)[SMOOTHED : SMOOTHED + len(loss)] / n
