"""Trains one model and writes its folder, atomically replacing an existing model."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from kapre_like import _check
from kapre_like.models.artifact import recipe as recipes
from kapre_like.models.artifact.families import Job
from kapre_like.models.artifact.length_rule import LengthRule
from kapre_like.models.artifact.machine import versions
from kapre_like.models.artifact.training_folder import check_out, open_training_folder, tidy
from kapre_like.models.experiment import clips as clip_tables
from kapre_like.models.experiment import splitting
from kapre_like.models.experiment.budget import budget_note, capped, check_minutes
from kapre_like.models.experiment.calibrating import calibrate as calibration_of
from kapre_like.models.experiment.calibrating import held_out_clips, wanted_of
from kapre_like.models.experiment.clip_rows import select_rows, windows
from kapre_like.models.experiment.clips import Columns, Log
from kapre_like.models.experiment.family_selection import Selected, rebuilt, select_families
from kapre_like.models.experiment.task_inference import decide_task

if TYPE_CHECKING:
    import pandas as pd


def train(
    data: str | Path,
    *,
    model: str = "boosted",
    task: str | None = None,
    out: str | Path,
    sample_rate: int = 16000,
    seconds: float | None = None,
    length_rule: str | None = None,
    seed: int = 0,
    epochs: int | None = None,
    minutes: float | None = None,
    settings: Mapping[str, Any] | None = None,
    channel: str | int = "mix",
    precision: float | None = None,
    recall: float | None = None,
    calibrate: bool = True,
    on_error: str = "fail",
    overwrite: bool = False,
    log: Log = clip_tables.silent,
    **columns: Unpack[Columns],
) -> dict[str, Any]:
    """Trains a model of one family on a data set and writes it to the folder `out`.

    Rows of the split `test` are not used. If no row has the split `valid`, whole groups are
    held out for validation. An existing model in `out` is replaced when the new one is
    complete. After an interruption, the same call resumes the training.

    Args:
        data: A folder of class folders, or a manifest (CSV, TSV, Parquet).
        model: Name of a family, such as `"boosted"` or `"vgg"`, or `"module:Class"`.
        task: `"classify"`, `"regress"`, or `"transcribe"` for text. `None` infers the task from
            the labels and logs it; ambiguous labels are an error.
        out: The folder to write: `recipe.json` and the model's files.
        sample_rate: Int > 0, Hz; every file is resampled to it.
        seconds: Float > 0, length that the model processes at once. `None`: whole clips.
        length_rule: `"whole"`, `"center"` (the middle `seconds` of a clip) or `"tiles"`
            (windows of `seconds`, their answers averaged). `None`: `"center"` with `seconds`,
            else `"whole"`. The rule is part of the model and of every export.
        seed: Int >= 0. The same seed, data and machine give the same model.
        epochs: Int > 0, greatest number of passes of a network over the data. `None`: the
            default of the family. Trees have a setting `max_trees`.
        minutes: Float > 0, limit of the training time. It is converted once to a number of
            epochs or trees, which is stored in the recipe. `None` for no limit.
        settings: The family's settings by name, such as `{"row": "vgg11"}`;
            `kapre-like families` lists them.
        channel: The channel of each file that is used: `"mix"`, the mean of all channels;
            `"left"`, `"right"` or the number of a channel, from 1; or `"split"`, which makes
            each channel a clip of the same group. It is stored in the recipe.
        precision: Float in (0, 1], target precision of the confident predictions of each class.
            It defaults to 0.95 if `recall` is not given.
        recall: Float in (0, 1], target recall of the confident predictions of each class, in
            place of `precision`.
        calibrate: Whether probabilities are calibrated, and scores get intervals, on clips that
            the model was not trained on. The calibration is part of the model and of every
            export.
        on_error: `"fail"` raises an error for a bad or damaged file, or for a clip that the
            family cannot learn from, such as one too short for its transcript. `"skip"` leaves
            these out. It uses the readable part of damaged files and lists them.
        overwrite: Whether an existing model in `out` may be replaced.
        log: Called with one line at a time on progress.
        **columns: Columns of the manifest; see `kapre_like.audio.read_dataset`.

    Returns:
        The recipe, as in `recipe.json`.

    Raises:
        ValueError: For invalid data or an invalid argument. The message contains the fix.
        ImportError: If packages of the family are missing. The message says how to install
            them.
    """
    rule = check_training(
        task=task, sample_rate=sample_rate, seconds=seconds, length_rule=length_rule,
        seed=seed, epochs=epochs,
    )  # fmt: skip
    wanted = wanted_of(precision, recall, calibrate=calibrate)
    channel = clip_tables.checked_channel(channel)
    check_minutes(minutes)
    decided = decide_task(data, task, columns)
    task = decided.task
    job = Job(task, sample_rate, seconds, epochs)
    # Check packages and settings first, because reading may take an hour.
    [selected] = select_families([model], settings, job).values()
    check_out(Path(out), overwrite=overwrite)
    clips = clip_tables.read_clips(
        data,
        task=task,
        sample_rate=sample_rate,
        on_error=on_error,
        log=log,
        splits=("train", "valid"),
        channel=channel,
        columns=columns,
        note=decided.note,
    )
    clip_tables.note_groups(clips, log)
    train_rows, valid_rows = splitting.training_rows(clips, seed=seed, data=data, task=task)
    recipe = new_recipe(
        selected, train_rows, valid_rows, job=job, rule=rule, seed=seed, channel=channel,
        wanted=wanted, on_error=on_error, skipped=clips.skipped, problems=clips.problems,
        columns=clip_tables.recipe_columns(columns), task_inferred=decided.inferred,
    )  # fmt: skip
    recipe["minutes"] = capped(minutes, selected.settings)
    trained = fit(train_rows, valid_rows, recipe=recipe, out=Path(out), log=log)
    return trained.recipe


def check_training(
    *,
    task: str | None,
    sample_rate: Any,
    seconds: Any,
    length_rule: Any,
    seed: Any,
    epochs: Any,
) -> LengthRule:
    """Checks the arguments before any file is read, and returns the length rule."""
    if task is not None:
        _check.one_of("train", ["classify", "regress", "transcribe"], task=task)
    _check.audio_rate("train", sample_rate=sample_rate)
    _check.non_negative_int("train", seed=seed)
    if epochs is not None:
        _check.positive_int("train", epochs=epochs)
    if length_rule is None:
        length_rule = "whole" if seconds is None else "center"
    return LengthRule(length_rule, seconds)


def new_recipe(
    selected: Selected,
    train_rows: "pd.DataFrame",
    valid_rows: "pd.DataFrame",
    *,
    job: Job,
    rule: LengthRule,
    seed: int,
    channel: str,
    on_error: str,
    skipped: list[dict[str, str]],
    problems: list[dict[str, str]],
    columns: dict[str, Any],
    wanted: dict[str, float] | None = None,
    task_inferred: bool = False,
) -> dict[str, Any]:
    """Returns the recipe of a new training; `wanted` is the result of `wanted_of`."""
    classify = job.task == "classify"
    return {
        "format": recipes.FORMAT,
        "family": selected.family,
        "task": job.task,
        "task_inferred": task_inferred,
        "class_names": splitting.class_names(train_rows, valid_rows) if classify else None,
        "sample_rate": job.sample_rate,
        "seconds": rule.seconds,
        "length_rule": rule.kind,
        "seed": seed,
        "channel": channel,
        "on_error": on_error,
        "epochs": job.epochs,
        "settings": selected.settings,
        "wanted": wanted,
        "trained_on": _identity(train_rows),
        "validated_on": _identity(valid_rows),
        "skipped": skipped,
        "problems": problems,
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
    """Trains a model with a recipe in `out/.training/`, then moves it to `out`.

    A family is trained on the windows of the length rule. With `tiles` each window of a clip is
    a row. The calibration uses predictions of whole clips.
    """
    cls, settings = rebuilt(recipe)
    train_rows, valid_rows, left_out = _learnable(
        cls, train_rows, valid_rows, recipe, settings, log
    )
    if left_out:
        used = {"trained_on": _identity(train_rows), "validated_on": _identity(valid_rows)}
        recipe = {**recipe, **used, "skipped": [*recipe["skipped"], *left_out]}
    train, valid = (windows(t, recipe) for t in (train_rows, valid_rows))
    words = ("task", "sample_rate", "seconds", "epochs")
    cls.check(settings, Job(*(recipe[word] for word in words), train, valid))
    training = open_training_folder(out, recipe, log)
    log(
        f"training {recipe['family']} on {len(train_rows)} clips, "
        f"validating on {len(valid_rows)} others"
    )
    try:
        model = cls.train(
            train, valid, recipe=recipe, settings=settings, folder=training, log=log
        )
        if note := budget_note(model.recipe):
            log(f"{recipe['family']}: {note}")
        model.held_out = held_out_clips(model, train_rows, valid_rows)
        found = calibration_of(model.held_out, train_rows, valid_rows, recipe, log)
        model.recipe = {**model.recipe, "calibration": found}
        final = training / "final"
        final.mkdir()
        model.save(final)
        model.recipe = {**model.recipe, "files": model.model_files()}
        if model.trains_on_valid:
            model.recipe["trained_on"] = _identity(train_rows, valid_rows)
        recipes.write_recipe(final, model.recipe)
        recipes.install(out)
    except BaseException:
        tidy(out)
        raise
    log(f"wrote {out}")
    return model


def _learnable(
    cls: Any,
    train_rows: "pd.DataFrame",
    valid_rows: "pd.DataFrame",
    recipe: dict[str, Any],
    settings: Any,
    log: Log,
) -> tuple["pd.DataFrame", "pd.DataFrame", list[dict[str, str]]]:
    """Returns the rows that the family can learn from, and entries of `skipped` for the others.

    Raises:
        ValueError: If there are other rows and `on_error` is `"fail"`, or no row is left.
    """
    bad = cls.unlearnable(train_rows, valid_rows, recipe=recipe, settings=settings)
    if not bad:
        return train_rows, valid_rows, []
    if recipe["on_error"] == "fail":
        first, more = bad[0], f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        raise ValueError(
            f"{first['path']}: {first['reason']}{more}. Correct the table, or leave such clips "
            "out with --on-error skip."
        )
    clip_tables.report_skipped(bad, log)
    digests = {one["digest"] for one in bad}
    kept = [
        select_rows(rows, ~rows["digest"].isin(digests).to_numpy())
        for rows in (train_rows, valid_rows)
    ]
    if kept[0].empty:
        raise ValueError(f"no clip is left to train on: {bad[0]['path']}: {bad[0]['reason']}.")
    skipped = [{name: one[name] for name in ("path", "reason")} for one in bad]
    return *kept, skipped


def _identity(*tables: "pd.DataFrame") -> dict[str, Any]:
    """Returns the number of clips in tables, and their digests of file and content."""
    digests, contents = (
        [one for table in tables for one in table[name]] for name in ("digest", "content")
    )
    return {"n": len(digests), "digests": digests, "contents": contents}
