"""Several families on the same clips, side by side: how good, how fast, how heavy."""

import re
from pathlib import Path
from typing import Any, Unpack

from kapre_like.models.artifact.families import check_family, folder_name
from kapre_like.models.artifact.recipe import write_json
from kapre_like.models.experiment import clips as clip_tables
from kapre_like.models.experiment.checkpoints import check_start
from kapre_like.models.experiment.clips import Columns, Log, Stage
from kapre_like.models.experiment.family_settings import check_fine_tuning, check_probe
from kapre_like.models.experiment.launch import launch
from kapre_like.models.experiment.train import check_settings, new_recipe


def compare(
    data: str | Path,
    *,
    models: list[str] | tuple[str, ...] = ("boosted", "vgg"),
    out: str | Path,
    task: str = "classify",
    folds: int | str | None = None,
    margin: float = 0.02,
    sample_rate: int = 16000,
    seconds: float | None = None,
    seed: int = 0,
    epochs: int | None = None,
    checkpoint: str | Path | None = None,
    layer: int | str | None = None,
    probe: str | None = None,
    fine_tuning: dict[str, Any] | None = None,
    on_error: str = "fail",
    command: str = "",
    log: Log = clip_tables.silent,
    **columns: Unpack[Columns],
) -> dict[str, Any]:
    """Trains each model on the same clips, judges it on the same others, and weighs them.

    Each model trains in a process of its own. With `folds`, every row is tested once, whatever
    its split: metrics are means over folds, with their standard deviation as the spread, and
    intervals resample the clips inside each fold. Without `folds`, the rows of the split `test`
    are the test; without a split column, whole groups are held out for it.

    Args:
        data: A folder of class folders, or a manifest.
        models: Families, `"boosted"`, `"vgg"` or `"package.module:Class"`.
        out: The folder to write: `compare.json`, `predictions.csv`, `report.html`, and each
            trained model under its name (with folds, one `fold-NAME` each below it).
        task: `"classify"` or `"regress"`.
        folds: Int >= 2, `"leave-one-group-out"`, or `None`.
        margin: Float >= 0: how far below the best balanced accuracy (or Pearson's r) the
            advised model may lie. 0.02 are two points.
        sample_rate: Int > 0, Hz.
        seconds: Float > 0, the middle of each clip; `None`: whole clips.
        seed: Int.
        epochs: Int > 0, for each family; `None`: its own choice.
        checkpoint: A folder, or a name on the Hugging Face hub, for those of the families that
            begin with one. `None`: random weights.
        layer: For the family `probe`, as in `train`.
        probe: For the family `probe`, as in `train`.
        fine_tuning: For the family `wav2vec2`, as in `train`.
        on_error: `"fail"` or `"skip"`, for bad files.
        command: What the user typed, for the report.
        log: Called with one line at a time.
        **columns: Columns of the manifest; see `kapre_like.audio.read_dataset`.

    Returns:
        What `compare.json` holds: `task`, `metrics`, `models`, `advice`, `data`, `settings`,
        `versions`, `machine`, `command`. Times in seconds or ms, sizes in bytes or MB.
    """
    from kapre_like.models.experiment import summary

    _check_arguments(models, margin, folds)
    check_settings(task=task, seconds=seconds, seed=seed, epochs=epochs)
    check_start(list(models), checkpoint=checkpoint, sample_rate=sample_rate)
    check_probe(list(models), layer=layer, probe=probe, checkpoint=checkpoint)
    check_fine_tuning(
        list(models), fine_tuning=fine_tuning, epochs=epochs, checkpoint=checkpoint
    )
    out = _open_folder(Path(out))
    clips = clip_tables.read_clips(
        data, task=task, sample_rate=sample_rate, on_error=on_error, log=log,
        # Folds deal out every row; a split column is then without meaning.
        columns={**columns, "split_column": "none"} if folds is not None else columns,
    )  # fmt: skip
    clip_tables.note_groups(clips, log)
    stages = clip_tables.stages(clips, folds=folds, seed=seed, data=data, task=task)
    settings = {
        "sample_rate": sample_rate, "seconds": seconds, "seed": seed, "epochs": epochs,
        "checkpoint": None if checkpoint is None else str(checkpoint),
        "layer": layer, "probe": probe, "fine_tuning": fine_tuning,
    }  # fmt: skip
    found = {}
    for name in models:
        found[folder_name(name)] = [
            _one(name, stage, out, len(stages), task, settings, clips, columns, log)
            for stage in stages
        ]
    result = summary.summarize(found, stages, clips, task=task, margin=margin, seed=seed)
    result["settings"] = {**settings, "folds": folds, "columns": dict(columns)}
    result["data"]["path"] = str(data)
    result["command"] = command
    summary.write_predictions(out / "predictions.csv", found, stages, task)
    _write_report(result, stages, out, log)
    write_json(out / "compare.json", result)
    return result


def _one(
    name: str,
    stage: Stage,
    out: Path,
    n_stages: int,
    task: str,
    settings: dict[str, Any],
    clips: clip_tables.Clips,
    columns: Columns,
    log: Log,
) -> dict[str, Any]:
    """What the worker of one model and one stage found."""
    folder = out / folder_name(name)
    if n_stages > 1:
        folder /= "fold-" + re.sub(r"[^\w.-]+", "_", stage.name.removeprefix("fold "))
        log(f"{name}: {stage.name} of {n_stages} folds")
    recipe = new_recipe(
        name,
        stage.train,
        stage.valid,
        task=task,
        skipped=clips.skipped,
        columns=dict(columns),
        **settings,
    )
    return launch(stage, recipe, folder, log)


def _check_arguments(models: Any, margin: Any, folds: Any) -> None:
    """Refuses what would only fail after reading, or after the first model's training."""
    from kapre_like import _check

    _check.non_negative("compare", margin=margin)
    if isinstance(models, str) or not models:
        _check.fail("compare", "models", "a list of names such as ['boosted', 'vgg']", models)
    if len({folder_name(name) for name in models}) < len(models):
        _check.fail("compare", "models", "different names", list(models))
    for name in models:
        check_family(name)
    number = isinstance(folds, int) and not isinstance(folds, bool) and folds >= 2
    if not (folds is None or number or folds == "leave-one-group-out"):
        _check.fail("compare", "folds", "an int >= 2 or 'leave-one-group-out'", folds)


def _open_folder(out: Path) -> Path:
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out}: is a file. Name a folder to write to with --out.")
    return out


def _write_report(result: dict[str, Any], stages: list[Stage], out: Path, log: Log) -> None:
    """Writes `report.html`; without the packages for it, says how to get them and goes on."""
    from kapre_like.models.experiment.report import write_report

    try:
        write_report(result, stages, out / "report.html", predictions=out / "predictions.csv")
    except ImportError as error:
        log(f"no report.html: {error}")
