"""Embeddings and targets of all clips, and the answers of linear probes for held-out clips."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from kapre_like.models.probe import judging, linear

# Bounds of the logarithm of the scale of a ridge of classes.
_SCALES = (-1.0, 5.0)


@dataclass(frozen=True)
class Trial:
    """A linear probe of one strength, tried on held-out clips.

    Attributes:
        solver: One of `linear.SOLVERS`.
        scaling: One of `linear.SCALINGS`.
        strength: See `linear.STRENGTHS`.
        scale: By which logits are multiplied; 1 for logistic regression and scores.
        output: Out-of-fold answers for all clips.
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
    """Embeddings and targets of all clips, and the inner folds that choose by them.

    Attributes:
        rows: `(clips, columns)`, embeddings.
        targets: Class numbers or scores.
        masks: Held-out clips of each fold, see `inner_folds`; may be empty.
    """

    rows: np.ndarray
    targets: np.ndarray
    masks: Sequence[np.ndarray]

    def judged(self, n_classes: int | None) -> np.ndarray:
        """Returns the mask of clips whose class the model of their fold has learned."""
        known = np.zeros(len(self.targets), dtype=bool)
        for mask in self.masks:
            learned = np.isin(self.targets, self.targets[~mask])
            known |= mask & (learned | (n_classes is None))
        return known

    def loss(self, output: np.ndarray, n_classes: int | None) -> float:
        """Returns the loss of out-of-fold answers."""
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
        """Returns a trial per strength. Each fold fits all of them at once."""
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
        """Returns the scale of logits whose probabilities have the least held-out loss."""
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
