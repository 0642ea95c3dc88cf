"""Chooses the layer of the network, and the kind of probe, by the loss on held-out clips."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from kapre_like.models.probe import judging, linear
from kapre_like.models.training.deadline import Deadline

_UNLIMITED = Deadline(None)


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

    def held_out(
        self, strength: float, n_classes: int | None
    ) -> tuple[np.ndarray, dict[str, float]]:
        """Returns the out-of-fold answers of a linear probe, and its figures."""
        output = np.zeros((len(self.targets), n_classes or 1))
        train_loss = []
        for mask in self.masks:
            fitted = linear.fit(self.rows[~mask], self.targets[~mask], n_classes, strength)
            answers = linear.answers(fitted, self.rows, n_classes)
            output[mask] = answers[mask].reshape(-1, n_classes or 1)
            learned = self.targets[~mask]
            counted = None if n_classes is None else learned
            train_loss.append(judging.loss(learned, answers[~mask], counted))
        output = output[:, 0] if n_classes is None else output
        figures = {
            "train_loss": float(np.mean(train_loss)),
            "valid_loss": self.loss(output, n_classes),
        }
        if n_classes is not None:
            known = self.judged(n_classes)
            right = judging.accuracy(self.targets[known], output[known])
            figures["valid_accuracy"] = right
        return output, figures


@dataclass
class Probe:
    """A trained probe.

    Attributes:
        kind: `"linear"` or `"trees"`.
        model: A `Linear`, or a CatBoost model.
        settings: Settings of the model.
        history: Learning curves. A linear probe has one value per entry of `STRENGTHS`.
        valid_loss: Loss on the held-out clips of the inner folds; `None` without folds.
        held_out: Answers for these clips, of models that had not seen them; `None` without.
        notes: What a user must know.
    """

    kind: str
    model: Any
    settings: dict[str, Any]
    history: dict[str, list[float]] = field(default_factory=dict)
    valid_loss: float | None = None
    held_out: np.ndarray | None = None
    notes: list[str] = field(default_factory=list)


def best_depth(
    tables: dict[str, Examples],
    n_classes: int | None,
    log: Callable[[str], None],
    deadline: Deadline = _UNLIMITED,
) -> tuple[str, dict[str, float]]:
    """Returns the layer with the lowest held-out loss of a linear probe, and all losses.

    Without inner folds it is the middle layer, where self-supervised networks usually represent
    words and voices best. So the search begins there, and ends at the deadline.
    """
    names = list(tables)
    middle = len(names) // 2
    if len(names) == 1 or not len(tables[names[0]].masks):
        return names[middle], {}
    losses = {}
    for place in sorted(range(len(names)), key=lambda place: abs(place - middle)):
        name = names[place]
        if deadline.is_over():
            deadline.unfitted.append(f"{len(losses)} of {len(names)} depths were tried")
            break
        _, figures = tables[name].held_out(linear.USUAL, n_classes)
        losses[name] = figures["valid_loss"]
        log(f"depth {name}: validation loss {losses[name]:.4f}")
    losses = {name: losses[name] for name in names if name in losses}
    return min(losses, key=losses.__getitem__, default=names[middle]), losses


def best_probe(
    examples: Examples,
    columns: list[str],
    n_classes: int | None,
    *,
    kind: str,
    seed: int,
    max_trees: int | None,
    log: Callable[[str], None],
    deadline: Deadline = _UNLIMITED,
) -> Probe:
    """Trains a probe. `"auto"` trains both kinds and returns the one with the lower loss.

    Args:
        examples: Examples of one layer.
        columns: Names of the columns.
        n_classes: Number of classes; `None` for scores.
        kind: `"linear"`, `"trees"` or `"auto"`.
        seed: Int >= 0, for trees.
        max_trees: Maximum number of trees; `None` is the default.
        log: Called with one line at a time.
        deadline: Ends the search; what is left out is in its `unfitted`.
    """
    if kind == "auto" and find_spec("catboost") is None:
        log("catboost is not installed, so the probe is linear")
        kind = "linear"
    if kind == "auto" and not len(examples.masks):
        log("too few clips to choose by, so the probe is linear")
        kind = "linear"
    probes = []
    if kind != "trees":
        probes.append(_linear(examples, n_classes, deadline))
    if kind == "auto" and deadline.is_over():
        deadline.unfitted.append("trees were not tried")
    elif kind != "linear":
        probes.append(_trees(examples, columns, n_classes, seed, max_trees, log, deadline))
    for probe in probes[: len(probes) if len(probes) > 1 else 0]:
        log(f"{probe.kind} probe: validation loss {probe.valid_loss:.4f}")
    # Of equal losses the linear probe, because it is a complete network.
    return min(probes, key=lambda probe: probe.valid_loss or 0.0)


def _linear(examples: Examples, n_classes: int | None, deadline: Deadline) -> Probe:
    """Chooses the regularization by held-out loss, then fits on all clips.

    After the deadline it is the usual one, tried all the same for its held-out answers.
    """
    strength, min_loss, held_out = linear.USUAL, None, None
    history: dict[str, list[float]] = {}
    tried: Sequence[float] = linear.STRENGTHS
    if deadline.is_over():
        tried = (linear.USUAL,)
        deadline.unfitted.append("the linear probe has the usual regularization")
    for one in tried if len(examples.masks) else ():
        output, figures = examples.held_out(one, n_classes)
        for name, value in figures.items():
            history.setdefault(name, []).append(value)
        if min_loss is None or figures["valid_loss"] < min_loss:
            strength, min_loss, held_out = one, figures["valid_loss"], output
    final = linear.fit(examples.rows, examples.targets, n_classes, strength)
    return Probe("linear", final, {"strength": strength}, history, min_loss, held_out)


def _trees(
    examples: Examples,
    columns: list[str],
    n_classes: int | None,
    seed: int,
    max_trees: int | None,
    log: Callable[[str], None],
    deadline: Deadline,
) -> Probe:
    """Trains boosted trees, whose number is chosen as in the family `boosted`."""
    from kapre_like.models.training import trees
    from kapre_like.models.training.growing import grow

    settings = trees.default_settings("regress" if n_classes is None else "classify")
    grown = grow(
        *examples, columns, n_classes, settings,
        seed=seed, max_trees=max_trees, minutes=deadline.left(), log=log,
    )  # fmt: skip
    if any(plan["said"] for plan in grown.budget.values()):
        deadline.unfitted.append(f"the time was over after {grown.booster.tree_count_} trees")
    held_out = grown.held_out
    min_loss = None if held_out is None else examples.loss(held_out, n_classes)
    settings = {**settings, "n_trees": grown.booster.tree_count_}
    return Probe(
        "trees", grown.booster, settings, grown.history, min_loss, held_out, grown.notes
    )
