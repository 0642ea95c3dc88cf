"""The folder of a trained model: the files of the model and `recipe.json`, written last.

Keys of the recipe, which are a file format: `format` (2), `family`, `task`, `task_inferred`
(whether the task was inferred from the labels), `class_names` (null for regression),
`sample_rate` (Hz), `seconds` (null for whole clips), `length_rule` (`whole`, `center`,
`tiles`), `seed`, `epochs`, `minutes` (time limit of the training, or null), `settings` (of the
family, with values that it adds while it trains), `trained_on` and `validated_on` (`n`;
`digests` of files, `contents`: digests of decoded samples), `skipped` (`path`, `reason`),
`problems` (`path`, `problem`: of files that were used), `channel` (`mix`, `split` or the number
of a channel), `on_error` (`fail` or `skip`), `text` (of a model for text: `vocabulary`,
`frame_seconds`), `wanted` (target of confident answers: `precision` or `recall`; null without a
calibration), `calibration` (see `artifact/calibration.py`; null without one), `versions`,
`columns`, `files`.

`files` are names relative to the folder. A model that contains other models has their files in
subfolders, such as `light/model.keras`.

A new model replaces an old one in two steps. First all files are written to `.training/final/`,
the recipe last. Then each file is moved into place, the recipe last. A kill in the first step
leaves the old model. After a kill in the second step, the next reader moves the other files.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from kapre_like._replacing import replacing

RECIPE = "recipe.json"
FORMAT = 2
TRAINING = ".training"


def write_json(path: Path, value: Any) -> None:
    """Writes a JSON file atomically."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


def write_recipe(folder: str | Path, recipe: dict[str, Any]) -> None:
    """Writes `recipe.json` into an existing folder, atomically."""
    write_json(Path(folder) / RECIPE, recipe)


def read_recipe(folder: str | Path) -> dict[str, Any]:
    """Returns the recipe of a folder that `train` wrote.

    Raises:
        ValueError: If it is not such a folder. The message states the problem and the fix.
    """
    folder = Path(folder)
    finish_install(folder)
    path = folder / RECIPE
    if not path.is_file():
        raise ValueError(_why_not_a_model(folder))
    try:
        recipe = json.loads(path.read_text("utf-8"))
        version = recipe["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path}: not a recipe of a trained model ({type(error).__name__}). "
            "Train again into this folder, or name another."
        ) from error
    if version != FORMAT:
        newer = isinstance(version, int) and version > FORMAT
        fix = "Upgrade kapre-like: pip install -U kapre-like" if newer else "Train it again."
        raise ValueError(
            f"{path}: its format is {version!r}, and this version reads {FORMAT}. {fix}"
        )
    missing = [name for name in recipe.get("files", []) if not (folder / name).is_file()]
    if missing:
        raise ValueError(
            f"{folder}: the model file {missing[0]!r} is missing. Copy it back beside "
            f"{RECIPE}, or train again."
        )
    return recipe


def install(folder: Path) -> None:
    """Moves the finished files of `folder/.training/final/` into `folder`, the recipe last.

    Removes `.training`, and files of the old model that the new one does not have.
    """
    final = folder / TRAINING / "final"
    old = _files_of(folder / RECIPE)
    new = _files_of(final / RECIPE)
    for name in [*new, RECIPE]:
        # Another process may have moved it in the meantime.
        if (final / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (final / name).replace(folder / name)
    for name in set(old) - set(new):
        (folder / name).unlink(missing_ok=True)
        _remove_if_empty((folder / name).parent, folder)
    shutil.rmtree(folder / TRAINING, ignore_errors=True)


def finish_install(folder: Path) -> None:
    """Completes an `install` that was interrupted, if there is one."""
    if (folder / TRAINING / "final" / RECIPE).is_file():
        install(folder)


def _remove_if_empty(inner: Path, folder: Path) -> None:
    """Removes a subfolder of the old model and its parents, as long as they are empty."""
    while inner != folder and inner.is_dir() and not any(inner.iterdir()):
        inner.rmdir()
        inner = inner.parent


def _files_of(path: Path) -> list[str]:
    try:
        return list(json.loads(path.read_text("utf-8")).get("files", []))
    except (OSError, ValueError, AttributeError):
        return []


def _why_not_a_model(folder: Path) -> str:
    if not folder.exists():
        return f"{folder}: no such folder. Make it with: kapre-like train DATA --out {folder}"
    if not folder.is_dir():
        return f"{folder}: not a folder. Name the folder that `kapre-like train --out` wrote."
    if (folder / TRAINING).is_dir():
        return (
            f"{folder}: its training was interrupted. Run the same `kapre-like train` command "
            "again; it goes on where it stopped."
        )
    inside = sorted(path.parent.name for path in folder.glob(f"*/{RECIPE}"))
    if inside:
        return f"{folder}: holds several models. Name one: {folder / inside[0]}"
    return (
        f"{folder}: holds no {RECIPE}, so it is not a trained model. Name the folder that "
        "`kapre-like train --out` wrote."
    )
