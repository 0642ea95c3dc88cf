"""Anything that can predict, opened by path: a trained folder, a `.keras` file, a SavedModel.

All answer to the same two names, `recipe` and `predict(waveforms)`, so that nobody else has
to ask what kind of thing a path is.
"""

import zipfile
from pathlib import Path
from typing import Any

from kapre_like.models.artifact.families import family
from kapre_like.models.artifact.recipe import RECIPE, read_recipe
from kapre_like.saving import find_card_in_file

# Every weight file that a folder of `train` may hold is named by its recipe; a folder without
# one may still be what `kapre-like export` wrote.
_SAVED_MODEL = "saved_model.pb"


def open_model(path: str | Path) -> Any:
    """Returns an object with `recipe` and `predict`.

    Args:
        path: A folder that `train` wrote, a `.keras` file with this library's metadata, a
            SavedModel folder that `export` wrote, or a Wav2Vec2 checkpoint as transformers
            writes it. Wav2Vec2 models of text and of frames have `answers` besides.

    Raises:
        ValueError: If it is none of these; says what it is and what to do.
        ImportError: If the packages that it needs are missing; names the extra.
    """
    path = Path(path)
    if is_checkpoint(path):
        from kapre_like.models.wav2vec2.family.reader import open_checkpoint

        return open_checkpoint(path)
    exported = path.suffix == ".keras" and path.is_file()
    if exported or ((path / _SAVED_MODEL).is_file() and not (path / RECIPE).is_file()):
        from kapre_like.models.artifact.exported import open_exported

        return open_exported(path)
    recipe = read_recipe(path)
    if recipe.get("task") == "pretrain":
        raise ValueError(
            f"{path}: is a pretrained network, which answers nothing yet. Fine-tune it: "
            f"kapre-like train DATA --model wav2vec2 --checkpoint {path} --out DIR"
        )
    model = family(recipe["family"]).load(path)
    if not getattr(model, "recipe", None):
        model.recipe = recipe
    return model


def is_checkpoint(path: Path) -> bool:
    """Whether a path holds a Wav2Vec2 network that only its own card describes.

    What `train` wrote says more than that, and is opened by what it says.
    """
    if path.is_dir():
        others = (RECIPE, _SAVED_MODEL)
        return (path / "config.json").is_file() and not any(
            (path / name).is_file() for name in others
        )
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        return False
    card = find_card_in_file(path)
    return card is not None and card["checkpoint"] is not None and not card["recipe"]
