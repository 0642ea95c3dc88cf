"""Pretraining of a network on a folder of audio without labels."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kapre_like import _check
from kapre_like.models.artifact import recipe as recipes
from kapre_like.models.artifact.families import Family
from kapre_like.models.artifact.machine import versions
from kapre_like.models.artifact.registry import family, find
from kapre_like.models.artifact.settings import build, to_json
from kapre_like.models.artifact.training_folder import check_out, open_training_folder, tidy
from kapre_like.models.experiment.clips import Log, checked_channel, decode_all, silent

# Passes over the data if the number of steps is not set.
DEFAULT_EPOCHS = 20


def pretrain(
    data: str | Path,
    *,
    model: str = "wav2vec2",
    out: str | Path,
    epochs: int | None = None,
    seconds: float = 4.0,
    sample_rate: int = 16000,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    channel: str | int = "mix",
    on_error: str = "fail",
    overwrite: bool = False,
    log: Log = silent,
    path_column: str = "path",
    start_column: str | None = None,
    end_column: str | None = None,
    audio_root: str | Path | None = None,
) -> dict[str, Any]:
    """Trains a network on audio without labels, and writes a checkpoint for fine-tuning.

    Long clips are cut into pieces. Each epoch uses a random crop of each piece. After an
    interruption, the same call resumes after the last complete epoch.

    For `wav2vec2`, spans of frames are masked, and the network learns to select the code of
    each masked frame among 101 codes; see `wav2vec2_for_pretraining`. The learning rate rises
    over the first 8 % of the steps and then falls to 0. The temperature of the Gumbel softmax
    falls from 2 to 0.5 over 69 % of the steps, as in the paper.

    Args:
        data: A folder with audio files at any depth, or a manifest (CSV, TSV, Parquet).
        model: Name of a family that supports pretraining.
        out: The folder to write: the checkpoint and `recipe.json`. Use it for training with
            `--set checkpoint=OUT`.
        epochs: Int > 0, passes over the data. `None`: 20, or as many as the setting `steps`
            needs.
        seconds: Float > 0, length of the crops.
        sample_rate: Int > 0, Hz; every file is resampled to it.
        seed: Int >= 0.
        settings: The family's pretraining settings by name, such as `{"steps": 3000}`;
            `kapre-like families` lists them.
        channel: As in `train`.
        on_error: `"fail"` or `"skip"`, for bad and damaged files, as in `train`.
        overwrite: Whether an existing model in `out` may be replaced.
        log: Called with one line at a time on progress.
        path_column: Column of a manifest with file names.
        start_column: Column of a manifest with the start of a clip in its file, in seconds.
        end_column: Column of a manifest with the end of a clip in its file, in seconds.
        audio_root: The folder of relative paths in a manifest; `None` is the manifest's folder.

    Returns:
        The recipe, as in `recipe.json`; `settings["history"]` contains the training curves.

    Raises:
        ValueError: For invalid data or an invalid argument. The message contains the fix.
        ImportError: If packages of the family are missing. The message says how to install
            them.
    """
    _check.positive("pretrain", seconds=seconds)
    _check.audio_rate("pretrain", sample_rate=sample_rate)
    _check.non_negative_int("pretrain", seed=seed)
    if epochs is not None:
        _check.positive_int("pretrain", epochs=epochs)
    channel = checked_channel(channel)
    cls = _pretrains(model)
    chosen = build(f"pretrain {model}", cls.Pretraining, settings or {}, find)
    cls.check_pretraining(chosen)
    from kapre_like.audio.manifest import read_unlabeled

    check_out(Path(out), overwrite=overwrite)
    columns = {
        "path_column": path_column, "start_column": start_column, "end_column": end_column
    }  # fmt: skip
    table = read_unlabeled(data, audio_root=audio_root, **columns)
    clips = decode_all(
        table, sample_rate=sample_rate, on_error=on_error, channel=channel, log=log
    )
    declared = to_json(chosen)
    counted = declared.get("steps") is not None
    recipe = {
        "format": recipes.FORMAT,
        "family": model,
        "task": "pretrain",
        "class_names": None,
        "sample_rate": sample_rate,
        "seconds": float(seconds),
        "length_rule": "whole",
        "seed": seed,
        "channel": channel,
        "epochs": DEFAULT_EPOCHS if epochs is None and not counted else epochs,
        "settings": declared,
        "trained_on": {"n": len(clips.table), "digests": list(clips.table["digest"])},
        "validated_on": {"n": 0, "digests": []},
        "skipped": clips.skipped,
        "problems": clips.problems,
        "versions": versions(),
        "columns": columns,
    }
    return _run(cls, chosen, clips.table, recipe, Path(out), log)


def _pretrains(model: str) -> type[Family]:
    """Returns a family, or raises an error if it does not support pretraining."""
    cls = family(model)
    if cls.Pretraining is None:
        raise ValueError(
            f"The model family {model!r} does not support pretraining. Name one that does, "
            "such as wav2vec2, or train it on labels: kapre-like train."
        )
    return cls


def _run(
    cls: type[Family], settings: Any, table: Any, recipe: dict[str, Any], out: Path, log: Log
) -> dict[str, Any]:
    """Trains in `out/.training/`, then moves checkpoint and recipe to `out`."""
    training = open_training_folder(out, recipe, log)
    try:
        final = training / "final"
        final.mkdir()
        files, history = cls.pretrain(
            table, recipe=recipe, settings=settings, folder=training, final=final, log=log
        )
        recipe["files"] = files
        recipe["settings"]["history"] = history
        recipes.write_recipe(final, recipe)
        recipes.install(out)
    except BaseException:
        tidy(out)
        raise
    log(f"wrote {out}")
    return recipe
