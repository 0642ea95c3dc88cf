"""What the families `probe` and `wav2vec2` may be told beforehand, and no other."""

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
        from kapre_like.models.embeddings.depths import depths
        from kapre_like.models.embeddings.frozen import FrozenNetwork

        network = "wav2vec2-tiny" if checkpoint is None else checkpoint
        depths("train", layer, FrozenNetwork("train", network).config)


def check_fine_tuning(
    models: list[str],
    *,
    fine_tuning: Any,
    epochs: int | None,
    checkpoint: str | Path | None,
) -> None:
    """Refuses settings of a fine-tuning before any sound is read.

    Args:
        models: Names of families; the settings are for `"wav2vec2"` alone.
        fine_tuning: A dict of what `FineTuning` names, `batch_size` and `feature_encoder`,
            or `None`.
        epochs: As in `train`.
        checkpoint: As in `train`.

    Raises:
        ValueError: If they are given without that family, or one is out of its domain.
    """
    from kapre_like import _check

    if fine_tuning is None or fine_tuning == {}:
        return
    if not (isinstance(fine_tuning, dict) and all(isinstance(k, str) for k in fine_tuning)):
        rule = 'a dict of settings such as {"precision": "mixed_bfloat16"}'
        _check.fail("train", "fine_tuning", rule, fine_tuning)
    if "wav2vec2" not in models:
        raise ValueError(
            f"--fine-tuning {' '.join(fine_tuning)}: is for the model family "
            "'wav2vec2'. Leave it out, or train with --model wav2vec2."
        )
    from kapre_like.models.wav2vec2.family.model import plan

    plan({"epochs": epochs, "checkpoint": checkpoint}, fine_tuning)


def settings_of(model: str, given: dict[str, Any]) -> dict[str, Any]:
    """Returns what the recipe of `model` is told of `given`."""
    if model == "wav2vec2":
        return dict(given.get("fine_tuning") or {})
    names = ("layer", "probe") if model == "probe" else ()
    return {name: given[name] for name in names if given.get(name) is not None}
