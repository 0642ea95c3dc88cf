"""Compiles a speech recognition network: CTC loss, AdamW and a one-cycle learning rate."""

import keras

from kapre_like.models.training.compiling import one_cycle
from kapre_like.models.training.schedule import Schedule
from kapre_like.models.training.transcription.judging import text_loss


def compile_for_text(
    model: keras.Model, schedule: Schedule, *, steps: int, clip_norm: float, blank: int
) -> None:
    """Compiles a model that returns log probabilities of tokens.

    Args:
        model: Maps `[waveform, length]` to `(batch, frames, tokens)`.
        schedule: See `Schedule`.
        steps: Int > 0, batches per epoch.
        clip_norm: Float > 0, the maximum global norm of the gradients.
        blank: Int >= 0, the number of the blank token.
    """
    optimizer = one_cycle(schedule, steps=steps, clip_norm=clip_norm)
    # Batches have many different lengths, and XLA would compile the step for each one.
    model.compile(optimizer, loss=text_loss(blank), jit_compile=False)
