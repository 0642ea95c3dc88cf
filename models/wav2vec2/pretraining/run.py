"""Pretraining on a table of clips without labels, with checkpoints after each epoch."""

import itertools
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from kapre_like.models.blocks.learning_rates import LinearCycle
from kapre_like.models.training.loop import Progress, fit
from kapre_like.models.training.schedule import Schedule
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.checkpoint.loaded import Loaded
from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface
from kapre_like.models.wav2vec2.checkpoint.writing import to_huggingface
from kapre_like.models.wav2vec2.config.presets import PRESETS
from kapre_like.models.wav2vec2.pretraining.network import wav2vec2_for_pretraining

# Shares of the training steps, as in the paper's 400,000 updates. The learning rate rises in
# the first 8 %, and the temperature of the Gumbel softmax falls from 2 to 0.5 in the first 69 %
# (277,000 multiplications by 0.999995).
_WARMUP_SHARE = 0.08
_COOLING_SHARE = 0.69
_HOT, _COLD = 2.0, 0.5


@dataclass(frozen=True)
class PretrainingSettings:
    """Settings of a pretraining run.

    Attributes:
        checkpoint: A preset without weights, such as `"wav2vec2-tiny"`, or the folder or name
            of a checkpoint, whose pretraining then continues.
        sample_rate: Int > 0, sample rate in Hz.
        seconds: Float > 0, length of the random crops.
        batch_size: Int > 0, crops per batch.
        rate: Float > 0, highest learning rate of AdamW.
        epochs: Int > 0, maximum passes over the clips, or `None`.
        steps: Int > 0, maximum batches, or `None`. One of `epochs` and `steps` is set.
        minutes: Float > 0, time of training after which no further epoch starts, or `None`.
        seed: Int >= 0, seed of all random numbers.
    """

    checkpoint: str
    sample_rate: int
    seconds: float
    batch_size: int
    rate: float
    epochs: int | None
    steps: int | None
    minutes: float | None
    seed: int


class _Unlabeled:
    """A `Pipeline` with batches `((waveform, length),)` and a limited number of steps."""

    def __init__(self, pipeline: Any, steps: int) -> None:
        self._pipeline, self._steps = pipeline, steps
        self.n_batches = pipeline.n_batches

    def epoch(self, epoch: int) -> Any:
        batches = self._pipeline.epoch(epoch).map(lambda sound, _: (sound,))
        return batches.take(max(0, self._steps - epoch * self.n_batches))


def pretrain_table(
    table: pd.DataFrame,
    settings: PretrainingSettings,
    *,
    folder: Path,
    log: Callable[[str], None],
) -> tuple[keras.Model, Progress]:
    """Trains a network on clips without labels, and resumes from checkpoints in `folder`.

    Args:
        table: Table from `kapre_like.audio.scan`.
        settings: See `PretrainingSettings`.
        folder: Folder for checkpoints of epochs.
        log: Called with one line at a time.

    Returns:
        `(model, progress)`.
    """
    from kapre_like.audio.pipeline import Pipeline

    pieces = cut(table, settings.seconds)
    pipeline = Pipeline(
        pieces,
        sample_rate=settings.sample_rate,
        seconds=settings.seconds,
        pad_to_seconds=False,
        batch_size=settings.batch_size,
        shuffle=True,
        bucket=True,
        seed=settings.seed,
    )
    limits = (settings.steps, settings.epochs and settings.epochs * pipeline.n_batches)
    steps = min(limit for limit in limits if limit is not None)
    model = _start(settings, steps, log)
    _announce(pieces, model, steps, log)
    return fit(
        model,
        _Unlabeled(pipeline, steps),
        None,
        schedule=Schedule(epochs=math.ceil(steps / pipeline.n_batches)),
        seed=settings.seed,
        folder=folder,
        # `minutes` is not part of the fingerprint, so a longer run resumes the same training.
        fingerprint={"clips": list(table["digest"]), **asdict(settings), "minutes": None},
        log=log,
        prepare=lambda model: _compile(model, settings.rate, steps),
        enough=lambda progress: (
            settings.minutes is not None and progress.seconds >= 60 * settings.minutes
        ),
    )


def write_pretrained(model: keras.Model, folder: Path, log: Callable[[str], None]) -> list[str]:
    """Writes a checkpoint for `from_huggingface` and transformers, and returns its files."""
    to_huggingface(model, folder, report=lambda written: log(str(written)))
    return sorted(path.name for path in folder.iterdir())


def cut(table: pd.DataFrame, seconds: float) -> pd.DataFrame:
    """Cuts long clips into pieces of one to two times `seconds`.

    Args:
        table: Table from `kapre_like.audio.scan`, with the columns `path`, `start_s`, `end_s`
            and `duration_s`.
        seconds: Float > 0, length of the crops.

    Returns:
        A table with the same columns, and a `label` of 0.0, which the pipeline requires.
    """
    rows = []
    for clip in table.to_dict("records"):
        duration = clip["duration_s"]
        count = max(1, int(duration // seconds))
        if count == 1:
            rows.append(clip)
            continue
        begin = 0.0 if np.isnan(clip["start_s"]) else clip["start_s"]
        edges = begin + np.linspace(0.0, duration, count + 1)
        rows += [
            clip | {"start_s": a, "end_s": b, "duration_s": b - a}
            for a, b in itertools.pairwise(edges)
        ]
    return pd.DataFrame(rows, columns=table.columns).assign(label=0.0)


def _start(
    settings: PretrainingSettings, steps: int, log: Callable[[str], None]
) -> keras.Model:
    """Returns the initial network, with random weights or those of a checkpoint."""
    options = {
        "temperature": _HOT,
        "min_temperature": _COLD,
        "decay": (_COLD / _HOT) ** (1 / max(1, round(_COOLING_SHARE * steps))),
        "seed": settings.seed,
    }
    # Presets with a slash are names on the hub, which have weights.
    if settings.checkpoint in PRESETS and "/" not in settings.checkpoint:
        log(f"{settings.checkpoint}: random weights, not a pretrained model")
        card = {"sampling_rate": settings.sample_rate}
        return wav2vec2_for_pretraining(settings.checkpoint, card=card, **options)

    def report(loaded: Loaded) -> None:
        log(str(loaded))

    model = from_huggingface(settings.checkpoint, "pretrain", report=report, **options)
    rate = CheckpointFacts.of(model).sampling_rate
    if rate != settings.sample_rate:
        raise ValueError(
            f"pretrain: {settings.checkpoint} was trained at {rate} Hz. Received: "
            f"sample_rate={settings.sample_rate}. Omit it: every file is resampled."
        )
    return model


def _announce(
    pieces: pd.DataFrame, model: keras.Model, steps: int, log: Callable[[str], None]
) -> None:
    minutes = pieces["duration_s"].sum() / 60
    log(
        f"pretraining {model.count_params():,} parameters on {minutes:.1f} minutes of sound "
        f"in {len(pieces)} pieces, {steps} steps at most"
    )


def _compile(model: keras.Model, rate: float, steps: int) -> None:
    warmup = max(1, round(_WARMUP_SHARE * steps))
    cycle = LinearCycle(peak=rate, steps=max(steps, warmup), warmup=warmup)
    optimizer = keras.optimizers.AdamW(
        cycle, weight_decay=0.01, beta_2=0.98, epsilon=1e-6, clipnorm=10.0
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    # Batches have many different lengths, and XLA would compile the step for each length.
    model.compile(optimizer, jit_compile=False)
