"""Layers of a network by number and by name ("depths"), and the names of their columns.

The names of the columns are a file format, because trained models refer to them. For Wav2Vec2:

| columns | statistic over the valid frames of a clip |
|---|---|
| `w2v_l06_mean_013` | mean of channel 13 of hidden state 6; 0 is the first block's input |
| `w2v_l06_std_013` | its standard deviation, divided by `n - 1`; 0 for a clip of one frame |
| `w2v_l06_max_013` | its maximum |
| `w2v_features_mean_013` | mean of the feature encoder's output |
| `w2v_last_mean_013` | mean of the network's output, after the last norm and adapters |
"""

from typing import Any

from kapre_like import _check
from kapre_like.models.embeddings.frozen import FrozenNetwork

STATISTICS = ("mean", "std", "max")


def depths(owner: str, layer: Any, network: FrozenNetwork) -> list[str]:
    """Resolves an argument `layer` to names of depths, such as `["l06", "last"]`.

    Args:
        owner: Name of the caller, for error messages.
        layer: The number of a hidden state, from 0 or from the end (-1); `"hidden_6"`; a name,
            such as `"last"`; `"all"` for all numbered states and those of
            `network.named_in_all`; or a list of these.
        network: See `FrozenNetwork`.

    Raises:
        ValueError: If the network has no such depth, or one is given twice.
    """
    if isinstance(layer, str) and layer == "all":
        return [*map(_number, range(network.numbered)), *network.named_in_all]
    each = list(layer) if isinstance(layer, list | tuple) else [layer]
    found = [_one(owner, one, network) for one in each]
    if not found or len({*found}) < len(found):
        _check.fail(owner, "layer", "one depth or more, without duplicates", layer)
    return found


def check_statistics(owner: str, statistics: Any) -> tuple[str, ...]:
    """Returns an argument `statistics` as a tuple of names in `STATISTICS`.

    Raises:
        ValueError: If it is empty, or contains another name or a duplicate.
    """
    asked = (statistics,) if isinstance(statistics, str) else statistics
    known = isinstance(asked, list | tuple) and all(
        isinstance(name, str) and name in STATISTICS for name in asked
    )
    if not known or not asked or len({*asked}) < len(asked):
        _check.fail(owner, "statistics", f"one or more of {list(STATISTICS)}", statistics)
    return tuple(asked)


def column_names(
    network: FrozenNetwork, depth: str, statistics: tuple[str, ...] = STATISTICS
) -> list[str]:
    """Returns the names of one depth's columns, in order, such as `"w2v_l06_mean_000"`."""
    return [
        f"{network.prefix}_{depth}_{name}_{i:03d}"
        for name in statistics
        for i in range(network.channels(depth))
    ]


def _number(i: int) -> str:
    return f"l{i:02d}"


def _one(owner: str, layer: Any, network: FrozenNetwork) -> str:
    """Resolves one depth. `"hidden_6"` is another name of 6, used in outputs of networks."""
    if isinstance(layer, str) and layer in network.named:
        return layer
    number, count = layer, network.numbered
    if isinstance(layer, str) and layer.startswith("hidden_") and layer[7:].isdecimal():
        number = int(layer[7:])
    whole = isinstance(number, int) and not isinstance(number, bool)
    if not whole or not -count <= number < count:
        numbers = [f"an int from {-count} to {count - 1}", "'hidden_N'"] if count else []
        rule = ", ".join([*numbers, *map(repr, network.named), "'all'"])
        _check.fail(owner, "layer", f"{rule}, or a list of these", layer)
    return _number(number % count)
