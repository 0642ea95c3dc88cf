"""Pretraining of a Wav2Vec2 network on a folder of audio without labels."""

from pathlib import Path
from typing import Any

from kapre_like.models.artifact import recipe as recipes
from kapre_like.models.artifact.machine import versions
from kapre_like.models.artifact.workshop import check_out, open_workshop, tidy
from kapre_like.models.experiment.clips import Log, decode_all, silent

# Passes over the data where the steps are not counted.
DEFAULT_EPOCHS = 20


def pretrain(
    data: str | Path,
    *,
    out: str | Path,
    checkpoint: str | Path = "wav2vec2-tiny",
    epochs: int | None = None,
    steps: int | None = None,
    minutes: float | None = None,
    seconds: float = 4.0,
    batch_size: int = 8,
    rate: float = 5e-4,
    sample_rate: int = 16000,
    seed: int = 0,
    on_error: str = "fail",
    log: Log = silent,
    path_column: str = "path",
    start_column: str | None = None,
    end_column: str | None = None,
) -> dict[str, Any]:
    """Trains a Wav2Vec2 network on audio without labels, and writes it as a checkpoint.

    Spans of frames are hidden, and the network learns to tell which of 101 codes belongs to
    each hidden frame; see `wav2vec2_for_pretraining`. The rate rises over the first 8 % of
    the steps and falls to 0; the temperature of the Gumbel softmax falls from 2 to 0.5 over
    69 %, as in the paper. Long clips are cut into pieces, of which each epoch hears a random
    crop. After a kill, the same call goes on after the last whole epoch.

    Args:
        data: A folder with audio files at any depth, or a manifest (CSV, TSV, Parquet).
        out: The folder to write: what `from_huggingface` and transformers read, and
            `recipe.json`.
        checkpoint: `"wav2vec2-tiny"`: a small network of random weights. Otherwise a
            checkpoint's folder, or a name on the Hugging Face hub, whose weights go on being
            trained.
        epochs: Int > 0, passes over the data. `None`: 20, or as many as `steps` take.
        steps: Int > 0, batches at most, or `None`.
        minutes: Float > 0 or `None`: no epoch begins after so much training. The rate, which
            falls to 0 over the epochs or steps, is then cut off on its way.
        seconds: Float > 0, length of the crops.
        batch_size: Int > 0, crops per batch.
        rate: Float > 0, AdamW's learning rate at its top.
        sample_rate: Int > 0, Hz; every file is resampled to it.
        seed: Int >= 0.
        on_error: `"fail"` refuses data with a bad file, `"skip"` leaves the file out.
        log: Called with one line at a time: per epoch the loss per hidden frame, accuracy,
            both parts of the loss, and the perplexity of the codebooks.
        path_column: Column of a manifest, of file names.
        start_column: Column of a manifest, of seconds where a clip starts in its file.
        end_column: Column of a manifest, of seconds where it ends.

    Returns:
        The recipe, as in `recipe.json`; `settings["history"]` holds the curves.

    Raises:
        ValueError: For bad data or a bad argument, in one line that says the fix.
        ImportError: If Keras, TensorFlow or the hub's package are missing.
    """
    _check_numbers(epochs, steps, minutes, seconds, batch_size, rate, sample_rate, seed)
    from kapre_like.audio.manifest import read_unlabelled

    check_out(Path(out))
    columns = {
        "path_column": path_column, "start_column": start_column, "end_column": end_column
    }  # fmt: skip
    table = read_unlabelled(data, **columns)
    clips = decode_all(table, sample_rate=sample_rate, on_error=on_error, log=log)
    recipe = {
        "format": recipes.FORMAT,
        "family": "wav2vec2",
        "task": "pretrain",
        "class_names": None,
        "sample_rate": sample_rate,
        "seconds": float(seconds),
        "seed": seed,
        "epochs": DEFAULT_EPOCHS if epochs is None and steps is None else epochs,
        "checkpoint": str(checkpoint),
        "settings": {
            "steps": steps, "minutes": minutes, "batch_size": batch_size, "rate": rate
        },
        "trained_on": {"n": len(clips.table), "digests": list(clips.table["digest"])},
        "validated_on": {"n": 0, "digests": []},
        "skipped": clips.skipped,
        "versions": versions(),
        "columns": columns,
    }  # fmt: skip
    return _run(clips.table, recipe, Path(out), log)


def _check_numbers(
    epochs: Any, steps: Any, minutes: Any, seconds: Any, batch_size: Any, rate: Any,
    sample_rate: Any, seed: Any,
) -> None:  # fmt: skip
    """Refuses bad arguments before any file is read."""
    from kapre_like import _check

    _check.positive("pretrain", seconds=seconds, rate=rate)
    _check.positive_int("pretrain", batch_size=batch_size, sample_rate=sample_rate)
    _check.non_negative_int("pretrain", seed=seed)
    for name, value in {"epochs": epochs, "steps": steps}.items():
        if value is not None:
            _check.positive_int("pretrain", **{name: value})
    if minutes is not None:
        _check.positive("pretrain", minutes=minutes)


def _run(table: Any, recipe: dict[str, Any], out: Path, log: Log) -> dict[str, Any]:
    """Trains in `out/.training/`, then puts checkpoint and recipe in their place."""
    from kapre_like.models.wav2vec2.pretraining.run import (
        PretrainingSettings,
        pretrain_table,
        write_pretrained,
    )

    names = ("checkpoint", "sample_rate", "seconds", "epochs", "seed")
    settings = PretrainingSettings(
        **{name: recipe[name] for name in names}, **recipe["settings"]
    )
    workshop = open_workshop(out, recipe, log)
    try:
        model, progress = pretrain_table(table, settings, folder=workshop, log=log)
        final = workshop / "final"
        final.mkdir()
        recipe["files"] = write_pretrained(model, final, log)
        recipe["settings"]["history"] = progress.history
        recipes.write_recipe(final, recipe)
        recipes.install(out)
    except BaseException:
        tidy(out)
        raise
    log(f"wrote {out}")
    return recipe
