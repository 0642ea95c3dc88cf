"""Turns the minutes of a training into a number of epochs, once.

A few batches are trained and timed, then the weights are put back. From the seconds per epoch
follows how many epochs fit, and with them the learning-rate cycle. The number is written into
the folder of the checkpoints: a training that resumes has the same cycle.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras

from kapre_like._replacing import replacing
from kapre_like.models.training.loop import Progress, create_variables

_FILE = "budget.json"
# Share of the time that epochs are planned for, because a few batches are a rough measure.
_PLANNED = 0.9
# Batches that are timed: at least two, at most as many as fit into this share of the time.
_LEAST_BATCHES = 2
_PILOT_SHARE = 0.05
_PILOT_MOST_S = 30.0
# In less time no network is traced, and trying would only take more of it.
_PILOT_LEAST_S = 5.0
# Besides the last state, an epoch that is the best so far writes its weights.
_SAVES = 1.5


@dataclass(frozen=True)
class EpochBudget:
    """How many epochs a training has.

    Attributes:
        epochs: Int > 0.
        wanted: Int > 0, without a limit of time.
        minutes: Float > 0, or `None` without a limit.
        seconds_per_epoch: Float, as measured, or `None`.
        seconds_before: Float, what tracing, decoding and timing take besides, or `None`.
        began: Float, `time.perf_counter()` at the start of this process's part of the training.
    """

    epochs: int
    wanted: int
    minutes: float | None = None
    seconds_per_epoch: float | None = None
    seconds_before: float | None = None
    began: float = field(default_factory=time.perf_counter, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Returns what the recipe keeps."""
        return {name: value for name, value in asdict(self).items() if name != "began"}

    def is_over(self, progress: Progress) -> bool:
        """Whether the time is up, as `enough` of `training.loop.fit`."""
        # Without an epoch there is no model.
        if self.minutes is None or progress.epoch == 0:
            return False
        # The first includes what was before an interruption, the second what is between epochs.
        spent = max(progress.seconds, time.perf_counter() - self.began)
        return spent >= 60 * self.minutes

    def entry(self, progress: Progress | None = None) -> dict[str, Any]:
        """Returns `budget` for the recipe's settings; empty without a limit.

        Args:
            progress: At the end of the training; `None` before it.
        """
        if self.minutes is None:
            return {}
        said = ""
        if self.epochs < self.wanted:
            said = (
                f"{self.epochs} of {self.wanted} epochs fit into {self.minutes:.3g} minutes, "
                f"{self._each()}; more minutes may give a better model"
            )
        if progress is not None and progress.epoch < self.epochs and self.is_over(progress):
            said = (
                f"{self.minutes:.3g} minutes were over after {progress.epoch} of "
                f"{self.epochs} epochs, because the machine became slower; train again"
            )
        return {"budget": {**self.to_json(), "said": said}}

    def _each(self) -> str:
        """What an epoch takes, in words, and what it takes to begin: that may be most of it."""
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
    least: int = 1,
    prepare: Callable[[keras.Model], None],
    folder: Path,
    log: Callable[[str], None],
) -> EpochBudget:
    """Returns the number of epochs for so many minutes.

    Args:
        model: Built; its weights are the same afterwards, and it must be compiled again.
        train_pipeline: As in `training.loop.fit`.
        valid_pipeline: As in `training.loop.fit`.
        minutes: Float > 0, for everything from now on, or `None` without a limit.
        wanted: Int > 0, epochs at most.
        least: Int > 0, epochs at least, whether they fit or not.
        prepare: Compiles the model.
        folder: Folder of the checkpoints, which keeps the result.
        log: Called with one line.
    """
    if minutes is None:
        return EpochBudget(wanted, wanted)
    kept = folder / _FILE
    if kept.is_file():
        return EpochBudget(**json.loads(kept.read_text("utf-8")))
    began = time.perf_counter()
    if 60 * minutes < _PILOT_LEAST_S:
        return EpochBudget(least, max(wanted, least), minutes, began=began)
    once, per_epoch = _measured(model, train_pipeline, valid_pipeline, prepare, minutes, folder)
    before = once + time.perf_counter() - began
    left = _PLANNED * 60 * minutes - before
    epochs = min(wanted, max(least, int(left / per_epoch)))
    found = EpochBudget(epochs, max(wanted, epochs), minutes, per_epoch, before, began)
    log(
        f"an epoch takes {per_epoch:.3g} s and starting {before:.3g} s: {epochs} of {wanted} "
        f"fit into {minutes:.3g} min"
    )
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(kept) as new:
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
    """Returns seconds that are spent once (tracing, decoding), and seconds per epoch."""
    weights = model.get_weights()
    prepare(model)
    create_variables(model)
    first = _timed(lambda: _train(model, train.epoch(0).take(1)))
    n, total = _LEAST_BATCHES, train.n_batches
    reading, batch = _batch(model, train, n)
    most = int(min(_PILOT_SHARE * 60 * minutes, _PILOT_MOST_S) / (reading + batch))
    if min(most, total) > n:
        reading, batch = _batch(model, train, min(most, total))
    per_epoch = total * batch + _SAVES * _saving(model, folder)
    once = first + total * reading
    if valid is not None:
        part = valid.epoch(0).take(1)
        once += _timed(lambda: model.evaluate(part, verbose=0))
        per_epoch += valid.n_batches * _timed(lambda: model.evaluate(part, verbose=0))
    model.set_weights(weights)
    return once, per_epoch


def _batch(model: keras.Model, train: Any, n: int) -> tuple[float, float]:
    """Returns seconds per batch for reading it the first time, and for training on it."""
    part = train.epoch(0).take(n)
    reading = _timed(lambda: list(part))
    return reading / n, _timed(lambda: _train(model, part)) / n


def _train(model: keras.Model, part: Any) -> None:
    model.fit(part, shuffle=False, verbose=0)  # the pipeline has shuffled


def _saving(model: keras.Model, folder: Path) -> float:
    """Returns seconds for writing a checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".pilot.keras"
    seconds = _timed(lambda: model.save(path))
    path.unlink()
    return seconds


def _timed(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
