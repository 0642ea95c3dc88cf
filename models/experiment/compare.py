"""Compares several families on the same clips: metrics, speed, memory and size."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from kapre_like.models.artifact.families import Job
from kapre_like.models.artifact.recipe import write_json
from kapre_like.models.experiment import clips as clip_tables
from kapre_like.models.experiment import splitting
from kapre_like.models.experiment.answers import write_predictions
from kapre_like.models.experiment.budget import budget_entry, check_minutes
from kapre_like.models.experiment.calibrating import wanted_of
from kapre_like.models.experiment.clips import Columns, Log
from kapre_like.models.experiment.cold_start import cold_seconds
from kapre_like.models.experiment.comparison import Comparison
from kapre_like.models.experiment.costs import check_costs, prediction_costs
from kapre_like.models.experiment.family_selection import aliases, select_families
from kapre_like.models.experiment.learning_curve import (
    announcement,
    learning_curves,
    sentence,
)
from kapre_like.models.experiment.runs import Runs
from kapre_like.models.experiment.splitting import Stage
from kapre_like.models.experiment.subsets import subsets
from kapre_like.models.experiment.task_inference import decide_task
from kapre_like.models.experiment.train import check_training
from kapre_like.models.experiment.trainings import Trainings


def compare(
    data: str | Path,
    *,
    models: Sequence[str] | Mapping[str, str] = ("boosted", "vgg"),
    out: str | Path,
    task: str | None = None,
    folds: int | str | None = None,
    margin: float = 0.02,
    sample_rate: int = 16000,
    seconds: float | None = None,
    length_rule: str | None = None,
    seed: int = 0,
    epochs: int | None = None,
    settings: Mapping[str, Any] | None = None,
    channel: str | int = "mix",
    precision: float | None = None,
    recall: float | None = None,
    calibrate: bool = True,
    on_error: str = "fail",
    overwrite: bool = False,
    minutes: float | None = None,
    learning_curve: bool = False,
    price_per_hour: float | None = None,
    clips_per_day: float | None = None,
    other_sounds: str | Path | None = None,
    command: str = "",
    log: Log | None = clip_tables.on_stderr,
    **columns: Unpack[Columns],
) -> Comparison:
    """Trains several models on the same clips, and compares them on the same test clips.

    After an interruption the same call resumes: finished trainings are not repeated.

    Each model trains in a process of its own. With `folds`, each row is tested once, and the
    split column is ignored. Metrics are then computed on all test clips together, and the
    spread is the standard deviation over folds. Intervals resample whole groups. Without
    `folds`, the rows of the split `test` are tested. Without a split column, whole groups are
    held out.

    Args:
        data: A folder of class folders, or a manifest.
        models: Names of families, such as `"boosted"` and `"vgg"`, or `"module:Class"`. With
            aliases one family can run twice: `["a=probe", "b=probe"]`, or a dict.
        out: The folder to write: `compare.json`, `predictions.csv`, `report.html`, and a
            folder per trained model (with folds, one folder `fold-NAME` in it per fold).
        task: As in `train`.
        folds: Int >= 2, `"leave-one-group-out"`, or `None`.
        margin: Float >= 0, the smallest improvement of balanced accuracy (or Pearson's r, or
            word accuracy) that justifies a heavier model. 0.02 is two points.
        sample_rate: Int > 0, Hz.
        seconds: As in `train`.
        length_rule: As in `train`.
        seed: Int >= 0.
        epochs: As in `train`.
        settings: Settings of the families. A name applies to every family that declares it.
            With the prefix of an alias, as in `{"vgg.row": "vgg11"}`, it applies to that one.
        channel: As in `train`.
        precision: As in `train`.
        recall: As in `train`.
        calibrate: As in `train`.
        on_error: `"fail"` or `"skip"`, for bad and damaged files, as in `train`.
        overwrite: Whether an existing comparison in `out` may be replaced.
        minutes: Float > 0, limit for all trainings of all models and folds together; `None` for
            no limit. Each training converts its share once to a number of epochs or trees.
        learning_curve: Whether each model is also trained on smaller parts of the data: an
            eighth, a quarter and half of the groups, three times each. The gain of twice as
            many recordings is extrapolated from these.
        price_per_hour: Float > 0, price of this machine in any currency; `None` computes no
            prices.
        clips_per_day: Float > 0, number of clips to predict; `None` computes no costs per
            month. See `costs`.
        other_sounds: A folder of sound files that belong to none of the classes. The comparison
            measures how often a model is confident of them, and of noises and silence; see
            `out_of_set`.
        command: The command line, for the report.
        log: Called with one line at a time. By default the lines go to stderr; `None` is
            silent.
        **columns: Columns of the manifest; see `kapre_like.audio.read_dataset`.

    Returns:
        A dict that a notebook shows as a table, with the methods `to_frame()` and `plot()`. It
        contains the values of `compare.json`: `task`, `metrics`, `models`, `baselines`,
        `advice`, `data`, `settings`, `versions`, `machine`, `command`. Times are in seconds or
        ms, sizes in bytes or MB. `advice["verdict"]` is `"recommended"`, `"undecided"` or
        `"no_better_than_guessing"`; `advice["recommended"]` is a name or `None`.
    """
    from kapre_like.models.experiment import summary

    log = log or clip_tables.silent
    aliases(models)
    _check_arguments(margin, folds)
    check_minutes(minutes)
    check_costs(price_per_hour, clips_per_day)
    rule = check_training(
        task=task, sample_rate=sample_rate, seconds=seconds, length_rule=length_rule,
        seed=seed, epochs=epochs,
    )  # fmt: skip
    wanted = wanted_of(precision, recall, calibrate=calibrate)
    channel = clip_tables.checked_channel(channel)
    # Folds use all rows, so the split column is ignored.
    read_with = {**columns, "split_column": "none"} if folds is not None else columns
    decided = decide_task(data, task, read_with)
    task = decided.task
    job = Job(task, sample_rate, seconds, epochs)
    selected = select_families(models, settings, job)
    out = _open_folder(Path(out), overwrite)
    clips = clip_tables.read_clips(
        data, task=task, sample_rate=sample_rate, on_error=on_error, log=log,
        channel=channel, columns=read_with, note=decided.note,
    )  # fmt: skip
    clip_tables.note_groups(clips, log)
    stages = splitting.stages(clips, folds=folds, seed=seed, data=data, task=task)
    planned = subsets(stages, seed=seed) if learning_curve else []
    if learning_curve:
        log(announcement(planned, selected))
    trainings = Trainings(
        out, minutes=minutes, log=log,
        number=len(selected) * (len(stages) + sum(subset.share for subset in planned)),
        other_sounds=None if other_sounds is None else str(Path(other_sounds).absolute()),
    )  # fmt: skip
    recipe = {
        "job": job, "rule": rule, "seed": seed, "channel": channel, "on_error": on_error,
        "skipped": clips.skipped, "problems": clips.problems, "wanted": wanted,
        "task_inferred": decided.inferred, "columns": clip_tables.recipe_columns(columns),
    }  # fmt: skip
    runs = Runs(selected, stages, recipe, trainings, out, log)
    found, smaller = runs.whole(), runs.smaller(planned)
    guesses = _baselines(clips, stages, job, seed, log)
    result = summary.summarize(
        found, stages, clips, guesses, task=task, margin=margin, seed=seed
    )
    if learning_curve:
        curves = learning_curves(found, smaller, planned, stages, task=task, seed=seed)
        result["learning_curve"] = curves
        result["advice"]["basis"] += filter(None, [sentence(curves, task)])
    _add_costs(result, found, runs, price_per_hour, clips_per_day, log)
    result |= {
        "task_inferred": decided.inferred, "budget": budget_entry(minutes, found),
        "command": command,
        "settings": {
            "sample_rate": sample_rate, "seconds": seconds, "length_rule": rule.kind,
            "seed": seed, "channel": channel, "epochs": epochs, "folds": folds,
            "minutes": minutes, "learning_curve": learning_curve, "wanted": wanted,
            "columns": clip_tables.recipe_columns(columns),
            "families": {alias: one.family for alias, one in selected.items()},
            "set": dict(settings or {}),
        },
    }  # fmt: skip
    result["data"]["path"] = str(data)
    write_predictions(out / "predictions.csv", found, stages, task)
    _write_report(result, stages, out, log)
    write_json(out / "compare.json", result)
    trainings.finish()
    return Comparison(result)


def _add_costs(
    result: dict[str, Any],
    found: dict[str, list[dict[str, Any]]],
    runs: Runs,
    price_per_hour: float | None,
    clips_per_day: float | None,
    log: Log,
) -> None:
    """Adds to each model its costs of prediction, including cold start and costs per month."""
    first = runs.stages[0]
    for alias, results in found.items():
        result["models"][alias] |= prediction_costs(
            results,
            cold_s=cold_seconds(runs.folder(alias, first), first.test, log),
            price_per_hour=price_per_hour,
            clips_per_day=clips_per_day,
        )


def _baselines(
    clips: clip_tables.Clips, stages: list[Stage], job: Job, seed: int, log: Log
) -> list[dict[str, Any]]:
    """Returns the predictions of the baselines for each stage."""
    from kapre_like.models.experiment.baselines import Features, baselines

    features = None
    if job.task != "transcribe":
        log("computing the baselines: constant predictions, and the best single feature")
        features = Features.of(clips.table, job.sample_rate, job.seconds, log)
    names = splitting.class_names(clips.table) if job.task == "classify" else None
    return [baselines(one, features, task=job.task, names=names, seed=seed) for one in stages]


def _check_arguments(margin: Any, folds: Any) -> None:
    """Checks arguments that are used only after the data are read or the models trained."""
    from kapre_like import _check

    _check.non_negative("compare", margin=margin)
    number = isinstance(folds, int) and not isinstance(folds, bool) and folds >= 2
    if not (folds is None or number or folds == "leave-one-group-out"):
        _check.fail("compare", "folds", "an int >= 2 or 'leave-one-group-out'", folds)


def _open_folder(out: Path, overwrite: bool) -> Path:
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out}: is a file. Name a folder to write to with --out.")
    # compare.json is written last, so an interrupted comparison does not have it.
    if not overwrite and (out / "compare.json").is_file():
        raise ValueError(
            f"{out}: contains a comparison. Replace it with --overwrite, or name another "
            "folder with --out."
        )
    return out


def _write_report(result: dict[str, Any], stages: list[Stage], out: Path, log: Log) -> None:
    """Writes `report.html`. Logs how to install its packages if they are missing."""
    from kapre_like.models.experiment.report import write_report

    try:
        write_report(result, stages, out / "report.html", predictions=out / "predictions.csv")
    except ImportError as error:
        log(f"no report.html: {error}")
