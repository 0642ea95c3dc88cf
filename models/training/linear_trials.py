"""Evaluates linear models of embeddings on held-out clips, and returns the best one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from kapre_like.models.training import judging, linear
from kapre_like.models.training.deadline import Deadline

# Logistic regression is tried only up to this product of clips, columns and classes, because
# its solver takes minutes where ridge regression takes a second.
_LOGISTIC = 1_000_000
# Bounds of the logarithm of the scale, for a ridge regression of classes.
_SCALES = (-1.0, 5.0)


@dataclass(frozen=True)
class Trial:
    """A linear model of one strength, evaluated on held-out clips.

    Attributes:
        solver: One of `linear.SOLVERS`.
        scaling: One of `linear.SCALINGS`.
        strength: See `linear.STRENGTHS`.
        scale: Factor of the logits; 1 for logistic regression and for scores.
        output: Out-of-fold predictions for all clips.
        figures: `train_loss`, `valid_loss`, and for classes `valid_accuracy`.
    """

    solver: str
    scaling: str
    strength: float
    scale: float
    output: np.ndarray
    figures: dict[str, float]

    @property
    def loss(self) -> float:
        return self.figures["valid_loss"]


class Examples(NamedTuple):
    """Embeddings and targets of all clips, and the inner folds.

    Attributes:
        rows: `(clips, columns)`, embeddings.
        targets: Class numbers or scores.
        masks: Held-out clips of each fold, see `inner_folds`; may be empty.
    """

    rows: np.ndarray
    targets: np.ndarray
    masks: Sequence[np.ndarray]

    def judged(self, n_classes: int | None) -> np.ndarray:
        """Returns a mask of the clips whose class is in the training part of their fold."""
        known = np.zeros(len(self.targets), dtype=bool)
        for mask in self.masks:
            learned = np.isin(self.targets, self.targets[~mask])
            known |= mask & (learned | (n_classes is None))
        return known

    def loss(self, output: np.ndarray, n_classes: int | None) -> float:
        """Returns the loss of out-of-fold predictions."""
        known = self.judged(n_classes)
        counted = None if n_classes is None else self.targets
        return judging.loss(self.targets[known], output[known], counted)

    def trials(
        self,
        n_classes: int | None,
        strengths: Sequence[float],
        *,
        solver: str = "ridge",
        scaling: str = "each",
    ) -> list[Trial]:
        """Returns a trial per strength. Each fold fits all strengths at once."""
        outputs = n_classes or 1
        held_out = np.zeros((len(strengths), len(self.targets), outputs))
        learned: list[list[np.ndarray]] = [[] for _ in strengths]
        for mask in self.masks:
            rows, targets = self.rows[~mask], self.targets[~mask]
            fitted = linear.fit(
                rows, targets, n_classes, strengths, solver=solver, scaling=scaling
            )
            for i, one in enumerate(fitted):
                logits = linear.logits(one, self.rows)
                held_out[i, mask] = logits[mask]
                learned[i].append(logits[~mask])
        scaled = solver == "ridge" and n_classes is not None
        found = []
        for i, strength in enumerate(strengths):
            scale = self._scale(held_out[i], n_classes) if scaled else 1.0
            output = linear.answers(scale * held_out[i], n_classes)
            figures = self._figures(output, [scale * x for x in learned[i]], n_classes)
            found.append(Trial(solver, scaling, strength, scale, output, figures))
        return found

    def _scale(self, logits: np.ndarray, n_classes: int | None) -> float:
        """Returns the scale of the logits that minimizes the held-out loss."""
        found = minimize_scalar(
            lambda log: self.loss(linear.answers(np.exp(log) * logits, n_classes), n_classes),
            bounds=_SCALES,
            method="bounded",
            options={"xatol": 1e-2},
        )
        return float(np.exp(found.x))

    def _figures(
        self, output: np.ndarray, learned: list[np.ndarray], n_classes: int | None
    ) -> dict[str, float]:
        losses = []
        for mask, logits in zip(self.masks, learned, strict=True):
            targets = self.targets[~mask]
            counted = None if n_classes is None else targets
            losses.append(judging.loss(targets, linear.answers(logits, n_classes), counted))
        figures = {
            "train_loss": float(np.mean(losses)),
            "valid_loss": self.loss(output, n_classes),
        }
        if n_classes is not None:
            known = self.judged(n_classes)
            figures["valid_accuracy"] = judging.accuracy(self.targets[known], output[known])
        return figures


class BestLinear(NamedTuple):
    """The linear model with the lowest held-out loss, fitted on all clips.

    Attributes:
        model: See `Linear`; its outputs are logits, or a score.
        settings: `solver`, `scaling`, `strength` and `scale`.
        history: Loss, and for classes accuracy, for each strength of that solver and scaling.
        loss: Held-out loss; `None` without inner folds.
        held_out: Out-of-fold predictions for all clips; `None` without inner folds.
    """

    model: linear.Linear
    settings: dict[str, Any]
    history: dict[str, list[float]]
    loss: float | None
    held_out: np.ndarray | None


def best_linear(examples: Examples, n_classes: int | None, deadline: Deadline) -> BestLinear:
    """Chooses solver, scaling and strength by held-out loss, then fits on all clips.

    Args:
        examples: See `Examples`. Without inner folds the default strength is used.
        n_classes: Number of classes; `None` for scores.
        deadline: If it is over, the default strength is used, and `unfitted` records it.
    """
    trials = _trials(examples, n_classes, deadline)
    if not trials:
        (model,) = linear.fit(examples.rows, examples.targets, n_classes, [linear.USUAL])
        scale = 1.0 if n_classes is None else linear.USUAL_SCALE
        settings = {"solver": "ridge", "scaling": "each", "strength": linear.USUAL}
        return BestLinear(model.times(scale), {**settings, "scale": scale}, {}, None, None)
    best = min(trials, key=lambda trial: trial.loss)
    how = {"solver": best.solver, "scaling": best.scaling}
    (model,) = linear.fit(examples.rows, examples.targets, n_classes, [best.strength], **how)
    settings = {**how, "strength": best.strength, "scale": best.scale}
    kind = (best.solver, best.scaling)
    same = [trial for trial in trials if (trial.solver, trial.scaling) == kind]
    history = {name: [trial.figures[name] for trial in same] for name in best.figures}
    return BestLinear(model.times(best.scale), settings, history, best.loss, best.output)


def _trials(examples: Examples, n_classes: int | None, deadline: Deadline) -> list[Trial]:
    """Returns trials of every solver, scaling and strength; after the deadline one trial."""
    if not len(examples.masks):
        return []
    if deadline.is_over():
        deadline.unfitted.append("the linear probe has the default regularization")
        return examples.trials(n_classes, [linear.USUAL])
    trials = [
        trial
        for scaling in linear.SCALINGS
        for trial in examples.trials(n_classes, linear.STRENGTHS, scaling=scaling)
    ]
    if n_classes and examples.rows.size * n_classes <= _LOGISTIC:
        trials += examples.trials(n_classes, linear.STRENGTHS, solver="logistic")
    return trials
