"""What a probe sees of a network: some of its layers, and statistics of them over time."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.models.embeddings.depths import STATISTICS, column_names, depths
from kapre_like.models.embeddings.frozen import FrozenNetwork

AUTO = "auto"
# Joins of statistics that `"auto"` tries, by the loss on held-out clips.
TRIED = (("mean", "std"), ("mean", "max"))
POOLINGS = (
    AUTO, "mean", "std", "max", "mean+std", "mean+max", "std+max", "mean+std+max",
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """Columns of embeddings.

    Attributes:
        depths: Layers of the network, see `embeddings.depths`.
        statistics: Some of `STATISTICS`.
    """

    depths: tuple[str, ...]
    statistics: tuple[str, ...]

    @property
    def layer(self) -> str:
        """Names of the layers, such as `"l03+last"`."""
        return "+".join(self.depths)

    @property
    def pooling(self) -> str:
        """Names of the statistics, such as `"mean+std"`."""
        return "+".join(self.statistics)

    def columns(self, network: FrozenNetwork) -> list[str]:
        """Returns the names of the columns, in the order of `pooled_states`."""
        return [
            name
            for depth in self.depths
            for name in column_names(network, depth, self.statistics)
        ]

    def pick(self, tables: dict[str, np.ndarray]) -> np.ndarray:
        """Returns `(clips, columns)` of the tables of all statistics of each layer."""
        parts = []
        for depth in self.depths:
            whole = np.split(tables[depth], len(STATISTICS), axis=1)
            parts += [whole[STATISTICS.index(name)] for name in self.statistics]
        return np.concatenate(parts, axis=1)


def layers_of(owner: str, layer: Any, network: FrozenNetwork) -> list[tuple[str, ...]]:
    """Returns the layers that a setting `layer` names, each or several together.

    Args:
        owner: Name of the caller, for error messages.
        layer: `None` for each layer by itself; else a layer, or several joined by `+`.
        network: The network.

    Raises:
        ValueError: If the network has no such layer.
    """
    if layer is None:
        return [(depth,) for depth in depths(owner, "all", network)]
    words = layer.split("+") if isinstance(layer, str) else [layer]
    return [tuple(depths(owner, [_number(word) for word in words], network))]


def _number(word: Any) -> Any:
    """Returns a layer that is a number in text as an int; also of a name such as `"l03"`."""
    digits = str(word).removeprefix("l")
    return int(digits) if digits.lstrip("-").isdecimal() else word


def poolings_of(owner: str, pooling: str) -> tuple[tuple[str, ...], ...]:
    """Returns the joins of statistics that a setting `pooling` names."""
    _check.one_of(owner, POOLINGS, pooling=pooling)
    return TRIED if pooling == AUTO else (tuple(pooling.split("+")),)
