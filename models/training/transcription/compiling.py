"""Compiles a network for text: the CTC loss, AdamW and a one-cycle rate."""

import keras

from kapre_like.models.training.loop import one_cycle
from kapre_like.models.training.schedule import Schedule
from kapre_like.models.training.transcription.judging import text_loss


def compile_for_text(
    model: keras.Model, schedule: Schedule, *, steps: int, clip_norm: float, blank: int
) -> None:
    """Compiles a model whose output are log probabilities of tokens.

    Args:
        model: Maps `[waveform, length]` to `(batch, frames, tokens)`.
        schedule: See `Schedule`.
        steps: Int > 0, batches per epoch.
        clip_norm: Float > 0, the greatest norm of all gradients together.
        blank: Int >= 0, the number of the blank.
    """
    optimizer = one_cycle(schedule, steps=steps, clip_norm=clip_norm)
    # Batches have many different lengths, and XLA would compile the step for each one.
    model.compile(optimizer, loss=text_loss(blank), jit_compile=False)
