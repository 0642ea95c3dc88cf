"""Reports failures of a transcription training: a diverged loss, or a model without output."""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# Number of validation clips that are predicted to check that a network outputs text.
_CHECKED_CLIPS = 32


def report_failures(
    model: Any,
    *,
    wrong: bool,
    rates: dict[str, float],
    valid: "pd.DataFrame | None",
    log: Callable[[str], None],
) -> None:
    """Reports a loss that became NaN or infinite, and a network that outputs no text.

    Sets `collapsed` in the settings of the model's recipe, and adds sentences to `notes`.

    Args:
        model: A trained `TranscribingFamily`.
        wrong: Whether the last loss is NaN or infinite, see `loop.diverged`.
        rates: The highest learning rates by the names of their settings.
        valid: Table of the validation clips, or `None`.
        log: Called with each line.

    Raises:
        ValueError: If the loss of the first epoch was NaN or infinite.
    """
    settings = model.recipe["settings"]
    epochs = len(model.history["train_loss"])
    lower_rate = " ".join(f"--set {name}={rate / 3:.1g}" for name, rate in rates.items())
    if wrong and epochs == 1:
        raise ValueError(
            f"{model.name}: the loss of the first epoch is NaN or infinite. Use a lower "
            f"rate ({lower_rate}) or a lower maximum norm of the gradients "
            "(--set clip_norm=1)."
        )
    if wrong:
        _note(
            model,
            f"the loss was NaN or infinite in epoch {epochs}, so training stopped; the "
            f"weights are those of epoch {settings['best_epoch']}. A lower rate may help "
            f"({lower_rate})",
            log,
        )
    if valid is None:
        settings["collapsed"] = False
        return
    settings["collapsed"] = not any(model.predict(_first_clips(valid, model.recipe)))
    if settings["collapsed"]:
        _note(
            model,
            f"the {model.name} model outputs no text: the blank is the most probable token "
            "of every frame. Train longer (--epochs), on more recordings, or at a lower "
            f"rate ({lower_rate})",
            log,
        )


def _note(model: Any, text: str, log: Callable[[str], None]) -> None:
    """Adds a note to the recipe, logs it and warns."""
    model.recipe["settings"]["notes"].append(f"{text}.")
    log(text)
    # The caller of `train`, which calls `report_failures`.
    warnings.warn(text, stacklevel=4)


def _first_clips(table: "pd.DataFrame", recipe: dict[str, Any]) -> list["np.ndarray"]:
    """Returns the waveforms of the first clips of a table."""
    from kapre_like.audio.rows import read_row, rows_of

    rows = rows_of(table)[:_CHECKED_CLIPS]
    return [read_row(row, sample_rate=recipe["sample_rate"]) for row in rows]
