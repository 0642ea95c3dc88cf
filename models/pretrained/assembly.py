"""Builds networks for waveforms from networks for patches, and returns their hidden states."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from kapre_like.layers import LengthMask
from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.blocks.clip_windows import clip_inputs
from kapre_like.models.blocks.masked import ValidFrames
from kapre_like.models.blocks.patches import CutPatches, PatchPadding, PerPatch
from kapre_like.models.pretrained.preset import Preset

# Names of the layers whose outputs other functions look up in a model.
CUT, PATCHES = "cut", "patches"


def patch_model(
    preset: Preset,
    front_end: keras.layers.Layer,
    network: keras.Model,
    *,
    samples: int,
    hop_length: int,
    frames: int,
    hop: int,
    partial: str,
    class_names: list[str] | None = None,
) -> keras.Model:
    """Returns a network for clips that runs a network on patches of their spectrogram.

    Args:
        preset: Preset of the network.
        front_end: Layer from `(batch, samples, 1)` to `(batch, frames, freqs, 1)` that supports
            masks and does not center its frames.
        network: Model from patches `(patches, frames, freqs, 1)` to embeddings
            `(patches, channels)`, or to embeddings and scores. Its hidden states are the
            outputs of layers named `block_00`, `block_01`, ..., with the batch on the first and
            the channels on the last axis.
        samples: Int > 0, samples that `frames` frames are computed from.
        hop_length: Int > 0, samples between patches. 1 pads only clips under one patch.
        frames: Int > 0, frames of a patch.
        hop: Int > 0, frames between patches.
        partial: As in `PatchPadding`.
        class_names: Names of the scores, or `None` if unknown.

    Returns:
        A `keras.Model`; see `finished`.
    """
    waveform, length = clip_inputs()
    pad = PatchPadding(samples=samples, hop_length=hop_length, partial=partial, name="padding")
    x = LengthMask(name="samples")(list(pad([waveform, length])))
    return over_patches(
        preset, [waveform, length], front_end(x), network,
        frames=frames, hop=hop, class_names=class_names,
    )  # fmt: skip


def over_patches(
    preset: Preset,
    inputs: list[Any],
    spectrogram: Any,
    network: keras.Model,
    *,
    frames: int,
    hop: int,
    class_names: list[str] | None = None,
) -> keras.Model:
    """Returns a network for clips that runs a network on patches of this spectrogram.

    Args:
        preset: Preset of the network.
        inputs: The model's `waveform` and `length`.
        spectrogram: `(batch, frames, freqs, 1)` with a Keras mask.
        network: As in `patch_model`.
        frames: Int > 0, frames of a patch.
        hop: Int > 0, frames between patches.
        class_names: Names of the scores, or `None` if unknown.

    Returns:
        A `keras.Model`; see `finished`.
    """
    x, count = CutPatches(frames=frames, hop=hop, dtype="float32", name=CUT)(spectrogram)
    outputs = PerPatch(network=network, name=PATCHES)(x)
    embeddings, *scores = outputs if isinstance(outputs, list) else [outputs]
    scores = scores[0] if scores else None
    return finished(preset, inputs, embeddings, count, scores, class_names)


def finished(
    preset: Preset,
    inputs: list[Any],
    embeddings: Any,
    count: Any,
    scores: Any = None,
    class_names: list[str] | None = None,
    clip: Any = None,
) -> keras.Model:
    """Returns the model of a pretrained network, with its outputs and its card.

    Args:
        preset: Preset of the network.
        inputs: The model's `waveform` and `length`.
        embeddings: `(batch, frames, channels)`.
        count: int32 `(batch,)`, number of valid frames.
        scores: `(batch, frames, classes)` or `(batch, classes)`, or `None` for a network
            without scores.
        class_names: Names of the scores, or `None` if unknown.
        clip: `(batch, clip_channels)`, the original's embedding of the whole clip, or `None`.

    Returns:
        A `keras.Model` with a dict of outputs: `embeddings (batch, frames, channels)` with
        zeros past each clip's end, `mask (batch, frames)` bool, and `scores` and
        `clip_embedding` if the network has them.
    """
    embeddings, mask = ValidFrames(dtype="float32", name="embeddings")([embeddings, count])
    outputs = {"embeddings": embeddings, "mask": mask}
    if scores is not None:
        outputs["scores"] = scores
    if clip is not None:
        outputs["clip_embedding"] = clip
    card = ModelCard(
        task=None,
        sample_rate=preset.sample_rate,
        output="embeddings",
        recipe={
            "backbone": preset.name,
            "class_names": class_names,
            "channels": preset.channels,
            "state_channels": list(preset.state_channels),
        },
        dtype="float32",
        name="card",
    )
    return keras.Model(inputs, card(outputs), name=preset.name)


def initializers(seed: int | None) -> Iterator[Callable[[int], keras.Initializer]]:
    """Yields functions that return the initializer of a kernel before a ReLU.

    Args:
        seed: Int >= 0. Each kernel gets its own random numbers. `None` returns zeros, for
            weights that are read afterwards.

    Yields:
        A function from the number of inputs of a unit to an initializer, as in K. He et al.,
        2015.
    """
    generator = np.random.default_rng(seed)
    while True:
        number = int(generator.integers(2**31))

        def initializer(inputs: int, number: int = number) -> keras.Initializer:
            if seed is None:
                return keras.initializers.Zeros()
            return keras.initializers.RandomNormal(stddev=(2 / inputs) ** 0.5, seed=number)

        yield initializer


def set_weights(network: keras.Model, layers: Mapping[str, Sequence[np.ndarray]]) -> None:
    """Sets the weights of layers, given by the layers' names."""
    for name, arrays in layers.items():
        network.get_layer(name).set_weights(list(arrays))


def last_state(model: keras.Model) -> tuple[Any, Any]:
    """Returns the embeddings of a model and the number of valid frames, as tensors."""
    return tuple(model.get_layer("embeddings").input)


def cut_patches(model: keras.Model) -> tuple[Any, Any]:
    """Returns the patches of a model from `patch_model` and their number, as tensors.

    Returns:
        `(batch, patches, frames, freqs, 1)` and int32 `(batch,)`.
    """
    return tuple(model.get_layer(CUT).output)


def states_per_patch(model: keras.Model, depths: list[str]) -> list[tuple[Any, Any]]:
    """Returns hidden states of a model from `patch_model`.

    Args:
        model: Model from `patch_model`.
        depths: Names of the states, `"l00"`, `"l01"`, ..., or `"last"`. A numbered state is the
            mean over the frames and bands of a patch.

    Returns:
        For each depth a tensor `(batch, patches, channels)` and the number of patches
        `(batch,)`.
    """
    network = model.get_layer(PATCHES).network
    taps = [_tap(network, depth) for depth in depths]
    # `tapped` does not contain layers above the states, such as those of the scores.
    tapped = keras.Model(network.inputs, taps if len(taps) > 1 else taps[0], name="states")
    cut, count = cut_patches(model)
    states = PerPatch(network=tapped, name="patch_states")(cut)
    return [(state, count) for state in (states if isinstance(states, list) else [states])]


def _tap(network: keras.Model, depth: str) -> Any:
    """Returns one hidden state of the network for patches, `(patches, channels)`."""
    if depth == "last":
        return network.outputs[0]
    number = int(depth[1:])
    x = network.get_layer(f"block_{number:02d}").output
    kinds = {3: keras.layers.GlobalAveragePooling1D, 4: keras.layers.GlobalAveragePooling2D}
    return kinds[len(x.shape)](name=f"state_{number:02d}")(x)
