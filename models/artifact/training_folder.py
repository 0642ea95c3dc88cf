"""The temporary folder `.training` of a training, inside the folder of its model."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kapre_like.models.artifact import recipe as recipes

_RUN = "run.json"


def check_out(out: Path, *, overwrite: bool) -> None:
    """Raises an error if `out` is a file, or holds a model that may not be overwritten."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out}: is a file. Name a folder to write the model to with --out.")
    complete = (out / recipes.RECIPE, out / recipes.TRAINING / "final" / recipes.RECIPE)
    if not overwrite and any(path.is_file() for path in complete):
        raise ValueError(
            f"{out}: holds a trained model. Replace it with --overwrite, or name another "
            "folder with --out."
        )


def open_training_folder(out: Path, recipe: dict[str, Any], log: Callable[[str], None]) -> Path:
    """Returns `out/.training/`. Keeps its checkpoints if they are of the same training."""
    recipes.finish_install(out)
    training = out / recipes.TRAINING
    settings = {key: value for key, value in recipe.items() if key != "versions"}
    run = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    try:
        same = json.loads((training / _RUN).read_text("utf-8")) == run
    except (OSError, ValueError):
        same = False
    if same:
        log(f"resuming the training that was interrupted in {out}")
        shutil.rmtree(training / "final", ignore_errors=True)
        return training
    shutil.rmtree(training, ignore_errors=True)
    training.mkdir(parents=True)
    recipes.write_json(training / _RUN, run)
    return training


def tidy(out: Path) -> None:
    """Cleans up after a failure: keeps checkpoints, and removes the folder if it has none."""
    training = out / recipes.TRAINING
    shutil.rmtree(training / "final", ignore_errors=True)
    if training.is_dir() and {path.name for path in training.iterdir()} <= {_RUN}:
        shutil.rmtree(training, ignore_errors=True)
        if not any(out.iterdir()):
            out.rmdir()
