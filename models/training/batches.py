"""Batch size and input pipeline for training a network."""

from typing import TYPE_CHECKING, Any

from kapre_like.models.artifact.clip_batches import BATCH, BATCH_SECONDS

if TYPE_CHECKING:
    import pandas as pd


def clips_per_batch(train: "pd.DataFrame", seconds: float | None) -> int:
    """Returns the default batch size: 32, or less if clips are few or long.

    A batch has at most 64 seconds of sound, and an epoch has at least 16 steps. A batch never
    has fewer than 4 clips.

    Args:
        train: Table with `duration_s`.
        seconds: Length of a training clip; `None` if clips keep their own lengths.
    """
    length = float(train["duration_s"].mean()) if seconds is None else seconds
    max_clips = min(len(train) // 16, int(BATCH_SECONDS / max(length, 0.1)))
    return max(4, min(BATCH, max_clips))


def pipeline(table: "pd.DataFrame", recipe: dict[str, Any], **options: Any) -> Any:
    """Returns a `kapre_like.audio.Pipeline` over a table, with the settings of a recipe.

    Args:
        table: As from `kapre_like.audio.scan`.
        recipe: With `sample_rate`, `seconds`, `class_names` and `seed`.
        **options: Further arguments of `Pipeline`, such as `batch_size` and `shuffle`.
    """
    # Imported here because it needs TensorFlow, and prediction does not.
    from kapre_like.audio.pipeline import Pipeline

    names = ("sample_rate", "seconds", "class_names", "seed")
    return Pipeline(table, **{name: recipe[name] for name in names}, **options)
