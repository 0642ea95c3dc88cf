"""Reads YAMNet's published weights, and folds batch normalization into the convolutions."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.models.checkpoints.h5_file import H5File
from kapre_like.models.checkpoints.litert_file import LiteRTFile, Operator
from kapre_like.models.checkpoints.matching import check_tensors, unreadable
from kapre_like.models.checkpoints.tf_checkpoint import TensorFlowCheckpoint
from kapre_like.models.pretrained.yamnet.config import (
    Convolution,
    YamnetConfig,
    convolutions,
)
from kapre_like.models.pretrained.yamnet.preset import YAMNET

# Dict from layer names to kernel and bias.
Layers = dict[str, tuple[np.ndarray, np.ndarray]]
_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_MOMENTS = ("beta", "moving_mean", "moving_variance")


def read_weights(path: Path, config: YamnetConfig) -> Layers:
    """Returns kernels and biases by layer name.

    Args:
        path: Path of `yamnet.h5`, of a SavedModel's folder, of `yamnet.tflite`, or prefix of a
            TensorFlow checkpoint.
        config: Hyperparameters of the network.

    Raises:
        ValueError: If the file contains another network, has another format or is truncated.
        ImportError: If the package that reads the format is missing.
    """
    if path.suffix == ".tflite":
        return _from_litert(LiteRTFile(path), config)
    if path.suffix in (".h5", ".hdf5"):
        return _from_variables(H5File(path), config)
    if path.is_dir() or not path.exists() or path.suffix == ".index":
        return _from_variables(TensorFlowCheckpoint(path), config)
    raise unreadable("yamnet", path, YAMNET.formats)


def _from_variables(file: Any, config: YamnetConfig) -> Layers:
    """Reads the variables of the original's Keras 2 model."""
    names = _plain_names(file.names())
    needed: dict[str, tuple[int, ...]] = {}
    for part in convolutions(config):
        needed[f"{part.source}/{_kernel(part)}"] = _kernel_shape(part)
        for moment in _MOMENTS:
            needed[f"{part.source}/bn/{moment}"] = (part.outputs,)
    channels = config.layers[-1][1]
    needed["dense/kernel"] = (channels, config.n_classes)
    needed["dense/bias"] = (config.n_classes,)
    found = {name: file.shape(stored) for name, stored in names.items()}
    check_tensors("yamnet", file.path, needed, found)
    arrays = {name: file.read(stored) for name, stored in names.items()}
    layers = {part.name: _folded(part, arrays, config) for part in convolutions(config)}
    return {**layers, "scores": (arrays["dense/kernel"], arrays["dense/bias"])}


def _plain_names(stored: list[str]) -> dict[str, str]:
    """Returns a dict from the original's variable names to the names in the file."""
    anchor = "layer1/conv/kernel"
    prefix = next((name.removesuffix(anchor) for name in stored if name.endswith(anchor)), "")
    # If a process builds several models, Keras numbers the layers of the later ones: `dense_1`.
    return {re.sub(r"^dense_\d+/", "dense/", n.removeprefix(prefix)): n for n in stored}


def _kernel(part: Convolution) -> str:
    return "depthwise_kernel" if part.depthwise else "kernel"


def _kernel_shape(part: Convolution) -> tuple[int, ...]:
    outputs = 1 if part.depthwise else part.outputs
    return (part.size, part.size, part.inputs, outputs)


def _folded(part: Convolution, arrays: dict[str, Any], config: YamnetConfig) -> Any:
    """Returns kernel and bias with the batch normalization folded in.

    The original's batch normalization has no `gamma`.
    """
    beta, mean, variance = (
        arrays[f"{part.source}/bn/{moment}"].astype("float64") for moment in _MOMENTS
    )
    scale = 1 / np.sqrt(variance + config.epsilon)
    along = scale[:, None] if part.depthwise else scale
    kernel = arrays[f"{part.source}/{_kernel(part)}"] * along
    return kernel.astype("float32"), (beta - mean * scale).astype("float32")


def _from_litert(file: LiteRTFile, config: YamnetConfig) -> Layers:
    """Reads the convolutions in the order of the file, because its names are not unique."""
    operators = file.operators
    found = [op for op in operators if op.kind in _CONVOLUTIONS]
    # The other products are the Fourier transform and the mel bands.
    products = [op for op in operators if op.kind == "FULLY_CONNECTED"][-1:]
    parts = convolutions(config)
    sources = [part.source for part in parts]
    shapes = {
        **_shapes(file, [*sources, *_surplus(found, parts)], found),
        **_shapes(file, ["dense"], products),
    }
    needed: dict[str, tuple[int, ...]] = {}
    for part in parts:
        kernel = _kernel_shape(part)
        needed[f"{part.source}/kernel"] = (kernel[3], *kernel[:3])
        needed[f"{part.source}/bias"] = (part.outputs,)
    needed["dense/kernel"] = (config.n_classes, config.layers[-1][1])
    needed["dense/bias"] = (config.n_classes,)
    if len(found) < len(parts) // 2:
        # The file contains another network. The names of its inputs make a clearer error
        # message than a comparison of its convolutions one by one.
        shapes = {f"{file.name(n)}": file.shape(n) for n in file.inputs}
    check_tensors("yamnet", file.path, needed, shapes)
    layers = {part.name: _litert_layer(file, op) for part, op in zip(parts, found, strict=True)}
    kernel, bias = (file.read(number) for number in products[0].inputs[1:3])
    return {**layers, "scores": (kernel.T, bias)}


def _surplus(found: list[Operator], parts: list[Convolution]) -> list[str]:
    return [f"convolution {n}" for n in range(len(parts) + 1, len(found) + 1)]


def _shapes(file: LiteRTFile, names: list[str], operators: list[Operator]) -> Any:
    """Returns the shapes of kernels and biases by name. Operators without them are skipped."""
    shapes = {}
    for name, op in zip(names, operators, strict=False):
        for kind, number in zip(("kernel", "bias"), op.inputs[1:3], strict=False):
            if file.is_constant(number):
                shapes[f"{name}/{kind}"] = file.shape(number)
    return shapes


def _litert_layer(file: LiteRTFile, op: Operator) -> tuple[np.ndarray, np.ndarray]:
    kernel, bias = (file.read(number) for number in op.inputs[1:3])
    return kernel.transpose(1, 2, 3, 0), bias
