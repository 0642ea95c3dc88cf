"""Training one model into a folder, without ever spoiling the model that is there."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from kapre_like.models.artifact import recipe as recipes
from kapre_like.models.artifact.families import check_family, family, trains_on_valid
from kapre_like.models.artifact.machine import versions
from kapre_like.models.artifact.workshop import check_out, open_workshop, tidy
from kapre_like.models.experiment import clips as clip_tables
from kapre_like.models.experiment.checkpoints import check_start, checkpoint_of
from kapre_like.models.experiment.clips import Columns, Log
from kapre_like.models.experiment.family_settings import (
    check_fine_tuning,
    check_probe,
    settings_of,
)

if TYPE_CHECKING:
    import pandas as pd


def train(
    data: str | Path,
    *,
    model: str = "boosted",
    task: str = "classify",
    out: str | Path,
    sample_rate: int = 16000,
    seconds: float | None = None,
    seed: int = 0,
    epochs: int | None = None,
    checkpoint: str | Path | None = None,
    layer: int | str | None = None,
    probe: str | None = None,
    fine_tuning: dict[str, Any] | None = None,
    on_error: str = "fail",
    log: Log = clip_tables.silent,
    **columns: Unpack[Columns],
) -> dict[str, Any]:
    """Trains a model of one family on a data set and writes it to the folder `out`.

    Rows of the split `test` are not touched. Without rows of the split `valid`, whole groups
    are held out to stop training by. A model already in `out` stays until the new one is
    finished; after a kill, the same call goes on where it stopped.

    Args:
        data: A folder of class folders, or a manifest (CSV, TSV, Parquet).
        model: `"boosted"`, `"vgg"` or `"package.module:Class"`.
        task: `"classify"` or `"regress"`.
        out: The folder to write: `recipe.json` and the model's files.
        sample_rate: Int > 0, Hz; every file is resampled to it.
        seconds: Float > 0; clips are cropped to their middle. `None`: whole clips.
        seed: Int. The same seed, data and machine give the same model.
        epochs: Int > 0; passes over the data, or trees. `None`: the family's own choice.
        checkpoint: For families that begin with one: a folder, or a name on the Hugging Face
            hub. `None`: random weights.
        layer: For the family `probe`: the hidden state, as in `embedding_table`. `None`:
            chosen by the validation clips.
        probe: For the family `probe`: `"linear"`, `"trees"`, or the better of both, `"auto"`.
        fine_tuning: For the family `wav2vec2`: settings of its recipe, see `FineTuning`, such
            as `{"precision": "mixed_bfloat16", "accumulate": 4}`; `batch_size` and
            `feature_encoder` too.
        on_error: `"fail"` refuses a data set with a bad file, `"skip"` leaves the file out.
        log: Called with one line at a time about what is going on.
        **columns: Columns of the manifest; see `kapre_like.audio.read_dataset`.

    Returns:
        The recipe, as in `recipe.json`.

    Raises:
        ValueError: For bad data or a bad argument, in one line that says the fix.
        ImportError: If the family's packages are missing; names the extra.
    """
    check_settings(task=task, seconds=seconds, seed=seed, epochs=epochs)
    check_family(model)  # A missing package is found before an hour of reading.
    check_start([model], checkpoint=checkpoint, sample_rate=sample_rate)
    check_probe([model], layer=layer, probe=probe, checkpoint=checkpoint)
    check_fine_tuning([model], fine_tuning=fine_tuning, epochs=epochs, checkpoint=checkpoint)
    check_out(Path(out))
    clips = clip_tables.read_clips(
        data,
        task=task,
        sample_rate=sample_rate,
        on_error=on_error,
        log=log,
        splits=("train", "valid"),
        columns=columns,
    )
    clip_tables.note_groups(clips, log)
    train_rows, valid_rows = clip_tables.training_rows(clips, seed=seed, data=data, task=task)
    recipe = new_recipe(
        model, train_rows, valid_rows, task=task, sample_rate=sample_rate, seconds=seconds,
        seed=seed, epochs=epochs, checkpoint=checkpoint, layer=layer, probe=probe,
        fine_tuning=fine_tuning, skipped=clips.skipped, columns=dict(columns),
    )  # fmt: skip
    trained = fit(train_rows, valid_rows, recipe=recipe, out=Path(out), log=log)
    return trained.recipe


def check_settings(*, task: str, seconds: Any, seed: Any, epochs: Any) -> None:
    """Refuses bad arguments before any file is read."""
    from kapre_like import _check

    _check.one_of("train", ["classify", "regress"], task=task)
    _check.non_negative_int("train", seed=seed)
    if seconds is not None:
        _check.positive("train", seconds=seconds)
    if epochs is not None:
        _check.positive_int("train", epochs=epochs)


def new_recipe(
    model: str,
    train_rows: "pd.DataFrame",
    valid_rows: "pd.DataFrame",
    *,
    task: str,
    skipped: list[dict[str, str]],
    columns: dict[str, Any],
    checkpoint: str | Path | None,
    **settings: Any,
) -> dict[str, Any]:
    """Returns the recipe of a training that is about to begin."""
    names = clip_tables.class_names(train_rows, valid_rows) if task == "classify" else None
    return {
        "format": recipes.FORMAT,
        "family": model,
        "task": task,
        "class_names": names,
        **{key: settings[key] for key in ("sample_rate", "seconds", "seed", "epochs")},
        "checkpoint": checkpoint_of(model, checkpoint),
        "settings": settings_of(model, settings),
        "trained_on": _who(train_rows),
        "validated_on": _who(valid_rows),
        "skipped": skipped,
        "versions": versions(),
        "columns": columns,
    }


def fit(
    train_rows: "pd.DataFrame",
    valid_rows: "pd.DataFrame",
    *,
    recipe: dict[str, Any],
    out: Path,
    log: Log,
) -> Any:
    """Trains by a recipe, in `out/.training/`, then puts model and recipe in their place."""
    workshop = open_workshop(out, recipe, log)
    log(
        f"training {recipe['family']} on {len(train_rows)} clips, "
        f"stopping by {len(valid_rows)} others"
    )
    try:
        model = family(recipe["family"]).train(
            train_rows, valid_rows, recipe=recipe, folder=workshop, log=log
        )
        final = workshop / "final"
        final.mkdir()
        model.save(final)
        model.recipe = {**model.recipe, "files": model.model_files()}
        if trains_on_valid(recipe["family"]):
            model.recipe["trained_on"] = _who(train_rows, valid_rows)
        recipes.write_recipe(final, model.recipe)
        recipes.install(out)
    except BaseException:
        tidy(out)
        raise
    log(f"wrote {out}")
    return model


def _who(*tables: "pd.DataFrame") -> dict[str, Any]:
    """The clips of some tables, as a recipe remembers them."""
    digests = [digest for table in tables for digest in table["digest"]]
    return {"n": len(digests), "digests": digests}
