"""Public functions that build the PANNs."""

from typing import Any

import keras

from kapre_like.models.pretrained.panns.backbone import build
from kapre_like.models.pretrained.panns.preset import PANNS
from kapre_like.models.pretrained.preset import require_weights


def panns_cnn6(weights: Any = None, *, seed: int = 0, classes: Any = None) -> keras.Model:
    """Returns PANNs' CNN6: 4 convolutions of 5x5 on 64 mel bands, 32 kHz.

    Args:
        weights: Path of `Cnn6_mAP=0.343.pth` from zenodo.org/records/3987831. `None` searches
            this machine for it. `"random"` uses random weights.
        seed: Int >= 0, for random weights.
        classes: Path of AudioSet's `class_labels_indices.csv` with the names of the scores.
            `None` reads the file beside the weights if there is one. Otherwise the model has
            no class names.

    Returns:
        A `keras.Model` from `waveform (batch, samples)` and `length (batch,)` to a dict:
        `embeddings (batch, frames, 512)`, one frame per 0.16 s, `mask (batch, frames)`,
        `clip_embedding (batch, 512)` and `scores (batch, 527)`. Clips under 0.15 s are padded
        with zeros to this length.

    Raises:
        ValueError: If the file does not exist or does not contain this network.
        ImportError: If PyTorch, which reads the file, is not installed.
    """
    return _open("cnn6", weights, seed, classes)


def panns_cnn10(weights: Any = None, *, seed: int = 0, classes: Any = None) -> keras.Model:
    """Returns PANNs' CNN10: 8 convolutions of 3x3 on 64 mel bands, 32 kHz.

    Otherwise the same as `panns_cnn6`. Its file is `Cnn10_mAP=0.380.pth`.
    """
    return _open("cnn10", weights, seed, classes)


def panns_cnn14(weights: Any = None, *, seed: int = 0, classes: Any = None) -> keras.Model:
    """Returns PANNs' CNN14: 12 convolutions of 3x3 on 64 mel bands, 32 kHz.

    Otherwise the same as `panns_cnn6`, with 2048 channels and one frame per 0.32 s. Clips under
    0.31 s are padded. Its file is `Cnn14_mAP=0.431.pth`.
    """
    return _open("cnn14", weights, seed, classes)


def panns_cnn14_16k(weights: Any = None, *, seed: int = 0, classes: Any = None) -> keras.Model:
    """Returns PANNs' CNN14 for 16 kHz.

    Otherwise the same as `panns_cnn14`. Its file is `Cnn14_16k_mAP=0.438.pth`.
    """
    return _open("cnn14_16k", weights, seed, classes)


def _open(row: str, weights: Any, seed: int, classes: Any) -> keras.Model:
    preset = PANNS[row]
    found = require_weights(preset.name, preset, weights)
    return build(found, seed=seed, row=row, classes=classes)
