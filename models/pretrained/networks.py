"""The pretrained networks as functions, for users.

Nothing here imports Keras before a network is built.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from kapre_like import _check
from kapre_like.models.pretrained.preset import require_weights
from kapre_like.models.pretrained.presets import PRESETS, build_network

if TYPE_CHECKING:
    import keras

    Weights = str | Path | None


def panns_cnn6(weights: "Weights" = None, seed: int = 0) -> "keras.Model":
    """Returns PANNs' CNN6: 4 convolutions of 5x5 on 64 mel bands, 32 kHz.

    Args:
        weights: Path of `Cnn6_mAP=0.343.pth`, which is at zenodo.org/records/3987831. `None`
            searches this machine for it; `"random"` gives random weights.
        seed: Int >= 0, for random weights.

    Returns:
        A `keras.Model` from `waveform (batch, samples)` and `length (batch,)` to a dict:
        `embeddings (batch, frames, 512)`, a frame for each 0.16 s, `mask (batch, frames)`,
        `clip_embedding (batch, 512)` and `scores (batch, 527)`. Clips under 0.15 s are padded
        with zeros to this length.

    Raises:
        ValueError: If there is no such file, or it is not one of this network.
        ImportError: If PyTorch is not installed, which reads the file.
    """
    return _build("panns_cnn6", weights, seed)


def panns_cnn10(weights: "Weights" = None, seed: int = 0) -> "keras.Model":
    """Returns PANNs' CNN10: 8 convolutions of 3x3 on 64 mel bands, 32 kHz.

    The same as `panns_cnn6` otherwise; its file is `Cnn10_mAP=0.380.pth`.
    """
    return _build("panns_cnn10", weights, seed)


def panns_cnn14(weights: "Weights" = None, seed: int = 0) -> "keras.Model":
    """Returns PANNs' CNN14: 12 convolutions of 3x3 on 64 mel bands, 32 kHz.

    The same as `panns_cnn6` otherwise, but for 2048 channels and a frame for each 0.32 s.
    Clips under 0.31 s are padded. Its file is `Cnn14_mAP=0.431.pth`.
    """
    return _build("panns_cnn14", weights, seed)


def panns_cnn14_16k(weights: "Weights" = None, seed: int = 0) -> "keras.Model":
    """Returns PANNs' CNN14 for 16 kHz.

    The same as `panns_cnn14` otherwise; its file is `Cnn14_16k_mAP=0.438.pth`.
    """
    return _build("panns_cnn14_16k", weights, seed)


def musicnn_vgg(weights: "Weights" = None, seed: int = 0) -> "keras.Model":
    """Returns musicnn's VGG, trained on the tags of MagnaTagATune.

    Args:
        weights: Folder `MTT_vgg` of the Python package musicnn. `None` searches for it in the
            installed package (`pip install --no-deps musicnn`); `"random"` gives random
            weights.
        seed: Int >= 0, for random weights.

    Returns:
        A `keras.Model` from `waveform (batch, samples)` at 16 kHz and `length (batch,)` to a
        dict: `embeddings (batch, patches, 256)`, `mask (batch, patches)` and `scores (batch,
        patches, 50)`. A patch is 187 frames (2.99 s). Clips under a patch are padded with
        zeros; what is left after the last whole patch is not used.

    Raises:
        ValueError: If there is no such folder, or it is not one of this network.
        ImportError: If TensorFlow is not installed, which reads the checkpoint.
    """
    return _build("musicnn_vgg", weights, seed)


def musicnn_vgg_msd(weights: "Weights" = None, seed: int = 0) -> "keras.Model":
    """Returns musicnn's VGG, trained on the tags of the Million Song Dataset.

    The same as `musicnn_vgg` otherwise; its folder is `MSD_vgg`.
    """
    return _build("musicnn_vgg_msd", weights, seed)


def ast(weights: "Weights" = None, seed: int = 0) -> "keras.Model":
    """Returns the Audio Spectrogram Transformer.

    Args:
        weights: Folder of a Hugging Face checkpoint, or its name on the hub. `None` means
            `MIT/ast-finetuned-audioset-10-10-0.4593`, from Hugging Face's cache or the hub;
            `"random"` gives random weights.
        seed: Int >= 0, for random weights.

    Returns:
        A `keras.Model` from `waveform (batch, samples)` at 16 kHz and `length (batch,)` to a
        dict: `embeddings (batch, windows, 768)`, `mask (batch, windows)`, and if the
        checkpoint has a head `scores (batch, windows, classes)`. A window is 10.24 s; what is
        left after the last whole window makes a further one.

    Raises:
        ValueError: If there is no such checkpoint, or it is not one of this network.
        ImportError: If it is on the hub, and `huggingface_hub` is not installed.
    """
    return _build("ast", weights, seed)


def _build(name: str, weights: "Weights", seed: int) -> "keras.Model":
    _check.non_negative_int(name, seed=seed)
    preset = PRESETS[name]
    return build_network(preset, require_weights(name, preset, weights), seed=seed)
