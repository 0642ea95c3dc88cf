"""Writes a model as a file that runs without this library, and proves that it does."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kapre_like import _check
from kapre_like.saving import SAVED_MODEL_CARD, find_card

_FORMATS = ("savedmodel",)
# The exported file must agree with the model to this, of probabilities or of the label's
# unit per unit: the graph is the same, only its compilation differs.
_TOLERANCE = 1e-5
# Batch sizes and lengths (samples) at which the exported file is tried.
_TRIALS = ((1, 16000), (3, 5000))


def export(model: keras.Model, path: str | Path, format: str = "savedmodel") -> Path:
    """Exports a model that takes raw audio, and compares the file with the model.

    The SavedModel's default signature takes `waveform (batch, samples)` float32 and `length
    (batch,)` int32, and returns `probabilities (batch, classes)` and `label (batch,)` (UTF-8
    strings), or `score (batch,)`. Batch and samples are free. `kapre_like.metadata(path)`
    reads what it is for.

    Args:
        model: Takes `[waveform, length]` and ends with a `ModelCard`, as
            `kapre_like.models.vgg.vgg` builds it.
        path: Folder to write; an older SavedModel there is replaced when the new one has
            passed, anything else is refused.
        format: `"savedmodel"`.

    Returns:
        The folder.

    Raises:
        ValueError: If the model has no `ModelCard` or other inputs, if `path` holds something
            else, or if the reloaded file gives other numbers; nothing is left behind then.
        ImportError: If TensorFlow is not installed, or Keras runs on another backend.
    """
    _check.one_of("export", _FORMATS, format=format)
    path = Path(path)
    card = _card(model)
    _refuse_to_replace(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    trial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _write_saved_model(model, trial, card)
        _prove(model, trial, card)
        if path.exists():
            shutil.rmtree(path)
        trial.replace(path)
    finally:
        shutil.rmtree(trial, ignore_errors=True)
    return path


def _card(model: keras.Model) -> dict[str, Any]:
    """The facts of the model's `ModelCard`; refuses a model that this cannot export."""
    names = [tensor.name for tensor in model.inputs]
    if names != ["waveform", "length"]:
        _check.fail("export", "model", "a model of the inputs `waveform` and `length`", names)
    card = find_card(model.get_config())
    if card is None:
        raise ValueError(
            "export: `model` must end with a ModelCard, which names task, classes and rate. "
            "Add `kapre_like.models.ModelCard(...)(outputs)` and build the model again."
        )
    return card


def _refuse_to_replace(path: Path) -> None:
    """Only an older SavedModel or an empty folder may be replaced."""
    empty = path.is_dir() and not any(path.iterdir())
    if path.exists() and not empty and not (path / "saved_model.pb").is_file():
        raise ValueError(f"export: {path} holds something else. Name a new folder.")


def _write_saved_model(model: keras.Model, path: Path, card: dict[str, Any]) -> None:
    tf = _tensorflow()
    names = card["class_names"]

    def serve(waveform, length):
        outputs = model([waveform, length], training=False)
        if names is None:
            return {"score": outputs}
        best = tf.argmax(outputs, axis=-1)
        return {"probabilities": outputs, "label": tf.gather(tf.constant(names), best)}

    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [
        tf.TensorSpec((None, None), tf.float32, "waveform"),
        tf.TensorSpec((None,), tf.int32, "length"),
    ]
    archive.add_endpoint("serve", serve, signature)
    archive.write_out(str(path), verbose=False)
    (path / SAVED_MODEL_CARD).parent.mkdir()
    (path / SAVED_MODEL_CARD).write_text(json.dumps(card, ensure_ascii=False), "utf-8")


def _prove(model: keras.Model, path: Path, card: dict[str, Any]) -> None:
    """Loads the file and compares it with the model at two batch sizes and two lengths."""
    serve = _tensorflow().saved_model.load(str(path)).signatures["serving_default"]
    key = "score" if card["class_names"] is None else "probabilities"
    rng = np.random.default_rng(0)
    for batch, samples in _TRIALS:
        waveform = rng.uniform(-1, 1, (batch, samples)).astype("float32")
        length = np.linspace(samples, samples // 2, batch).astype("int32")
        expected = keras.ops.convert_to_numpy(model([waveform, length], training=False))
        got = serve(waveform=waveform, length=length)[key].numpy()
        error = float(np.max(np.abs(got - expected), initial=0.0))
        # Scores carry the label's unit: relative to their size. Not `>`: NaN must fail too.
        if not error <= _TOLERANCE * max(1.0, float(np.abs(expected).max())):
            raise ValueError(
                f"export: the exported file differs from the model by {error:.2g} at "
                f"batch={batch}, samples={samples}. Nothing was written."
            )


def _tensorflow() -> Any:
    """TensorFlow, which a SavedModel needs; the one backend import of this module."""
    try:
        import tensorflow as tf
    except ImportError as error:
        raise ImportError(
            "export: a SavedModel needs TensorFlow. Run: pip install 'kapre-like[tensorflow]'"
        ) from error
    if keras.backend.backend() != "tensorflow":
        raise ImportError(
            "export: a SavedModel needs Keras on TensorFlow. Set KERAS_BACKEND=tensorflow."
        )
    return tf
