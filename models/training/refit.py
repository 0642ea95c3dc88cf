"""The last epochs of a training, on the training and validation clips together.

A network should also learn the speakers and rooms of its validation clips. After its cycle on
the training clips it predicts the validation clips, and then continues on all clips in a second
cycle, with a lower learning rate.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kapre_like.models.artifact.families import HeldOut
from kapre_like.models.training.loop import Progress
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
