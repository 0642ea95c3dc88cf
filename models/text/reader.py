"""Reader of exported networks for text (SavedModel, LiteRT, ONNX, OpenVINO) without Keras."""

from pathlib import Path

import numpy as np

from kapre_like.models.artifact.exported import recipe_of, runner_of
from kapre_like.models.text.answering import Transcriber
from kapre_like.saving import metadata


class ExportedText:
    """Opens files of networks that return log probabilities of tokens."""

    kind = "an exported speech recognition network"

    def recognizes(self, path: Path) -> bool:
        """Returns whether a path is such a file or folder."""
        if runner_of(path) is None:
            return False
        try:
            return metadata(path)["task"] == "transcribe"
        except ValueError:
            return False

    def open(self, path: Path) -> Transcriber:
        """Opens the file.

        Raises:
            ImportError: If the program that runs it is missing. The message names the extra.
        """
        call = runner_of(path)(path)

        def run(waveform: np.ndarray, length: np.ndarray) -> np.ndarray:
            return call(waveform=waveform, length=length)["log_probabilities"]

        return Transcriber(run, {**recipe_of(path), "text": metadata(path)["text"]})
