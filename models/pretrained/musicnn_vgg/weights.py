"""Reads the published weights of the VGG of musicnn from TensorFlow 1 checkpoints."""

from collections.abc import Iterator
from pathlib import Path

import keras

from kapre_like.models.checkpoints.folder import read_config
from kapre_like.models.checkpoints.tf_checkpoint import TensorFlowCheckpoint
from kapre_like.models.pretrained.musicnn_vgg.config import ROWS, MusicnnConfig
from kapre_like.models.pretrained.tensors import Tensor, fill

_NORM = ("gamma", "beta", "moving_mean", "moving_variance")
_DENSE = ("kernel", "bias")


def read_weights(owner: str, network: keras.Model, config: MusicnnConfig, path: Path) -> None:
    """Assigns the weights of a checkpoint to the network for patches.

    Args:
        owner: Name of the network, for error messages.
        network: The network for patches.
        config: Hyperparameters of the network.
        path: Folder or prefix of the checkpoint.

    Raises:
        ImportError: If TensorFlow is not installed.
        ValueError: If the checkpoint is damaged, or of another network.
    """
    _check_dataset(owner, config, path)
    fill(owner, network, _table(config), TensorFlowCheckpoint(path), source=path)


def _table(config: MusicnnConfig) -> Iterator[Tensor]:
    yield from _tensors("batch_normalization", "input_norm", _NORM)
    for number in range(len(config.pools)):
        yield from _tensors(f"{number + 1}CNN", f"conv_{number}", _DENSE)
        yield from _tensors(f"batch_normalization_{number + 1}", f"norm_{number}", _NORM)
    yield from _tensors("dense", "tags", _DENSE)


def _tensors(name: str, layer: str, variables: tuple[str, ...]) -> Iterator[Tensor]:
    yield from (Tensor(f"{name}/{variable}", layer, variable) for variable in variables)


def _check_dataset(owner: str, config: MusicnnConfig, path: Path) -> None:
    """Rejects weights for other tags, because their tensors have the same names and shapes."""
    folder = path if path.is_dir() else path.parent
    if not (folder / "config.json").is_file():
        return
    dataset = read_config(folder, owner=owner).get("audio_rep", {}).get("identifier")
    if dataset in ROWS and dataset != config.dataset:
        raise ValueError(
            f"{owner}: `weights` must be trained on {config.dataset!r}, because the network "
            f"has its tags. Received: {path}, trained on {dataset!r}. Use musicnn_vgg for "
            "'mtt', musicnn_vgg_msd for 'msd'."
        )
