"""`load_predictor` opens a saved model of any kind for prediction."""

from pathlib import Path
from typing import Any

from kapre_like import _check
from kapre_like.models.artifact.predictor import Predictor
from kapre_like.models.artifact.readers import reader_of


def load_predictor(path: str | Path, **options: Any) -> Predictor:
    """Opens a saved model of any kind for prediction.

    Args:
        path: One of these: a folder that `kapre-like train` wrote, of any family; a `.keras`
            file; a file or folder that `kapre_like.export` wrote (SavedModel, `.tflite`,
            `.onnx`); the folder of a speech encoder's checkpoint as `transformers` writes it,
            or its name on the Hugging Face hub; a file or folder that a reader of another
            package recognizes.
        **options: Options of `from_huggingface` for a checkpoint of Hugging Face, such as
            `target_lang="fra"` and `max_seconds=10.0`.

    Returns:
        A `Predictor`.

    Raises:
        ValueError: If the path is none of these, or damaged. The message says what it is, and
            the fix.
        TypeError: If an option is unknown.
        ImportError: If a package that runs the model is missing. The message names the extra.

    Example:
        >>> records = kapre_like.load_predictor("checkpoint")(["a.wav", waveform])
        >>> records[0]["text"], records[0]["words"][0]["start"]
    """
    path = Path(path)
    reader = reader_of(path)
    if options and not getattr(reader, "takes_options", False):
        fix = "Only checkpoints of Hugging Face have options."
        _check.fail("load_predictor", "options", f"none for {reader.kind}", options, fix)
    return Predictor(reader.open(path, **options), source=str(path))
