"""Opens exported Wav2Vec2 networks (SavedModel, LiteRT, ONNX, OpenVINO) without Keras."""

from pathlib import Path
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.models.artifact.exported import runner_of
from kapre_like.models.wav2vec2.backbone.frame_times import FrameClock
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.family.answers import AnsweringNetwork
from kapre_like.saving import metadata


def is_exported(path: Path) -> bool:
    """Returns whether a path is an exported network of this package without a recipe."""
    if runner_of(path) is None:
        return False
    try:
        card = metadata(path)
    except ValueError:
        return False
    return card["checkpoint"] is not None and not card["recipe"]


def open_exported(path: Path) -> AnsweringNetwork:
    """Opens an exported network.

    Raises:
        ValueError: If the network has none of the heads in `answers.PRINTED`.
        ImportError: If the package that runs it is missing. The message names the extra.
    """
    card = metadata(path)
    facts = CheckpointFacts(**card["checkpoint"])
    clock = FrameClock.of_facts(facts, card["sample_rate"])
    # No padded batches: the output has the frames of the longest clip, and the card does not
    # contain how many frames a front end computes for a shorter one.
    return AnsweringNetwork(_only_output(path), card, clock, str(path), padded=False)


def _only_output(path: Path) -> Any:
    call = runner_of(path)(path)

    def run(waveform: np.ndarray, length: np.ndarray) -> np.ndarray:
        outputs = call(waveform=waveform, length=length)
        if "label" in outputs:
            # A SavedModel also returns the most likely class as text.
            outputs = {"probabilities": outputs["probabilities"]}
        if len(outputs) != 1:
            _check.fail("predict", "model", "a file with one output", sorted(outputs))
        (output,) = outputs.values()
        return output

    return run
