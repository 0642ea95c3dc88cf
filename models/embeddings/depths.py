"""Depths of a network by number and by name, and the columns that are made of them.

The names of the columns are a file format: trained models refer to them.

| columns | what, over the valid frames of a clip |
|---|---|
| `w2v_l06_mean_013` | mean of channel 13 of hidden state 6; 0 goes into the first block |
| `w2v_l06_std_013` | its standard deviation, by `n - 1`; 0 for a clip of one frame |
| `w2v_features_mean_013` | of what the feature encoder gives |
| `w2v_last_mean_013` | of the network's output: behind the last norm, and behind adapters |
"""

from typing import Any

from kapre_like import _check
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

STATISTICS = ("mean", "std")
_NAMED = ("features", "last")


def last_differs(config: Wav2Vec2Config) -> bool:
    """Whether the network's output is another tensor than its last hidden state."""
    return config.do_stable_layer_norm or config.add_adapter


def depths(owner: str, layer: Any, config: Wav2Vec2Config) -> list[str]:
    """Returns the depths that an argument `layer` means, such as `["l06", "last"]`.

    Args:
        owner: Who asks, for messages.
        layer: Int from 0 (what goes into the first block) to `num_hidden_layers`, or from
            the end (-1); `"hidden_6"`, `"features"`, `"last"`, `"all"` hidden states (and
            the output, where it is none of them); or a list of these.
        config: The network.

    Raises:
        ValueError: If the network has no such depth, or it is named twice.
    """
    if isinstance(layer, str) and layer == "all":
        found = [_number(i) for i in range(config.num_hidden_layers + 1)]
        return [*found, "last"] if last_differs(config) else found
    each = list(layer) if isinstance(layer, list | tuple) else [layer]
    found = [_one(owner, one, config.num_hidden_layers) for one in each]
    if not found or len({*found}) < len(found):
        _check.fail(owner, "layer", "one depth or more, none of them twice", layer)
    return found


def check_statistics(owner: str, statistics: Any) -> tuple[str, ...]:
    """Returns the names in an argument `statistics`, of those in `STATISTICS`.

    Raises:
        ValueError: If it is no list of some of them.
    """
    asked = (statistics,) if isinstance(statistics, str) else statistics
    known = isinstance(asked, list | tuple) and all(
        isinstance(name, str) and name in STATISTICS for name in asked
    )
    if not known or not asked or len({*asked}) < len(asked):
        _check.fail(owner, "statistics", f"some of {list(STATISTICS)}", statistics)
    return tuple(asked)


def column_names(depth: str, statistics: tuple[str, ...], channels: int) -> list[str]:
    """Returns the names of one depth's columns, in order.

    Example:
        >>> from kapre_like.models.embeddings.depths import column_names
        >>> column_names("l06", ("mean", "std"), 2)
        ['w2v_l06_mean_000', 'w2v_l06_mean_001', 'w2v_l06_std_000', 'w2v_l06_std_001']
    """
    return [f"w2v_{depth}_{name}_{i:03d}" for name in statistics for i in range(channels)]


def _number(i: int) -> str:
    return f"l{i:02d}"


def _one(owner: str, layer: Any, count: int) -> str:
    """One depth; `"hidden_6"` is the name of 6 where a network gives every state."""
    if isinstance(layer, str) and layer in _NAMED:
        return layer
    number = layer
    if isinstance(layer, str) and layer.startswith("hidden_") and layer[7:].isdecimal():
        number = int(layer[7:])
    whole = isinstance(number, int) and not isinstance(number, bool)
    if not whole or not -count - 1 <= number <= count:
        rule = f"an int from {-count - 1} to {count}, 'hidden_N', 'features', 'last', 'all'"
        _check.fail(owner, "layer", f"{rule}, or a list of these", layer)
    return _number(number % (count + 1))
