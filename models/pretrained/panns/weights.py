"""Reads the published weights of the PANNs from PyTorch files."""

from collections.abc import Iterator
from pathlib import Path

import keras

from kapre_like.models.checkpoints.torch_file import TorchFile
from kapre_like.models.pretrained.panns.config import N_MELS, PannsConfig
from kapre_like.models.pretrained.tensors import (
    Tensor,
    fill,
    torch_batch_norm,
    torch_dense,
    torch_kernel,
)

_BANDS = "logmel_extractor.melW"
# Tensors of the original's front end, which `MelSpectrogram` replaces.
_FRONT_END = (
    _BANDS,
    "spectrogram_extractor.stft.conv_real.weight",
    "spectrogram_extractor.stft.conv_imag.weight",
)


def read_weights(owner: str, model: keras.Model, config: PannsConfig, path: Path) -> None:
    """Assigns the weights of a file to a model from `backbone.build`.

    Args:
        owner: Name of the network, for error messages.
        model: The model.
        config: Hyperparameters of the model.
        path: File written by `torch.save` that contains a state dict, or a dict with a state
            dict under `"model"`.

    Raises:
        ImportError: If PyTorch is not installed.
        ValueError: If the file is damaged, or of another network.
    """
    file, table = TorchFile(path), list(_table(config))
    _check_front_end(owner, config, file)
    fill(owner, model, table, file, source=path, ignored={*_FRONT_END, *_counters(table)})


def _table(config: PannsConfig) -> Iterator[Tensor]:
    yield from torch_batch_norm("bn0", "bn0")
    for block in range(1, len(config.channels) + 1):
        for i in range(1, config.convolutions + 1):
            name = f"conv_block{block}"
            yield torch_kernel(f"{name}.conv{i}", f"{name}_conv{i}")
            yield from torch_batch_norm(f"{name}.bn{i}", f"{name}_conv{i}_norm")
    yield from torch_dense("fc1", "fc1")
    yield from torch_dense("fc_audioset", "fc_audioset")


def _counters(table: list[Tensor]) -> Iterator[str]:
    """Yields the names of the counters of PyTorch's batch normalization."""
    mean = ".running_mean"
    names = (row.name for row in table if row.name.endswith(mean))
    yield from (f"{name.removesuffix(mean)}.num_batches_tracked" for name in names)


def _check_front_end(owner: str, config: PannsConfig, file: TorchFile) -> None:
    """Rejects weights for another sample rate, which differ in the front end only."""
    wanted = (config.n_fft // 2 + 1, N_MELS)
    if _BANDS in file.names() and file.shape(_BANDS) != wanted:
        raise ValueError(
            f"{owner}: `weights` must be a file of {owner}, whose {_BANDS} has the shape "
            f"{wanted}. Received: {file.path}, where it has the shape {file.shape(_BANDS)}: "
            "the file is for another sample rate. Use panns_cnn14 at 32 kHz, panns_cnn14_16k "
            "at 16 kHz."
        )
