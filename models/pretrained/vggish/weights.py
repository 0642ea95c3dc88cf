"""Reads VGGish's published weights and the parameters of its postprocessing."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.models.checkpoints.matching import check_tensors, unreadable
from kapre_like.models.checkpoints.safetensors import SafetensorsFile
from kapre_like.models.checkpoints.tf_checkpoint import TensorFlowCheckpoint
from kapre_like.models.checkpoints.torch_file import TorchFile
from kapre_like.models.pretrained.vggish.config import (
    Part,
    VggishConfig,
    convolutions,
    dense_layers,
)
from kapre_like.models.pretrained.vggish.preset import VGGISH

# Dict from layer names to kernel and bias.
Layers = dict[str, tuple[np.ndarray, np.ndarray]]
_SCOPE = "vggish/"
# PyTorch files may contain the PCA. It is ignored, because the argument `pca` provides it.
_POSTPROCESSING = "pproc."
_PCA = ("pca_eigen_vectors", "pca_means")


def read_weights(path: Path, config: VggishConfig) -> Layers:
    """Returns kernels and biases by layer name.

    Args:
        path: Prefix or file of a TensorFlow checkpoint, or file of a PyTorch state dict.
        config: Hyperparameters of the network.

    Raises:
        ValueError: If the file contains another network, has another format or is truncated.
        ImportError: If the package that reads the format is missing.
    """
    if path.suffix in (".pth", ".pt", ".bin"):
        return _from_torch(TorchFile(path), config)
    if path.suffix == ".safetensors":
        return _from_torch(SafetensorsFile(path), config)
    if ".ckpt" in path.name or not path.exists():
        return _from_tensorflow(TensorFlowCheckpoint(path), config)
    raise unreadable("vggish", path, VGGISH.formats)


def read_pca(path: Path, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the matrix `(channels, channels)` and the means `(channels,)` of a PCA.

    Args:
        path: Path of `vggish_pca_params.npz`.
        channels: Int > 0, channels of the embeddings.

    Raises:
        ValueError: If the file is missing, damaged or of another network.
    """
    try:
        # `open` closes a damaged file; `np.load` would leave it open.
        with path.open("rb") as opened, np.load(opened) as file:
            matrix, means = (np.asarray(file[name], "float32") for name in _PCA)
    except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(_pca_rule(path, channels, "no such file, or a damaged one")) from error
    if matrix.shape != (channels, channels) or means.size != channels:
        shapes = f"shapes {matrix.shape} and {means.shape}"
        raise ValueError(_pca_rule(path, channels, shapes))
    return matrix, means.reshape(-1)


def _pca_rule(path: Path, channels: int, received: str) -> str:
    return (
        f"vggish: `pca` must be vggish_pca_params.npz, with {_PCA[0]} ({channels}, {channels}) "
        f"and {_PCA[1]} ({channels},). Received: {path} ({received})."
    )


def _from_tensorflow(file: TensorFlowCheckpoint, config: VggishConfig) -> Layers:
    """Reads the scope `vggish`. A fine-tuned model may have layers outside of it."""
    names = [name for name in file.names() if name.startswith(_SCOPE)] or file.names()
    _check(file, names, config, lambda part, shape: {
        f"{part.tensorflow}/weights": shape,
        f"{part.tensorflow}/biases": (part.outputs,),
    })  # fmt: skip
    return {
        part.name: (
            file.read(f"{part.tensorflow}/weights"),
            file.read(f"{part.tensorflow}/biases"),
        )
        for part in _parts(config)
    }


def _from_torch(file: Any, config: VggishConfig) -> Layers:
    """Reads a state dict.

    The PyTorch port flattens time, bands and channels in TensorFlow's order, so the inputs of
    the first dense layer need no reordering.
    """
    names = [name for name in file.names() if not name.startswith(_POSTPROCESSING)]
    _check(file, names, config, lambda part, shape: {
        f"{part.torch}.weight": (*shape[:1:-1], *shape[:2]) if len(shape) == 4 else shape[::-1],
        f"{part.torch}.bias": (part.outputs,),
    })  # fmt: skip
    layers = {}
    for part in _parts(config):
        kernel = file.read(f"{part.torch}.weight")
        kernel = kernel.transpose(2, 3, 1, 0) if kernel.ndim == 4 else kernel.T
        layers[part.name] = (kernel, file.read(f"{part.torch}.bias"))
    return layers


def _check(
    file: Any,
    names: list[str],
    config: VggishConfig,
    named: Callable[[Part, tuple[int, ...]], dict[str, tuple[int, ...]]],
) -> None:
    """Checks names and shapes of a file's tensors. `named` returns those of one layer."""
    needed: dict[str, tuple[int, ...]] = {}
    for group in convolutions(config):
        for part in group:
            needed |= named(part, (3, 3, part.inputs, part.outputs))
    for part in dense_layers(config):
        needed |= named(part, (part.inputs, part.outputs))
    check_tensors("vggish", file.path, needed, {name: file.shape(name) for name in names})


def _parts(config: VggishConfig) -> list[Part]:
    groups = convolutions(config)
    return [*(part for group in groups for part in group), *dense_layers(config)]
