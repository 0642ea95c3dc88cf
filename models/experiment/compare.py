"""Several families on the same clips, side by side: how good, how fast, how heavy."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from kapre_like.models.artifact.families import Job
from kapre_like.models.artifact.recipe import write_json
from kapre_like.models.experiment import clips as clip_tables
from kapre_like.models.experiment import splitting
from kapre_like.models.experiment.answers import write_predictions
from kapre_like.models.experiment.asking import aliases, ask
from kapre_like.models.experiment.budget import check_minutes, told
from kapre_like.models.experiment.calibrating import wanted_of
from kapre_like.models.experiment.clips import Columns, Log
from kapre_like.models.experiment.cold_start import cold_seconds
from kapre_like.models.experiment.comparison import Comparison
from kapre_like.models.experiment.costs import check_costs, prediction_costs
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

    After an interruption the same call goes on: what was trained is not trained again.

    Each model trains in a process of its own. With `folds`, each row is tested once, and splits
    are ignored. Metrics are then those of all test clips together, and the spread is the
    standard deviation over folds. Intervals resample whole groups. Without `folds`, the rows of
    the split `test` are tested. Without a split column, whole groups are held out for the test.

    Args:
        data: A folder of class folders, or a manifest.
        models: Names of families, such as `"boosted"` and `"vgg"`, or `"module:Class"`. One
            family runs twice under aliases: `["a=probe", "b=probe"]`, or a dict.
        out: The folder to write: `compare.json`, `predictions.csv`, `report.html`, and each
            trained model under its name (with folds, one `fold-NAME` each below it).
        task: As in `train`.
        folds: Int >= 2, `"leave-one-group-out"`, or `None`.
        margin: Float >= 0: how far below the best balanced accuracy (or Pearson's r) the
            advised model may lie. 0.02 are two points.
        sample_rate: Int > 0, Hz.
        seconds: As in `train`.
        length_rule: As in `train`.
        seed: Int >= 0.
        epochs: As in `train`.
        settings: Settings of the families. A name reaches every family that has it; with an
            alias before it, as in `{"vgg.row": "vgg11"}`, that one alone.
        channel: As in `train`.
        precision: As in `train`.
        recall: As in `train`.
        calibrate: As in `train`.
        on_error: `"fail"` or `"skip"`, for bad and damaged files, as in `train`.
        overwrite: Whether a comparison that is already in `out` may be replaced.
        minutes: Float > 0, for all trainings together, of all models and folds; `None`: as long
            as they take. It becomes a number of epochs or trees once.
        learning_curve: Whether each model is trained on smaller parts of the data too: an
            eighth, a quarter and half of the groups, three times each. It says what twice the
            recordings would bring.
        price_per_hour: Float > 0, price of this machine in any currency; `None`: no money.
        clips_per_day: Float > 0, clips to predict; `None`: no cost per month. See `costs`.
        other_sounds: A folder of sound files of none of the classes. How often a model is
            confident of them is measured, as it is of noises and silence; see `out_of_set`.
        command: What the user typed, for the report.
        log: Called with one line at a time. By default the lines go to stderr; `None` is
            silent.
        **columns: Columns of the manifest; see `kapre_like.audio.read_dataset`.

    Returns:
        A dict that a notebook shows as a table, with `to_frame()` and `plot()`. It has the
        values of `compare.json`: `task`, `metrics`, `models`, `baselines`, `advice`, `data`,
        `settings`, `versions`, `machine`, `command`. Times in seconds or ms, sizes in bytes or
        MB. `advice["verdict"]` is `"recommended"`, `"undecided"` or
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
    # Folds use all rows, so a split column has no meaning.
    read_with = {**columns, "split_column": "none"} if folds is not None else columns
    decided = decide_task(data, task, read_with)
    task = decided.task
    job = Job(task, sample_rate, seconds, epochs)
    asked = ask(models, settings, job)
    out = _open_folder(Path(out), overwrite)
    clips = clip_tables.read_clips(
        data, task=task, sample_rate=sample_rate, on_error=on_error, log=log,
        channel=channel, columns=read_with, said=decided.said,
    )  # fmt: skip
    clip_tables.note_groups(clips, log)
    stages = splitting.stages(clips, folds=folds, seed=seed, data=data, task=task)
    planned = subsets(stages, seed=seed) if learning_curve else []
    if learning_curve:
        log(announcement(planned, asked))
    trainings = Trainings(
        out, minutes=minutes, log=log,
        number=len(asked) * (len(stages) + sum(subset.share for subset in planned)),
        other_sounds=None if other_sounds is None else str(Path(other_sounds).absolute()),
    )  # fmt: skip
    recipe = {
        "job": job, "rule": rule, "seed": seed, "channel": channel, "on_error": on_error,
        "skipped": clips.skipped, "problems": clips.problems, "wanted": wanted,
        "task_inferred": decided.inferred, "columns": clip_tables.to_remember(columns),
    }  # fmt: skip
    runs = Runs(asked, stages, recipe, trainings, out, log)
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
        "task_inferred": decided.inferred, "budget": told(minutes, found), "command": command,
        "settings": {
            "sample_rate": sample_rate, "seconds": seconds, "length_rule": rule.kind,
            "seed": seed, "channel": channel, "epochs": epochs, "folds": folds,
            "minutes": minutes, "learning_curve": learning_curve, "wanted": wanted,
            "columns": clip_tables.to_remember(columns),
            "families": {alias: one.family for alias, one in asked.items()},
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
    """Adds to each model what it costs to predict, from cold and in a month."""
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
    """The predictions of the baselines for each stage."""
    from kapre_like.models.experiment.baselines import Features, baselines

    features = None
    if job.task != "transcribe":
        log("computing the baselines: guesses, and the best single feature")
        features = Features.of(clips.table, job.sample_rate, job.seconds, log)
    names = splitting.class_names(clips.table) if job.task == "classify" else None
    return [baselines(one, features, task=job.task, names=names, seed=seed) for one in stages]


def _check_arguments(margin: Any, folds: Any) -> None:
    """Checks arguments that are used only after reading or training."""
    from kapre_like import _check

    _check.non_negative("compare", margin=margin)
    number = isinstance(folds, int) and not isinstance(folds, bool) and folds >= 2
    if not (folds is None or number or folds == "leave-one-group-out"):
        _check.fail("compare", "folds", "an int >= 2 or 'leave-one-group-out'", folds)


def _open_folder(out: Path, overwrite: bool) -> Path:
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out}: is a file. Name a folder to write to with --out.")
    # Written last: what an interrupted comparison left is no reason to refuse.
    if not overwrite and (out / "compare.json").is_file():
        raise ValueError(
            f"{out}: holds a comparison. Replace it with --overwrite, or name another folder "
            "with --out."
        )
    return out


def _write_report(result: dict[str, Any], stages: list[Stage], out: Path, log: Log) -> None:
    """Writes `report.html`. Logs how to install its packages if they are missing."""
    from kapre_like.models.experiment.report import write_report

    try:
        write_report(result, stages, out / "report.html", predictions=out / "predictions.csv")
    except ImportError as error:
        log(f"no report.html: {error}")
