"""What a family asks beforehand: a checkpoint to begin with, and its one sample rate."""

from pathlib import Path

from kapre_like.models.artifact.families import only_sample_rate, takes_checkpoint


def check_start(models: list[str], *, checkpoint: str | Path | None, sample_rate: int) -> None:
    """Refuses a checkpoint or a sample rate before any sound is read.

    Args:
        models: Names of families. A checkpoint is for those that begin with one; the others
            beside them train without.
        checkpoint: A folder, or a name on the Hugging Face hub, or `None`.
        sample_rate: Int > 0, Hz.

    Raises:
        ValueError: If no family takes a checkpoint, a family works at another rate, or the
            checkpoint is not there or of another kind.
        ImportError: If a name on the hub needs a package that is missing.
    """
    for name in models:
        rate = only_sample_rate(name)
        if rate not in (None, sample_rate):
            raise ValueError(
                f"The model family {name!r} hears {rate} Hz only, and every file is resampled "
                f"to it. Leave --sample-rate {sample_rate} out."
            )
    if checkpoint is None:
        return
    if not any(takes_checkpoint(name) for name in models):
        listed = ", ".join(models)
        raise ValueError(
            f"--checkpoint {checkpoint}: {listed} begins with none. Leave it out, or train "
            "with --model wav2vec2 (in compare: --models boosted,wav2vec2)."
        )
    from kapre_like.models.checkpoints.folder import find_checkpoint, read_config
    from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

    Wav2Vec2Config.from_json(read_config(find_checkpoint(checkpoint)))


def checkpoint_of(model: str, checkpoint: str | Path | None) -> str | None:
    """Returns what the recipe of `model` says: its checkpoint, or `None` without."""
    given = checkpoint is not None and takes_checkpoint(model)
    return str(checkpoint) if given else None
