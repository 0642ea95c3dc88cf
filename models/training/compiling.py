"""Compiles a network: AdamW with one cycle of the learning rate, and the loss of a task."""

from typing import Any

import keras
import numpy as np

from kapre_like.models.training.schedule import Schedule


def compile_model(
    model: keras.Model,
    schedule: Schedule,
    *,
    steps: int,
    task: str,
    label_smoothing: float | None = None,
) -> None:
    """Compiles a model with AdamW and a one-cycle rate: linear warm-up, cosine decay to 0.

    Args:
        model: Maps `[waveform, length]` to probabilities or scores.
        schedule: See `Schedule`.
        steps: Int > 0, batches per epoch.
        task: `"classify"` or `"regress"`.
        label_smoothing: Float in 0 .. 1 if labels are probabilities `(batch, classes)`: the
            share of each label that is spread evenly over all classes. `None` if labels are
            class numbers.
    """
    optimizer = one_cycle(schedule, steps=steps)
    classify = task == "classify"
    loss = classification_loss(label_smoothing) if classify else "mean_squared_error"
    metrics = ["accuracy"] if classify else ["mean_absolute_error"]
    # Batches have many different lengths, and XLA would compile the step for each one.
    model.compile(optimizer, loss, metrics=metrics, jit_compile=False)


def one_cycle(
    schedule: Schedule, *, steps: int, clip_norm: float | None = None
) -> keras.optimizers.Optimizer:
    """Returns AdamW with a one-cycle rate: linear warm-up, cosine decay to 0.

    Args:
        schedule: See `Schedule`.
        steps: Int > 0, batches per epoch.
        clip_norm: Float > 0, the maximum global norm of the gradients; `None` does not clip.
    """
    total = schedule.epochs * steps
    warmup = max(1, round(schedule.warmup_share * total))
    rate = keras.optimizers.schedules.CosineDecay(
        schedule.peak_rate / 25,
        decay_steps=max(1, total - warmup),
        warmup_target=schedule.peak_rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=schedule.weight_decay, global_clipnorm=clip_norm
    )
    exclude_from_decay(optimizer)
    return optimizer


def classification_loss(label_smoothing: float | None) -> Any:
    """Returns the loss for class numbers (`None`), or for labels that are probabilities."""
    if label_smoothing is None:
        return "sparse_categorical_crossentropy"
    return keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing)


def create_variables(model: keras.Model) -> None:
    """Creates the variables of the optimizer and the metrics of a compiled model.

    Otherwise TensorFlow traces the first training step twice: once to create the variables, and
    once with them. For a small network a trace takes longer than an epoch. For a model with
    several outputs, such as a model for pretraining, Keras creates the variables, because each
    output has its own loss.
    """
    if len(getattr(model, "outputs", None) or ()) != 1:
        return
    model.optimizer.build(model.trainable_variables)
    # Use 1 for axes of variable size, such as frames.
    output = np.ones((1, *(size or 1 for size in model.output_shape[1:])), "float32")
    soft = isinstance(model.loss, keras.losses.CategoricalCrossentropy)
    target = output if soft else np.zeros((1,) * max(1, output.ndim - 1))
    model.compute_loss(None, target, output)
    model.compute_metrics(None, target, output)
    model.reset_metrics()


def exclude_from_decay(optimizer: Any) -> None:
    """Excludes scales, offsets and biases from weight decay. Saved files do not store this."""
    # Loshchilov and Hutter 2019 decay all variables; later work usually excludes these.
    if isinstance(optimizer, keras.optimizers.AdamW):
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
