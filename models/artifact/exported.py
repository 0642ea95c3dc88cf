"""Readers of exported models: SavedModel, LiteRT, ONNX, OpenVINO. They need no Keras to run.

An exported file contains the length rule and any resampling, so the readers give it whole
clips. Their predictions are those of the same file on a server.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like import running
from kapre_like.models.artifact.clip_batches import predict_clips
from kapre_like.saving import OPENVINO_FILE, metadata

# Name of the output that is read for each task. Other tasks output frames or embeddings.
_OUTPUTS = {"classify": "probabilities", "regress": "score"}


def recipe_of(path: Path) -> dict[str, Any]:
    """Returns the recipe in a saved model. Facts of the card replace those of the recipe.

    Raises:
        ValueError: If the file has no metadata.
    """
    facts = metadata(path)
    names = ("task", "class_names", "sample_rate", "seconds", "length_rule")
    card = {name: facts.get(name) for name in names}
    card["length_rule"] = card["length_rule"] or "whole"
    config = (facts.get("checkpoint") or {}).get("config") or {}
    # Whether several classes can apply to one clip.
    card["multi_label"] = config.get("problem_type") == "multi_label_classification"
    return {"family": path.name, **(facts.get("recipe") or {}), **card}


class Exported:
    """An exported network, with the metadata in its file.

    Args:
        path: The file or folder.
        run: Function of `kapre_like.running` that opens it.

    Attributes:
        recipe: `task`, `class_names`, `sample_rate`, `seconds`, `length_rule`.
        cuts_itself: True.
        calibrated: True; the file contains the calibration, if there is one.

    Raises:
        ValueError: If the file has no metadata of this library, or outputs neither
            probabilities nor a score.
        ImportError: If the package that runs it is missing. The message names the extra.
    """

    cuts_itself = True
    calibrated = True

    def __init__(self, path: Path, run: Any) -> None:
        self.recipe = recipe_of(path)
        if self.recipe["task"] not in _OUTPUTS:
            raise ValueError(
                f"{path}: an exported network with the head {self.recipe['task']!r} outputs "
                "neither labels nor a score, and its file does not say how to read the output. "
                "Name the .keras file or the checkpoint that it was exported from."
            )
        self._call, self._name = run(path), _OUTPUTS[self.recipe["task"]]

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Returns `(clips, classes)` probabilities or `(clips,)` scores of mono waveforms."""
        rate = self.recipe["sample_rate"]
        return predict_clips(self._output, waveforms, sample_rate=rate)

    def _output(self, waveform: np.ndarray, length: np.ndarray) -> np.ndarray:
        outputs = self._call(waveform=waveform, length=length)
        if self._name not in outputs:
            raise ValueError(
                f"the exported network outputs {', '.join(sorted(outputs))}, not "
                f"{self._name!r}. Export a network that outputs probabilities or a score."
            )
        return outputs[self._name]


def runner_of(path: Path) -> Callable[[Path], running.Call] | None:
    """Returns the function that opens an exported file; `None` for other files."""
    if SavedModelFolder().recognizes(path):
        return running.run_savedmodel
    if LiteRTFile().recognizes(path):
        return running.run_litert
    if OpenVinoFolder().recognizes(path):
        return running.run_openvino
    return running.run_onnx if OnnxFile().recognizes(path) else None


class SavedModelFolder:
    """Reads SavedModel folders, in TensorFlow."""

    kind = "an exported SavedModel folder"

    def recognizes(self, path: Path) -> bool:
        """Returns whether the folder contains `saved_model.pb`."""
        return (path / "saved_model.pb").is_file()

    def open(self, path: Path) -> Exported:
        """Opens the folder; see `Exported`."""
        return Exported(path, running.run_savedmodel)


class OpenVinoFolder:
    """Reads OpenVINO folders, in OpenVINO."""

    kind = "an exported OpenVINO folder"

    def recognizes(self, path: Path) -> bool:
        """Whether the folder holds OpenVINO's graph."""
        return (path / OPENVINO_FILE).is_file()

    def open(self, path: Path) -> Exported:
        """Opens the folder; see `Exported`."""
        return Exported(path, running.run_openvino)


class LiteRTFile:
    """Reads LiteRT (TensorFlow Lite) files, in LiteRT's interpreter."""

    kind = "a LiteRT file"

    def recognizes(self, path: Path) -> bool:
        """Returns whether the content of the file is LiteRT's, whatever its name is."""
        return _start(path)[4:8] == b"TFL3"

    def open(self, path: Path) -> Exported:
        """Opens the file; see `Exported`."""
        return Exported(path, running.run_litert)


class OnnxFile:
    """Reads ONNX files, in onnxruntime."""

    kind = "an ONNX file"

    def recognizes(self, path: Path) -> bool:
        """Returns whether a file is ONNX: by its name, or by this library's metadata in it."""
        # An ONNX file begins with its version: field 1, a small number.
        if not _start(path).startswith(b"\x08"):
            return False
        if path.suffix == ".onnx":
            return True
        try:
            return bool(metadata(path))
        except ValueError:
            return False

    def open(self, path: Path) -> Exported:
        """Opens the file; see `Exported`."""
        return Exported(path, running.run_onnx)


def _start(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(8)
