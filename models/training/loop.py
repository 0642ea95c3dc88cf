"""The training loop of the Keras families: checkpoints, early stopping, and resuming.

Replaces `keras.callbacks.BackupAndRestore` and `EarlyStopping`. After a kill the first does not
restore the order of the data, and the second loses its best weights and its patience. Here the
checkpoint of an epoch is one folder that contains all of this.
"""

import hashlib
import json
import math
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kapre_like._replacing import replacing
from kapre_like.models.blocks.layer_places import weighted_layers
from kapre_like.models.training.compiling import (
    compile_model,
    create_variables,
    exclude_from_decay,
)
from kapre_like.models.training.schedule import Schedule


@dataclass
class Progress:
    """State of a training after an epoch, as saved in its checkpoint."""

    epoch: int = 0
    best_loss: float = math.inf  # value of the monitored metric
    best_epoch: int = 0
    seconds: float = 0.0
    history: dict[str, list[float]] = field(default_factory=dict)


def fit(
    model: keras.Model,
    train_pipeline: Any,
    valid_pipeline: Any,
    *,
    schedule: Schedule,
    task: str = "classify",
    class_weight: dict[int, float] | None = None,
    seed: int,
    folder: Path,
    fingerprint: Any,
    log: Callable[[str], None],
    prepare: Callable[[keras.Model], None] | None = None,
    before: Callable[[keras.Model, Progress], None] = lambda *_: None,
    enough: Callable[[Progress], bool] = lambda _: False,
    remark: Callable[[Progress], str] = lambda _: "",
    judge: Callable[[keras.Model], dict[str, float]] | None = None,
    monitor: str | None = "valid_loss",
) -> tuple[keras.Model, Progress]:
    """Trains a model with early stopping, and returns it with the weights of its best epoch.

    Saves a checkpoint in `folder` after each epoch. If `folder` has a checkpoint with the same
    `fingerprint`, training resumes after it, and ends with the same weights as an uninterrupted
    run.

    Args:
        model: Built, not compiled.
        train_pipeline: A shuffling `kapre_like.audio.Pipeline`. Epoch `k` must depend only on
            its seed and `k`.
        valid_pipeline: A `Pipeline` without shuffling. `None` keeps the last epoch.
        schedule: See `Schedule`.
        task: `"classify"` or `"regress"`.
        class_weight: Weight per class number, or `None`.
        seed: Int >= 0, seed of the dropout.
        folder: Folder for checkpoints. It is created if it does not exist.
        fingerprint: JSON value that identifies this training: data, seed, settings.
        log: Called with one line per epoch.
        prepare: Function that compiles the model; `None` uses `compile_model`.
        before: Called before each epoch with the model and the progress.
        enough: Called after each epoch; training stops if it returns true. The learning-rate
            schedule does not depend on it.
        remark: Called after each epoch; returns text to append to the log line.
        judge: Called with the model after each epoch; returns further metrics by name, such as
            `valid_cer`.
        monitor: Metric that selects the best epoch and stops the training early. Lower is
            better. Of equal epochs, the one with the lower `valid_loss` is better. `None` keeps
            the last epoch.

    Returns:
        `(model, progress)`.
    """
    if prepare is None:
        compile_model(model, schedule, steps=train_pipeline.n_batches, task=task)
    else:
        prepare(model)
    folder = _checkpoint_folder(folder, fingerprint)
    model, progress = _resume(folder, model, log)
    create_variables(model)
    valid = None if valid_pipeline is None else valid_pipeline.epoch(0)
    while progress.epoch < schedule.epochs and not (
        _out_of_patience(progress, schedule) or enough(progress)
    ):
        before(model, progress)
        start = time.perf_counter()
        _reseed(model, seed, progress.epoch)
        logs = model.fit(
            train_pipeline.epoch(progress.epoch),
            validation_data=valid,
            class_weight=class_weight,
            initial_epoch=progress.epoch,
            epochs=progress.epoch + 1,
            shuffle=False,  # the pipeline has shuffled
            verbose=0,
        ).history
        logs = _renamed(logs) | ({} if judge is None else judge(model))
        better = _add_metrics(progress, logs, monitor)
        seconds = time.perf_counter() - start
        progress.seconds += seconds
        _checkpoint(folder, model, progress, better=better)
        log(_line(progress, schedule, seconds) + remark(progress))
    model.load_weights(folder / "best.weights.h5")
    return model, progress


def diverged(progress: Progress) -> bool:
    """Returns whether the training loss of the last epoch is NaN or infinite."""
    losses = progress.history.get("train_loss") or [0.0]
    return not math.isfinite(losses[-1])


def _out_of_patience(progress: Progress, schedule: Schedule) -> bool:
    return progress.epoch - progress.best_epoch >= schedule.patience


def _reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Sets the model's random states by seed and epoch, because saved models lack them."""
    states = [v for v in model.non_trainable_variables if v.name == "seed_generator_state"]
    for i, state in enumerate(states):
        state.assign(generator_state([seed, epoch, i]))


def generator_state(numbers: list[int]) -> np.ndarray:
    """Returns a state for a Keras seed generator, computed from these numbers."""
    words = np.random.SeedSequence(numbers).generate_state(2)
    # 31 bits each, because JAX and PyTorch store them as signed integers.
    return (words >> 1).astype("int64")


def _renamed(logs: dict[str, list[float]]) -> dict[str, float]:
    """Returns the metrics of an epoch under our names: `train_loss`, `valid_loss`, ..."""
    return {
        name.replace("val_", "valid_") if name.startswith("val_") else f"train_{name}": value
        for name, (value,) in logs.items()
    }


def _add_metrics(progress: Progress, logs: dict[str, float], monitor: str | None) -> bool:
    """Adds the metrics of one epoch. Returns whether it is the best epoch so far."""
    for name, value in logs.items():
        progress.history.setdefault(name, []).append(float(value))
    progress.epoch += 1
    # Without a metric the last epoch is the best, unless it has diverged.
    last = math.inf if diverged(progress) else -float(progress.epoch)
    value = logs.get(monitor or "", last)
    equal = value == progress.best_loss and "valid_loss" in logs
    if equal:
        losses = progress.history["valid_loss"]
        equal = losses[-1] < losses[progress.best_epoch - 1]
    if value < progress.best_loss or equal or progress.best_epoch == 0:
        progress.best_loss, progress.best_epoch = value, progress.epoch
        return True
    return False


def _line(progress: Progress, schedule: Schedule, seconds: float) -> str:
    figures = " ".join(f"{name} {values[-1]:.3f}" for name, values in progress.history.items())
    return f"epoch {progress.epoch}/{schedule.epochs} {figures} ({seconds:.1f} s)"


def _checkpoint_folder(folder: Path, fingerprint: Any) -> Path:
    """Returns the folder for this fingerprint, and removes those of other trainings."""
    text = json.dumps(fingerprint, sort_keys=True, default=str)
    mine = folder / f"epochs-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    for other in folder.glob("epochs-*"):
        if other != mine:
            shutil.rmtree(other)
    mine.mkdir(parents=True, exist_ok=True)
    for unfinished in mine.glob(".*"):  # left by a run that was killed while saving
        shutil.rmtree(unfinished) if unfinished.is_dir() else unfinished.unlink()
    return mine


def _checkpoint(folder: Path, model: keras.Model, progress: Progress, *, better: bool) -> None:
    """Saves the checkpoint of an epoch atomically, and removes the previous one."""
    with replacing(folder / f"epoch-{progress.epoch:04d}") as new:
        new.mkdir()
        model.save(new / "last.keras")
        (new / "progress.json").write_text(json.dumps(vars(progress)))
        if better:
            with replacing(folder / "best.weights.h5") as best:
                model.save_weights(best)
    for old in sorted(folder.glob("epoch-*"))[:-1]:
        shutil.rmtree(old)


def _resume(
    folder: Path, model: keras.Model, log: Callable[[str], None]
) -> tuple[keras.Model, Progress]:
    """Restores the last checkpoint in `folder`, or starts from the beginning."""
    epochs = sorted(folder.glob("epoch-*"))
    if not epochs:
        return model, Progress()
    progress = Progress(**json.loads((epochs[-1] / "progress.json").read_text()))
    log(f"resuming after epoch {progress.epoch}, found in {folder}")
    if not all(layer.trainable for layer in weighted_layers(model)):
        # Saved files do not store `trainable=False` for every layer, so restore weights into
        # `model`.
        model.optimizer.build(model.trainable_variables)
        model.load_weights(epochs[-1] / "last.keras")
        return model, progress
    resumed = keras.models.load_model(epochs[-1] / "last.keras")
    exclude_from_decay(resumed.optimizer)
    return resumed, progress
