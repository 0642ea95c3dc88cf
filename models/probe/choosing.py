"""Chooses the layer of the network, and the kind of probe, by the loss on validation clips."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from kapre_like.models.probe import judging, linear


class Examples(NamedTuple):
    """Embeddings and targets of training and validation clips. There may be no validation.

    Attributes:
        rows: `(clips, columns)`, embeddings of the training clips.
        targets: Class numbers or scores of the training clips.
        valid_rows: As `rows`, of the validation clips.
        valid_targets: As `targets`, of the validation clips.
    """

    rows: np.ndarray
    targets: np.ndarray
    valid_rows: np.ndarray
    valid_targets: np.ndarray

    def known(self, n_classes: int | None) -> "Examples":
        """Returns the examples without validation clips of classes that training lacks."""
        if n_classes is None:
            return self
        kept = np.isin(self.valid_targets, self.targets)
        return self._replace(
            valid_rows=self.valid_rows[kept], valid_targets=self.valid_targets[kept]
        )

    def loss(self, fitted: linear.Linear, n_classes: int | None, *, train: bool) -> float:
        """Returns the loss of a linear model on the training or the validation clips."""
        rows, targets = self[:2] if train else self[2:]
        output = linear.answers(fitted, rows, n_classes)
        return judging.loss(targets, output, None if n_classes is None else self.targets)

    def all(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the rows and targets of training and validation together."""
        return (
            np.concatenate([self.rows, self.valid_rows]),
            np.concatenate([self.targets, self.valid_targets]),
        )


@dataclass
class Probe:
    """A trained probe.

    Attributes:
        kind: `"linear"` or `"trees"`.
        model: A `Linear`, or a CatBoost model.
        settings: Settings of the model.
        history: Learning curves. A linear probe has one value per entry of `STRENGTHS`.
        valid_loss: Loss on the validation clips; `None` without.
    """

    kind: str
    model: Any
    settings: dict[str, Any]
    history: dict[str, list[float]] = field(default_factory=dict)
    valid_loss: float | None = None


def best_depth(
    tables: dict[str, Examples], n_classes: int | None, log: Callable[[str], None]
) -> tuple[str, dict[str, float]]:
    """Returns the layer with the lowest validation loss of a linear probe, and all losses.

    Without validation clips it is the middle layer, where self-supervised networks usually
    represent words and voices best.
    """
    names = list(tables)
    known = {name: examples.known(n_classes) for name, examples in tables.items()}
    if len(names) == 1 or not len(known[names[0]].valid_targets):
        return names[len(names) // 2], {}
    losses = {}
    for name, examples in known.items():
        fitted = linear.fit(examples.rows, examples.targets, n_classes, linear.USUAL)
        losses[name] = examples.loss(fitted, n_classes, train=False)
        log(f"depth {name}: validation loss {losses[name]:.4f}")
    return min(losses, key=lambda name: losses[name]), losses


def best_probe(
    examples: Examples,
    columns: list[str],
    n_classes: int | None,
    *,
    kind: str,
    seed: int,
    n_trees: int | None,
    log: Callable[[str], None],
) -> Probe:
    """Trains a probe. `"auto"` trains both kinds and returns the one with the lower loss.

    Args:
        examples: Examples of one layer.
        columns: Names of the columns.
        n_classes: Number of classes; `None` for scores.
        kind: `"linear"`, `"trees"` or `"auto"`.
        seed: Int >= 0, for trees.
        n_trees: Maximum number of trees; `None` is the default.
        log: Called with one line at a time.
    """
    if kind == "auto" and find_spec("catboost") is None:
        log("catboost is not installed, so the probe is linear")
        kind = "linear"
    if kind == "auto" and not len(examples.known(n_classes).valid_targets):
        log("no validation clips, so the probe is linear")
        kind = "linear"
    probes = []
    if kind != "trees":
        probes.append(_linear(examples, n_classes))
    if kind != "linear":
        probes.append(_trees(examples, columns, n_classes, seed, n_trees, log))
    for probe in probes[: len(probes) if len(probes) > 1 else 0]:
        log(f"{probe.kind} probe: validation loss {probe.valid_loss:.4f}")
    # Of equal losses the linear probe, because it is a complete network.
    return min(probes, key=lambda probe: probe.valid_loss or 0.0)


def _linear(examples: Examples, n_classes: int | None) -> Probe:
    """Chooses the regularization by validation loss, then fits on all clips."""
    known = examples.known(n_classes)
    history: dict[str, list[float]] = {"train_loss": [], "valid_loss": []}
    if n_classes is not None:
        history["valid_accuracy"] = []
    strength, min_loss = linear.USUAL, None
    for one in linear.STRENGTHS if len(known.valid_targets) else ():
        fitted = linear.fit(known.rows, known.targets, n_classes, one)
        history["train_loss"].append(known.loss(fitted, n_classes, train=True))
        history["valid_loss"].append(known.loss(fitted, n_classes, train=False))
        if n_classes is not None:
            output = linear.answers(fitted, known.valid_rows, n_classes)
            history["valid_accuracy"].append(judging.accuracy(known.valid_targets, output))
    if history["valid_loss"]:
        min_loss = min(history["valid_loss"])
        strength = linear.STRENGTHS[history["valid_loss"].index(min_loss)]
    final = linear.fit(*examples.all(), n_classes, strength)
    history = {name: values for name, values in history.items() if values}
    return Probe("linear", final, {"strength": strength}, history, min_loss)


def _trees(
    examples: Examples,
    columns: list[str],
    n_classes: int | None,
    seed: int,
    n_trees: int | None,
    log: Callable[[str], None],
) -> Probe:
    """Trains boosted trees, with early stopping as in the family `boosted`."""
    from kapre_like.models.training import trees

    task = "regress" if n_classes is None else "classify"
    settings = trees.default_settings(task)
    parts = [examples[:2], examples[2:]]
    booster, history = trees.grow(
        parts, columns, task, settings, seed=seed, n_trees=n_trees, log=log
    )
    min_loss = min(history["valid_loss"]) if "valid_loss" in history else None
    settings = {**settings, "n_trees": booster.tree_count_}
    return Probe("trees", booster, settings, history, min_loss)
