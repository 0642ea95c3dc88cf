"""Opens the frozen network of a probe.

This module imports no large package, so that a missing network is reported at once.
"""

from collections.abc import Callable
from typing import Any

from kapre_like.models.embeddings import networks
from kapre_like.models.embeddings.frozen import FrozenNetwork
from kapre_like.models.embeddings.resampled import at_rate, notes_of
from kapre_like.models.probe.settings import UNTRAINED_NETWORK, ProbeSettings

_OWNER = "probe"


def network_of(settings: ProbeSettings, seed: int = 0) -> FrozenNetwork:
    """Opens the frozen network that the settings name.

    Args:
        settings: See `ProbeSettings`.
        seed: Int >= 0, for random weights.

    Raises:
        ValueError: If there is no such network.
    """
    return networks.open_network(
        _OWNER,
        settings.backbone or UNTRAINED_NETWORK,
        weights=settings.weights,
        takes=settings.takes,
        output=settings.output,
        seed=seed,
    )


def open_network(
    settings: ProbeSettings, recipe: dict[str, Any], log: Callable[[str], None]
) -> tuple[FrozenNetwork, list[str]]:
    """Opens the frozen network for clips at the recipe's sample rate.

    Returns:
        The network, and notes for users of the model.

    Raises:
        ValueError: If there is no such network.
    """
    frozen = network_of(settings, recipe["seed"])
    name = settings.backbone or UNTRAINED_NETWORK
    notes = notes_of(frozen, name, recipe["sample_rate"])
    for note in notes:
        log(note)
    return at_rate(frozen, recipe["sample_rate"]), notes
