"""What the family `probe` may be told beforehand: the depth it listens at, and its kind."""

from pathlib import Path
from typing import Any

KINDS = ("auto", "linear", "trees")


def check_probe(
    models: list[str], *, layer: Any, probe: Any, checkpoint: str | Path | None
) -> None:
    """Refuses a depth or a kind before any sound is read.

    Args:
        models: Names of families; both are for `"probe"` alone.
        layer: As in `embedding_table`, or `None`.
        probe: Name in `KINDS`, or `None`.
        checkpoint: A folder, or a name on the Hugging Face hub, or `None`.

    Raises:
        ValueError: If one is given without that family, or is out of its domain.
    """
    from kapre_like import _check

    given = {"--layer": layer, "--probe": probe}
    named = [f"{option} {value}" for option, value in given.items() if value is not None]
    if named and "probe" not in models:
        raise ValueError(
            f"{' '.join(named)}: is for the model family 'probe'. Leave it out, or train with "
            "--model probe (in compare: --models boosted,probe)."
        )
    _check.one_of("train", (None, *KINDS), probe=probe)
    if layer is not None:
        from kapre_like.models.wav2vec2.depths import depths
        from kapre_like.models.wav2vec2.frozen import FrozenNetwork

        network = "wav2vec2-tiny" if checkpoint is None else checkpoint
        depths("train", layer, FrozenNetwork("train", network).config)


def settings_of(model: str, given: dict[str, Any]) -> dict[str, Any]:
    """Returns what the recipe of `model` is told of `given`; nothing but for `"probe"`."""
    told = {name: given.get(name) for name in ("layer", "probe")} if model == "probe" else {}
    return {name: value for name, value in told.items() if value is not None}
