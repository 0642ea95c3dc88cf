"""The input of a probe: statistics over time of one or more layers of a network."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.models.embeddings.depths import STATISTICS, column_names, depths
from kapre_like.models.embeddings.frozen import FrozenNetwork

AUTO = "auto"
# Combinations of statistics among which `"auto"` chooses by the loss on held-out clips.
TRIED = (("mean", "std"), ("mean", "max"))
POOLINGS = (
    AUTO, "mean", "std", "max", "mean+std", "mean+max", "std+max", "mean+std+max",
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """Columns of embeddings.

    Attributes:
        depths: Layers of the network, see `embeddings.depths`.
        statistics: One or more of `STATISTICS`.
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
        """Selects the columns `(clips, columns)` from the tables of all layers' statistics."""
        parts = []
        for depth in self.depths:
            whole = np.split(tables[depth], len(STATISTICS), axis=1)
            parts += [whole[STATISTICS.index(name)] for name in self.statistics]
        return np.concatenate(parts, axis=1)


def layers_of(owner: str, layer: Any, network: FrozenNetwork) -> list[tuple[str, ...]]:
    """Returns the candidates that a setting `layer` names. Each has one or more layers.

    Args:
        owner: Name of the caller, for error messages.
        layer: A layer, or several joined by `+`; `None` makes each layer a candidate.
        network: The network.

    Raises:
        ValueError: If the network has no such layer.
    """
    if layer is None:
        return [(depth,) for depth in depths(owner, "all", network)]
    words = layer.split("+") if isinstance(layer, str) else [layer]
    return [tuple(depths(owner, [_number(word) for word in words], network))]


def _number(word: Any) -> Any:
    """Converts a text such as `"3"` or `"l03"` to an int. Returns other names unchanged."""
    digits = str(word).removeprefix("l")
    return int(digits) if digits.lstrip("-").isdecimal() else word


def poolings_of(owner: str, pooling: str) -> tuple[tuple[str, ...], ...]:
    """Returns the combinations of statistics that a setting `pooling` names."""
    _check.one_of(owner, POOLINGS, pooling=pooling)
    return TRIED if pooling == AUTO else (tuple(pooling.split("+")),)
