"""Several families on the same clips, side by side: how good, how fast, how heavy."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from kapre_like.models.artifact.families import Job
from kapre_like.models.artifact.recipe import write_json
from kapre_like.models.experiment import clips as clip_tables
from kapre_like.models.experiment.asking import Asked, ask
from kapre_like.models.experiment.clips import Columns, Log, Stage
from kapre_like.models.experiment.launch import launch
from kapre_like.models.experiment.task_inference import decide_task
from kapre_like.models.experiment.train import check_training, new_recipe


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
    on_error: str = "fail",
    overwrite: bool = False,
    command: str = "",
    log: Log = clip_tables.silent,
    **columns: Unpack[Columns],
) -> dict[str, Any]:
    """Trains several models on the same clips, and compares them on the same test clips.

    Each model trains in a process of its own. With `folds`, each row is tested once, and splits
    are ignored. Metrics are then means over folds, the spread is their standard deviation, and
    intervals resample the clips within each fold. Without `folds`, the rows of the split `test`
    are tested. Without a split column, whole groups are held out for the test.

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
        epochs: Int > 0, for each family; `None`: its own choice.
        settings: Settings of the families. A name reaches every family that has it; with an
            alias before it, as in `{"vgg.row": "vgg11"}`, that one alone.
        channel: As in `train`.
        on_error: `"fail"` or `"skip"`, for bad and damaged files, as in `train`.
        overwrite: Whether a comparison that is already in `out` may be replaced.
        command: What the user typed, for the report.
        log: Called with one line at a time.
        **columns: Columns of the manifest; see `kapre_like.audio.read_dataset`.

    Returns:
        What `compare.json` holds: `task`, `metrics`, `models`, `advice`, `data`, `settings`,
        `versions`, `machine`, `command`. Times in seconds or ms, sizes in bytes or MB.
    """
    from kapre_like.models.experiment import summary

    _check_arguments(margin, folds)
    rule = check_training(
        task=task, sample_rate=sample_rate, seconds=seconds, length_rule=length_rule,
        seed=seed, epochs=epochs,
    )  # fmt: skip
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
    stages = clip_tables.stages(clips, folds=folds, seed=seed, data=data, task=task)
    shared = {
        "job": job, "rule": rule, "seed": seed, "channel": channel, "skipped": clips.skipped,
        "problems": clips.problems, "task_inferred": decided.inferred,
    }  # fmt: skip
    found = {
        alias: [_one(alias, one, stage, stages, out, shared, columns, log) for stage in stages]
        for alias, one in asked.items()
    }
    result = summary.summarize(found, stages, clips, task=task, margin=margin, seed=seed)
    result["task_inferred"] = decided.inferred
    result["settings"] = {
        "sample_rate": sample_rate, "seconds": seconds, "length_rule": rule.kind,
        "seed": seed, "channel": channel, "epochs": epochs, "folds": folds,
        "columns": clip_tables.to_remember(columns),
        "families": {alias: one.family for alias, one in asked.items()},
        "set": dict(settings or {}),
    }  # fmt: skip
    result["data"]["path"] = str(data)
    result["command"] = command
    summary.write_predictions(out / "predictions.csv", found, stages, task)
    _write_report(result, stages, out, log)
    write_json(out / "compare.json", result)
    return result


def _one(
    alias: str,
    asked: Asked,
    stage: Stage,
    stages: list[Stage],
    out: Path,
    shared: dict[str, Any],
    columns: Columns,
    log: Log,
) -> dict[str, Any]:
    """Trains and tests one model on one stage, in a worker process."""
    folder = out / alias
    if len(stages) > 1:
        folder /= "fold-" + re.sub(r"[^\w.-]+", "_", stage.name.removeprefix("fold "))
        log(f"{alias}: {stage.name} of {len(stages)} folds")
    recipe = new_recipe(
        asked, stage.train, stage.valid, columns=clip_tables.to_remember(columns), **shared
    )
    return launch(alias, stage, recipe, folder, log)


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
