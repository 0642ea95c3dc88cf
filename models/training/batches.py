"""The batches that a network is trained on."""

from typing import TYPE_CHECKING, Any

from kapre_like.models.artifact.clip_batches import BATCH, BATCH_SECONDS

if TYPE_CHECKING:
    import pandas as pd


def clips_per_batch(train: "pd.DataFrame", seconds: float | None) -> int:
    """Returns 32, or less where that leaves under 16 steps per epoch or clips are long.

    Args:
        train: Table with `duration_s`.
        seconds: Length of every clip, or `None` for their own.
    """
    length = float(train["duration_s"].mean()) if seconds is None else seconds
    most = min(len(train) // 16, int(BATCH_SECONDS / max(length, 0.1)))
    return max(4, min(BATCH, most))


def pipeline(table: "pd.DataFrame", recipe: dict[str, Any], **options: Any) -> Any:
    """Returns a `kapre_like.audio.Pipeline` over a table, read as a recipe says.

    Args:
        table: As from `kapre_like.audio.scan`.
        recipe: With `sample_rate`, `seconds`, `class_names` and `seed`.
        **options: Of `Pipeline`, such as `batch_size`, `shuffle` and `bucket`.
    """
    # TensorFlow is imported here: loading a model and predicting with it need Keras alone.
    from kapre_like.audio.pipeline import Pipeline

    names = ("sample_rate", "seconds", "class_names", "seed")
    return Pipeline(table, **{name: recipe[name] for name in names}, **options)
