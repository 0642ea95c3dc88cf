"""Converts a time limit in minutes to a number of epochs.

Trains and times a few batches, then restores the weights. The seconds per epoch determine how
many epochs fit into the limit. The number is saved in the checkpoint folder, so that a resumed
training has the same learning-rate cycle.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras

from kapre_like._replacing import replacing
from kapre_like.models.training.compiling import create_variables
from kapre_like.models.training.loop import Progress

_FILE = "budget.json"
# Share of the time limit that is planned for epochs. The rest is a reserve, because timing a
# few batches is a rough estimate.
_PLANNED = 0.9
# At least two batches are timed, and at most as many as fit into this share of the limit.
_MIN_BATCHES = 2
_PILOT_SHARE = 0.05
_MAX_PILOT_S = 30.0
# Below this limit nothing is timed, because tracing a network already takes longer.
_MIN_PILOT_S = 5.0
# Checkpoints per epoch: every epoch saves its state, and the best ones save weights too.
_SAVES = 1.5


@dataclass(frozen=True)
class EpochBudget:
    """Number of epochs that fit into the time limit of a training.

    Attributes:
        epochs: Int > 0, the number of epochs.
        wanted: Int > 0, the number of epochs without a time limit.
        minutes: Float > 0, the time limit; `None` without one.
        seconds_per_epoch: Float, as measured; `None` if it was not measured.
        seconds_before: Float, seconds for tracing, decoding and timing; `None` if they were not
            measured.
        began: Float, `time.perf_counter()` when this process started or resumed the training.
    """

    epochs: int
    wanted: int
    minutes: float | None = None
    seconds_per_epoch: float | None = None
    seconds_before: float | None = None
    began: float = field(default_factory=time.perf_counter, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Returns the fields that are saved in the recipe."""
        return {name: value for name, value in asdict(self).items() if name != "began"}

    def is_over(self, progress: Progress) -> bool:
        """Returns whether the time is over; the argument `enough` of `training.loop.fit`."""
        # At least one epoch is needed for a model.
        if self.minutes is None or progress.epoch == 0:
            return False
        # `progress.seconds` includes the time before an interruption, the clock the time
        # between epochs.
        spent = max(progress.seconds, time.perf_counter() - self.began)
        return spent >= 60 * self.minutes

    def entry(self, progress: Progress | None = None) -> dict[str, Any]:
        """Returns the key `budget` of the recipe's settings; empty without a time limit.

        Args:
            progress: Progress at the end of the training; `None` before the training.
        """
        if self.minutes is None:
            return {}
        text = ""
        if self.epochs < self.wanted:
            text = (
                f"{self.epochs} of {self.wanted} epochs fit into {self.minutes:.3g} minutes, "
                f"{self._each()}; more minutes may give a better model"
            )
        if progress is not None and progress.epoch < self.epochs and self.is_over(progress):
            text = (
                f"{self.minutes:.3g} minutes were over after {progress.epoch} of "
                f"{self.epochs} epochs, because they took longer than "
                "estimated; train again"
            )
        return {"budget": {**self.to_json(), "note": text}}

    def _each(self) -> str:
        """Describes the time of an epoch, and the start-up time, which may be longer."""
        if self.seconds_per_epoch is None:
            return "too few to time an epoch"
        before = f" after {self.seconds_before:.3g} s to start" if self.seconds_before else ""
        return f"at {self.seconds_per_epoch:.3g} s each{before}"


def epoch_budget(
    model: keras.Model,
    train_pipeline: Any,
    valid_pipeline: Any,
    *,
    minutes: float | None,
    wanted: int,
    min_epochs: int = 1,
    cycles: int = 1,
    prepare: Callable[[keras.Model], None],
    folder: Path,
    log: Callable[[str], None],
) -> EpochBudget:
    """Returns the number of epochs that fit into a time limit.

    Args:
        model: Built. Its weights are restored, but it must be compiled again afterward.
        train_pipeline: As in `training.loop.fit`.
        valid_pipeline: As in `training.loop.fit`.
        minutes: Float > 0, limit for everything from this call on; `None` without a limit.
        wanted: Int > 0, the maximum number of epochs.
        min_epochs: Int > 0, the minimum number of epochs, even if they do not fit.
        cycles: Int > 0, how often the training starts: each time the step is traced and the
            clips are decoded.
        prepare: Function that compiles the model.
        folder: Checkpoint folder, in which the result is saved.
        log: Called with one line.
    """
    if minutes is None:
        return EpochBudget(wanted, wanted)
    path = folder / _FILE
    if path.is_file():
        return EpochBudget(**json.loads(path.read_text("utf-8")))
    began = time.perf_counter()
    if 60 * minutes < _MIN_PILOT_S:
        return EpochBudget(min_epochs, max(wanted, min_epochs), minutes, began=began)
    once, per_epoch = _measured(model, train_pipeline, valid_pipeline, prepare, minutes, folder)
    before = cycles * once + time.perf_counter() - began
    left = _PLANNED * 60 * minutes - before
    epochs = min(wanted, max(min_epochs, int(left / per_epoch)))
    found = EpochBudget(epochs, max(wanted, epochs), minutes, per_epoch, before, began)
    log(
        f"an epoch takes {per_epoch:.3g} s and starting {before:.3g} s: {epochs} of {wanted} "
        f"fit into {minutes:.3g} min"
    )
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(path) as new:
        new.write_text(json.dumps(found.to_json()), "utf-8")
    return found


def _measured(
    model: keras.Model,
    train: Any,
    valid: Any,
    prepare: Callable[[keras.Model], None],
    minutes: float,
    folder: Path,
) -> tuple[float, float]:
    """Returns the seconds that are spent once (tracing, decoding), and seconds per epoch."""
    weights = model.get_weights()
    prepare(model)
    create_variables(model)
    first = _timed(lambda: _train(model, train.epoch(0).take(1)))
    n, total = _MIN_BATCHES, train.n_batches
    reading, batch = _batch(model, train, n)
    max_batches = int(min(_PILOT_SHARE * 60 * minutes, _MAX_PILOT_S) / (reading + batch))
    if min(max_batches, total) > n:
        reading, batch = _batch(model, train, min(max_batches, total))
    per_epoch = total * batch + _SAVES * _saving(model, folder)
    once = first + total * reading
    if valid is not None:
        part = valid.epoch(0).take(1)
        once += _timed(lambda: model.evaluate(part, verbose=0))
        per_epoch += valid.n_batches * _timed(lambda: model.evaluate(part, verbose=0))
    model.set_weights(weights)
    return once, per_epoch


def _batch(model: keras.Model, train: Any, n: int) -> tuple[float, float]:
    """Returns the seconds per batch for the first reading, and for training."""
    part = train.epoch(0).take(n)
    reading = _timed(lambda: list(part))
    return reading / n, _timed(lambda: _train(model, part)) / n


def _train(model: keras.Model, part: Any) -> None:
    model.fit(part, shuffle=False, verbose=0)  # the pipeline has shuffled


def _saving(model: keras.Model, folder: Path) -> float:
    """Returns the seconds for saving a checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".pilot.keras"
    seconds = _timed(lambda: model.save(path))
    path.unlink()
    return seconds


def _timed(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
