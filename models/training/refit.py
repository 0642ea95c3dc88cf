"""The last epochs of a training, on the training and validation clips together.

A network should also learn the speakers and rooms of its validation clips. After its cycle on
the training clips it predicts the validation clips, and then continues on all clips in a second
cycle, with a lower learning rate.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kapre_like.models.artifact.families import HeldOut
from kapre_like.models.training.epoch_budget import EpochBudget
from kapre_like.models.training.loop import Progress, diverged
from kapre_like.models.training.schedule import Schedule

if TYPE_CHECKING:
    import keras
    import pandas as pd

# Share of all epochs, and the peak of the learning rate relative to that of the first cycle.
SHARE, RATE, WARMUP_SHARE = 0.2, 0.3, 0.1
# Folder of the checkpoints, in that of the first cycle.
FOLDER = "refit"


def refit_epochs(epochs: int) -> int:
    """Returns how many of all epochs are on all clips."""
    return round(SHARE * epochs)


def epochs_left(first: Progress, planned: int, last: int) -> int:
    """Returns the epochs of the second cycle, which are fewer after an early stop.

    Args:
        first: Progress of the first cycle.
        planned: Int > 0, epochs of the first cycle without early stopping.
        last: Int > 0, epochs of the second cycle after all of these.
    """
    return last if first.epoch >= planned else max(1, refit_epochs(first.epoch))


def refit_schedule(schedule: Schedule, epochs: int) -> Schedule:
    """Returns the second cycle.

    Args:
        schedule: The first cycle.
        epochs: Int > 0, as from `refit_epochs`.
    """
    rate = RATE * schedule.peak_rate
    return replace(
        schedule, epochs=epochs, peak_rate=rate, warmup_share=WARMUP_SHARE, patience=epochs
    )


def held_out_of(model: "keras.Model", valid: "pd.DataFrame", pipeline: Any) -> HeldOut:
    """Returns the predictions for the validation clips by a model that was not trained on them.

    Args:
        model: Maps `[waveform, length]` to probabilities or scores.
        valid: Table of the validation clips.
        pipeline: A `kapre_like.audio.Pipeline` of these clips, in the same order.
    """
    output = np.asarray(model.predict(pipeline.epoch(0), verbose=0), "float64")
    return HeldOut([str(digest) for digest in valid["digest"]], output)


def second_cycle(
    model: "keras.Model",
    first: Progress,
    train: Callable[[Callable[[Progress], bool]], tuple["keras.Model", Progress]],
    *,
    budget: EpochBudget,
    log: Callable[[str], None],
) -> tuple["keras.Model", Progress]:
    """Trains the second cycle. If it diverges, the first one counts.

    Args:
        model: The model after the first cycle.
        first: Progress of the first cycle.
        train: Trains the model. Its argument is that of `loop.fit` named `enough`.
        budget: Time limit of both cycles.
        log: Called with one line if the cycle diverges.

    Returns:
        The model, and the progress of the cycles that count.
    """
    weights = model.get_weights()

    def enough(progress: Progress) -> bool:
        both = together(first, progress)
        return progress.epoch > 0 and (budget.is_over(both) or diverged(progress))

    model, second = train(enough)
    if diverged(second):
        log("the loss of the second cycle is not finite: its epochs do not count")
        model.set_weights(weights)
        return model, first
    return model, together(first, second)


def together(first: Progress, second: Progress) -> Progress:
    """Returns the progress of both cycles, with the curves of one training.

    The curves of the validation clips end with the first cycle.
    """
    history = {
        name: values + second.history.get(name, []) for name, values in first.history.items()
    }
    return replace(
        first,
        epoch=first.epoch + second.epoch,
        seconds=first.seconds + second.seconds,
        history=history,
    )
