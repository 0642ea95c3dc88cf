"""The folder that a training works in, beside the model that it will replace."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kapre_like.models.artifact import recipe as recipes

_RUN = "run.json"


def check_out(out: Path) -> None:
    """Refuses a file where a folder is to be."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out}: is a file. Name a folder to write the model to with --out.")


def open_workshop(out: Path, recipe: dict[str, Any], log: Callable[[str], None]) -> Path:
    """Makes `out/.training/`; keeps what is in it only if it is of this very training."""
    recipes.finish_install(out)
    workshop = out / recipes.WORKSHOP
    told = {key: value for key, value in recipe.items() if key != "versions"}
    run = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    try:
        same = json.loads((workshop / _RUN).read_text("utf-8")) == run
    except (OSError, ValueError):
        same = False
    if same:
        log(f"going on with the training that was interrupted in {out}")
        shutil.rmtree(workshop / "final", ignore_errors=True)
        return workshop
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(parents=True)
    recipes.write_json(workshop / _RUN, run)
    return workshop


def tidy(out: Path) -> None:
    """After a failure: checkpoints stay for the next try, an empty workshop does not."""
    workshop = out / recipes.WORKSHOP
    shutil.rmtree(workshop / "final", ignore_errors=True)
    if workshop.is_dir() and {path.name for path in workshop.iterdir()} <= {_RUN}:
        shutil.rmtree(workshop, ignore_errors=True)
        if not any(out.iterdir()):
            out.rmdir()
