"""Reads the speech embedding's LiteRT file."""

from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.models.checkpoints.litert_file import LiteRTFile, Operator
from kapre_like.models.checkpoints.matching import check_tensors, unreadable
from kapre_like.models.pretrained.speech_embedding.config import (
    SpeechEmbeddingConfig,
    convolutions,
)
from kapre_like.models.pretrained.speech_embedding.preset import SPEECH_EMBEDDING

_OWNER = "speech_embedding"


def read_weights(
    path: Path, config: SpeechEmbeddingConfig
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Returns kernels and biases by layer name.

    Args:
        path: Path of `embedding_model.tflite`.
        config: Hyperparameters of the network.

    Raises:
        ValueError: If the file contains another network, has another format or is truncated.
        ImportError: If `ai_edge_litert` is not installed.
    """
    if path.suffix != ".tflite":
        raise unreadable(_OWNER, path, SPEECH_EMBEDDING.formats)
    file = LiteRTFile(path)
    found = [op for op in file.operators if op.kind == "CONV_2D"]
    parts = [part for group in convolutions(config) for part in group]
    needed: dict[str, tuple[int, ...]] = {}
    for part in parts:
        needed[f"{part.name}/kernel"] = (part.outputs, *part.kernel, part.inputs)
        needed[f"{part.name}/bias"] = (part.outputs,)
    check_tensors(_OWNER, path, needed, _shapes(file, found, len(parts)))
    _check_activations(file, config)
    return {part.name: _layer(file, op) for part, op in zip(parts, found, strict=True)}


def _shapes(file: LiteRTFile, found: list[Operator], count: int) -> dict[str, tuple[int, ...]]:
    """Returns the shapes of the convolutions' tensors by their order in the file."""
    if len(found) < count // 2:
        # The file contains another network. The names of its inputs make a clearer error
        # message than a comparison of its convolutions one by one.
        return {file.name(number): file.shape(number) for number in file.inputs}
    shapes = {}
    for position, op in enumerate(found):
        for kind, number in zip(("kernel", "bias"), op.inputs[1:3], strict=False):
            shapes[f"convolution_{position:02d}/{kind}"] = file.shape(number)
    return shapes


def _check_activations(file: LiteRTFile, config: SpeechEmbeddingConfig) -> None:
    """Checks slope and floor of the activations, which are not among the weights."""
    slopes = {op.options["alpha"] for op in file.operators if op.kind == "LEAKY_RELU"}
    lower = (op.inputs[1] for op in file.operators if op.kind == "MAXIMUM")
    floors = {float(file.read(number)) for number in lower}
    if not (_are(slopes, config.slope) and _are(floors, config.floor)):
        raise ValueError(
            f"{_OWNER}: `weights` must be a file with leaky ReLUs of slope {config.slope} and "
            f"minimum {config.floor}. Received: {file.path} with slopes {sorted(slopes)} and "
            f"minima {sorted(floors)}."
        )


def _are(values: set[Any], number: float) -> bool:
    return bool(values) and all(abs(value - number) < 1e-6 for value in values)


def _layer(file: LiteRTFile, op: Operator) -> tuple[np.ndarray, np.ndarray]:
    kernel, bias = (file.read(number) for number in op.inputs[1:3])
    return kernel.transpose(1, 2, 3, 0), bias
