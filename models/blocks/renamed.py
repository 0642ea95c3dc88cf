"""Reads layer configurations that were saved before an argument was renamed."""

from typing import Any


def renamed(config: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Returns a layer's configuration with the current names of its arguments.

    Args:
        config: The saved configuration.
        names: Dict from old to current names.

    Example:
        >>> from kapre_like.models.blocks.renamed import renamed
        >>> renamed({"most": 16000}, {"most": "max_samples"})
        {'max_samples': 16000}
    """
    return {names.get(name, name): value for name, value in config.items()}
