"""Depths of the layers of a network, for learning rates by depth and for frozen layers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

from kapre_like.models.blocks.masked import MaskedBatchNormalization

_NORMS = (keras.layers.BatchNormalization, MaskedBatchNormalization)
_BLOCK = "block_"


@dataclass(frozen=True, kw_only=True)
class LayerPlaces:
    """Names of a backbone's layers with weights, for a network with a new head.

    Attributes:
        above: For each layer of the backbone, the number of blocks between it and the head.
            For layers below all blocks it is the number of blocks.
        stem: The layers in `above` that turn the waveform into frames. They are trained only on
            request.
        fixed: Layers that are never trained. They include batch normalization: statistics of a
            few padded clips are worse than those of the large set it was trained on.
    """

    above: dict[str, int]
    stem: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()

    def multipliers(self, model: keras.Model, *, decay: float, head: float) -> dict[str, float]:
        """Returns a learning rate for each layer with weights: `decay ** above`, or `head`.

        Args:
            model: The network with its head.
            decay: Float in (0, 1]; 1 gives every layer of the backbone the same rate.
            head: Float > 0, for layers that do not belong to the backbone.
        """
        return {
            layer.name: decay ** self.above[layer.name] if layer.name in self.above else head
            for layer in weighted_layers(model)
        }

    def release(self, model: keras.Model, *, upper: int | None, stem: bool) -> None:
        """Makes the head and some layers below it trainable, and freezes all others.

        Args:
            model: The network with its head.
            upper: Int >= 0, number of trainable blocks from the top. 0 trains the head only.
                `None` trains all blocks, and the layers below them except the stem.
            stem: Whether the stem is trainable too. It needs `upper=None`.
        """
        for layer in weighted_layers(model):
            name = layer.name
            if name in self.fixed:
                layer.trainable = False
            elif name in self.stem:
                layer.trainable = stem and upper is None
            elif name in self.above:
                layer.trainable = upper is None or self.above[name] < upper
            else:
                layer.trainable = True


def weighted_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yields the layers with weights in order, including those of nested networks.

    A layer that contains other layers, such as a transformer block, counts as one layer.
    """
    return (layer for layer in _all_layers(model) if layer.weights)


def places_by_blocks(model: keras.Model) -> LayerPlaces:
    """Returns the `LayerPlaces` of a backbone whose blocks end with layers named `block_...`.

    Args:
        model: Functional model from a waveform to hidden states, without a head.
    """
    groups: list[list[str]] = [[]]
    fixed = set()
    for layer in _all_layers(model):
        if layer.weights:
            groups[-1].append(layer.name)
            if isinstance(layer, _NORMS):
                fixed.add(layer.name)
        if layer.name.startswith(_BLOCK) and layer.name.removeprefix(_BLOCK).isdecimal():
            groups.append([])
    filled = [group for group in groups if group]
    above = {name: i for i, group in enumerate(reversed(filled)) for name in group}
    return LayerPlaces(above=above, fixed=frozenset(fixed))


def _all_layers(model: keras.Model) -> Iterator[Any]:
    for layer in model.layers:
        inner = layer if isinstance(layer, keras.Model) else getattr(layer, "network", None)
        if isinstance(inner, keras.Model):
            yield from _all_layers(inner)
        else:
            yield layer
