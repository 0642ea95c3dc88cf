"""Fine-tuning in two stages: first the head, then all layers with rates per layer."""

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from kapre_like import _check
from kapre_like.models.blocks.collapse import ScoreSpread, TopClass, is_constant
from kapre_like.models.blocks.layer_places import LayerPlaces, weighted_layers
from kapre_like.models.blocks.learning_rates import LayerRates, LinearCycle
from kapre_like.models.training.compiling import classification_loss
from kapre_like.models.training.finetuning.settings import FineTuning
from kapre_like.models.training.loop import Progress, fit
from kapre_like.models.training.schedule import Schedule


def fine_tune(
    model: keras.Model,
    train_pipeline: Any,
    valid_pipeline: Any,
    *,
    settings: FineTuning,
    places: LayerPlaces,
    unit: dict[str, float] | None = None,
    label_smoothing: float | None = None,
    class_weight: dict[int, float] | None = None,
    seed: int = 0,
    folder: Path,
    fingerprint: Any,
    log: Callable[[str], None],
    fitted: bool = False,
    enough: Callable[[Progress], bool] = lambda _: False,
) -> tuple[keras.Model, Progress]:
    """Trains in the stages of `settings`. An interrupted run resumes in the same stage.

    Args:
        model: Maps `[waveform, length]` to probabilities or scores. It was built under the
            policy `settings.precision` and with `settings.gradient_checkpointing`.
        train_pipeline: A shuffling `kapre_like.audio.Pipeline`.
        valid_pipeline: A `Pipeline` without shuffling, or `None`.
        settings: See `FineTuning`.
        places: The layers of the network under the head.
        unit: `score_scale` and `score_offset` for regression; `None` for classification.
        label_smoothing: As in `training.compiling.compile_model`: `None` if labels are class
            numbers. Regression does not use it.
        class_weight: Weight per class number, or `None`.
        seed: Int >= 0, seed of the dropout.
        folder: Folder for checkpoints.
        fingerprint: JSON value that identifies this training.
        log: Called with one line per epoch.
        fitted: Whether the head is already fitted. Then the network is evaluated before the
            first epoch, and is returned unchanged if no epoch makes it better.
        enough: As in `training.loop.fit`. Called with the progress of all stages together.

    Returns:
        `(model, progress)`: the model with the best epoch's weights, and the progress of both
        stages.

    Raises:
        ValueError: If the model was built with another precision or without the gradient
            checkpointing of `settings`.
    """
    _check_built_so(model, settings)
    kind = {"unit": unit, "label_smoothing": label_smoothing}
    whole, best = Progress(), None
    if fitted and valid_pipeline is not None:
        compile_stage(model, settings, peak=settings.rate, steps=1, rates={}, **kind)
        whole.best_loss = model.evaluate(valid_pipeline.epoch(0), verbose=0)[0]
        best = model.get_weights()
        log(f"before any epoch: valid_loss {whole.best_loss:.3f}")
    for name, epochs in settings.stages():
        if enough(whole):
            break
        steps = epochs * train_pipeline.n_batches
        model, progress = fit(
            model,
            train_pipeline,
            valid_pipeline,
            schedule=Schedule(epochs=epochs, patience=settings.patience),
            class_weight=class_weight,
            seed=seed,
            folder=folder / name,
            fingerprint=[fingerprint, name],
            log=lambda line, name=name: log(f"{name}: {line}"),
            prepare=lambda model, name=name, steps=steps: prepare_stage(
                model, name, settings, places=places, steps=steps, **kind
            ),
            enough=lambda stage, before=whole.seconds: enough(
                replace(stage, seconds=before + stage.seconds)
            ),
            remark=_warn_of_constant,
        )
        if _append(whole, progress) or best is None:
            best = model.get_weights()
    model.set_weights(best)
    return model, whole


def _check_built_so(model: keras.Model, settings: FineTuning) -> None:
    """Raises an error if the model was built with another precision than `settings`."""
    policies = {layer.dtype_policy.name for layer in weighted_layers(model)}
    # Heads and front ends are float32 under every policy.
    policy = next(iter(policies - {"float32"}), "float32")
    if settings.precision not in ("float32", policy):
        fix = f"Build it under `keras.config.set_dtype_policy({settings.precision!r})`."
        rule = f"{policy!r}, as the model was built"
        _check.fail("fine_tune", "precision", rule, settings.precision, fix)
    again = any(getattr(x, "gradient_checkpointing", False) for x in weighted_layers(model))
    if settings.gradient_checkpointing and not again:
        fix = "Build it with gradient_checkpointing=True."
        _check.fail(
            "fine_tune", "gradient_checkpointing", "False, as the model was built", True, fix
        )


def prepare_stage(
    model: keras.Model,
    name: str,
    settings: FineTuning,
    *,
    places: LayerPlaces,
    steps: int,
    unit: dict[str, float] | None,
    label_smoothing: float | None = None,
    loss: keras.losses.Loss | None = None,
) -> None:
    """Chooses which layers the stage `name` trains, and compiles the model for it.

    `loss` replaces the default losses for classes and scores. The model may contain the network
    as a nested layer, after augmentation.
    """
    head = name == "head"
    places.release(
        model,
        upper=0 if head else settings.upper,
        stem=not settings.freeze_feature_encoder,
    )
    rates = places.multipliers(
        model,
        decay=settings.rate_decay,
        head=1.0 if head else settings.head_rate / settings.rate,
    )
    peak = settings.head_rate if head else settings.rate
    kind = {"unit": unit, "label_smoothing": label_smoothing, "loss": loss}
    compile_stage(model, settings, peak=peak, steps=steps, rates=rates, **kind)


def compile_stage(
    model: keras.Model,
    settings: FineTuning,
    *,
    peak: float,
    steps: int,
    rates: dict[str, float],
    unit: dict[str, float] | None,
    label_smoothing: float | None = None,
    loss: keras.losses.Loss | None = None,
) -> None:
    """Compiles the model for one stage; `steps` is the number of batches."""
    optimizer = LayerRates(
        LinearCycle(
            peak=peak, steps=steps, warmup=max(1, round(settings.warmup_share * steps))
        ),
        multipliers=rates,
        decay=settings.weight_decay,
        global_clipnorm=settings.clip_norm,
        gradient_accumulation_steps=settings.accumulate if settings.accumulate > 1 else None,
    )
    if any(layer.dtype_policy.name == "mixed_float16" for layer in weighted_layers(model)):
        # Keras adds loss scaling only if the model's own policy is float16, but here only the
        # policies of its layers are.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    # Batches have many different lengths, and XLA would compile the step for each one.
    options = {"optimizer": optimizer, "jit_compile": False}
    if loss is not None:
        model.compile(loss=loss, **options)
        return
    if unit is None:
        metrics = ["accuracy", TopClass(classes=model.output_shape[-1])]
        model.compile(loss=classification_loss(label_smoothing), metrics=metrics, **options)
        return
    scale, offset = unit["score_scale"], unit["score_offset"]
    metrics = ["mean_absolute_error", ScoreSpread(offset=offset, scale=scale)]
    # Relative to the labels' variance, so that gradient clipping does not depend on the unit.
    model.compile(
        loss="mean_squared_error", loss_weights=[scale**-2], metrics=metrics, **options
    )


def _append(whole: Progress, stage: Progress) -> bool:
    """Adds a stage to the progress. Returns whether it has the best weights so far."""
    before = whole.epoch
    for name, values in stage.history.items():
        whole.history.setdefault(name, []).extend(values)
    whole.epoch += stage.epoch
    whole.seconds += stage.seconds
    # Without validation clips the last stage is the best; see `training.loop.fit`.
    better = stage.best_loss < whole.best_loss or "valid_loss" not in stage.history
    # The first stage of a head that is not fitted is the best, even with a loss of NaN.
    if better or whole.best_loss == math.inf:
        whole.best_loss, whole.best_epoch = stage.best_loss, before + stage.best_epoch
        return True
    return False


def _warn_of_constant(progress: Progress) -> str:
    if is_constant(progress.history, progress.epoch):
        return " -- predictions are constant"
    return ""


@contextlib.contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Sets Keras's dtype policy for the layers that are built in the context."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
