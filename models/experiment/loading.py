"""Anything that can predict, opened by path: a trained folder, a `.keras` file, a SavedModel.

All answer to the same two names, `recipe` and `predict(waveforms)`, so that nobody else has
to ask what kind of thing a path is.
"""

from pathlib import Path
from typing import Any

from kapre_like.models.experiment.recipe import RECIPE, read_recipe
from kapre_like.models.families import family

# Every weight file that a folder of `train` may hold is named by its recipe; a folder without
# one may still be what `kapre-like export` wrote.
_SAVED_MODEL = "saved_model.pb"


def open_model(path: str | Path) -> Any:
    """Returns an object with `recipe` and `predict`.

    Args:
        path: A folder that `train` wrote, a `.keras` file with this library's metadata, or a
            SavedModel folder that `export` wrote.

    Raises:
        ValueError: If it is none of these; says what it is and what to do.
        ImportError: If the packages that it needs are missing; names the extra.
    """
    path = Path(path)
    exported = path.suffix == ".keras" and path.is_file()
    if exported or ((path / _SAVED_MODEL).is_file() and not (path / RECIPE).is_file()):
        from kapre_like.models.experiment.exported import open_exported

        return open_exported(path)
    recipe = read_recipe(path)
    model = family(recipe["family"]).load(path)
    if not getattr(model, "recipe", None):
        model.recipe = recipe
    return model
