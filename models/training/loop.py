"""Training of the Keras families: one-cycle AdamW, early stopping, resumable by the epoch.

Used instead of `keras.callbacks.BackupAndRestore` and `EarlyStopping`, because after a kill
the first forgets the order of the data and the second its best weights and its patience; here
an epoch's end is one folder that holds all of it, renamed into place in one step.
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
from kapre_like.models.training.schedule import Schedule


@dataclass
class Progress:
    """Where training stands after an epoch: all that a resumed run must know."""

    epoch: int = 0
    best_loss: float = math.inf
    best_epoch: int = 0
    seconds: float = 0.0
    history: dict[str, list[float]] = field(default_factory=dict)


def compile_model(model: keras.Model, schedule: Schedule, *, steps: int, task: str) -> None:
    """Compiles with AdamW on a one-cycle rate: a linear way up, a cosine down to 0.

    Args:
        model: Takes `[waveform, length]`; probabilities or scores out.
        schedule: See `Schedule`.
        steps: Int > 0, batches per epoch.
        task: `"classify"` or `"regress"`.
    """
    total = schedule.epochs * steps
    warmup = max(1, round(schedule.warmup_share * total))
    rate = keras.optimizers.schedules.CosineDecay(
        schedule.peak_rate / 25,
        decay_steps=max(1, total - warmup),
        warmup_target=schedule.peak_rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=schedule.weight_decay)
    _spare(optimizer)
    classify = task == "classify"
    loss = "sparse_categorical_crossentropy" if classify else "mean_squared_error"
    metrics = ["accuracy"] if classify else ["mean_absolute_error"]
    # Batches come in many lengths: XLA would compile the step anew for each.
    model.compile(optimizer, loss, metrics=metrics, jit_compile=False)


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
    enough: Callable[[Progress], bool] = lambda _: False,
    remark: Callable[[Progress], str] = lambda _: "",
) -> tuple[keras.Model, Progress]:
    """Trains until the cycle ends or patience does, and returns the best epoch's model.

    Every finished epoch is in `folder`; a run that finds there an unfinished training with
    the same `fingerprint` goes on after its last whole epoch, and ends with the same weights
    as one that was never cut off.

    Args:
        model: Built, not compiled.
        train_pipeline: A shuffling `kapre_like.audio.Pipeline`; epoch `k` depends on its
            seed and `k` alone.
        valid_pipeline: A `Pipeline` in order, or `None`: then the last epoch is the best.
        schedule: See `Schedule`.
        task: `"classify"` or `"regress"`.
        class_weight: Weight per class number, or `None`.
        seed: Int >= 0, of the dropout.
        folder: For checkpoints; made if need be.
        fingerprint: JSON value that names this training: data, seed, settings.
        log: Called with one line per epoch.
        prepare: Compiles the model; `None` is `compile_model` for the task.
        enough: Says after each epoch whether to stop; the rate knows nothing of it.
        remark: What else there is to say after an epoch, at the end of its line.

    Returns:
        `(model, progress)`.
    """
    if prepare is None:
        compile_model(model, schedule, steps=train_pipeline.n_batches, task=task)
    else:
        prepare(model)
    folder = _workshop(folder, fingerprint)
    model, progress = _resume(folder, model, log)
    valid = None if valid_pipeline is None else valid_pipeline.epoch(0)
    while progress.epoch < schedule.epochs and not (
        _out_of_patience(progress, schedule) or enough(progress)
    ):
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
        better = _note(progress, logs)
        seconds = time.perf_counter() - start
        progress.seconds += seconds
        _checkpoint(folder, model, progress, better=better)
        log(_line(progress, schedule, seconds) + remark(progress))
    model.load_weights(folder / "best.weights.h5")
    return model, progress


def _spare(optimizer: Any) -> None:
    """Leaves scales, offsets and biases out of the weight decay; a file does not keep this."""
    # They are pulled to no particular value (Loshchilov, Hutter 2019 decay all; leaving these
    # out is the habit of later work).
    if isinstance(optimizer, keras.optimizers.AdamW):
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])


def _out_of_patience(progress: Progress, schedule: Schedule) -> bool:
    return progress.epoch - progress.best_epoch >= schedule.patience


def _reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Sets every random state of the model by seed and epoch: a saved model keeps none."""
    states = [v for v in model.non_trainable_variables if v.name == "seed_generator_state"]
    for i, state in enumerate(states):
        words = np.random.SeedSequence([seed, epoch, i]).generate_state(2)
        # 31 bits each: JAX and PyTorch keep them as signed integers.
        state.assign((words >> 1).astype("int64"))


def _note(progress: Progress, logs: dict[str, list[float]]) -> bool:
    """Adds one epoch's figures; says whether it is the best so far."""
    for name, (value,) in logs.items():
        name = name.replace("val_", "valid_") if name.startswith("val_") else f"train_{name}"
        progress.history.setdefault(name, []).append(float(value))
    progress.epoch += 1
    # Without validation groups there is nothing to choose by: the last epoch counts.
    loss = progress.history.get("valid_loss", [-float(progress.epoch)])[-1]
    if loss < progress.best_loss or progress.best_epoch == 0:
        progress.best_loss, progress.best_epoch = loss, progress.epoch
        return True
    return False


def _line(progress: Progress, schedule: Schedule, seconds: float) -> str:
    figures = " ".join(f"{name} {values[-1]:.3f}" for name, values in progress.history.items())
    return f"epoch {progress.epoch}/{schedule.epochs} {figures} ({seconds:.1f} s)"


def _workshop(folder: Path, fingerprint: Any) -> Path:
    """The folder of this very training; checkpoints of any other are removed."""
    text = json.dumps(fingerprint, sort_keys=True, default=str)
    mine = folder / f"epochs-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    for other in folder.glob("epochs-*"):
        if other != mine:
            shutil.rmtree(other)
    mine.mkdir(parents=True, exist_ok=True)
    for left in mine.glob(".*"):  # of an epoch whose writing was killed
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    return mine


def _checkpoint(folder: Path, model: keras.Model, progress: Progress, *, better: bool) -> None:
    """Writes an epoch's end, all of it at once, and removes the one before."""
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
    """The last whole epoch in `folder`, with optimizer and random state; else a start."""
    epochs = sorted(folder.glob("epoch-*"))
    if not epochs:
        return model, Progress()
    progress = Progress(**json.loads((epochs[-1] / "progress.json").read_text()))
    log(f"going on after epoch {progress.epoch}, found in {folder}")
    if not all(layer.trainable for layer in model.layers):
        # A file does not keep of every part that it is frozen; `model` knows.
        model.optimizer.build(model.trainable_variables)
        model.load_weights(epochs[-1] / "last.keras")
        return model, progress
    resumed = keras.models.load_model(epochs[-1] / "last.keras")
    _spare(resumed.optimizer)
    return resumed, progress
