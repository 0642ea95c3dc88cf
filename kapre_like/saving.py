"""Reads what a saved model is for, without building it: the standard library is enough."""

import json
import zipfile
from pathlib import Path
from typing import Any

# Where a SavedModel keeps what its user put beside it: TensorFlow's own name for the folder.
SAVED_MODEL_CARD = Path("assets.extra") / "kapre_like.json"
_FACTS = ("task", "class_names", "sample_rate", "recipe")


def metadata(path: str | Path) -> dict[str, Any]:
    """Returns class names, sample rate, task and recipe of a saved model.

    Args:
        path: A `.keras` file with a `ModelCard` inside, a SavedModel folder written by
            `kapre_like.export`, or a folder written by `kapre-like train`.

    Returns:
        `{"task", "class_names", "sample_rate", "recipe"}`: `"classify"` or `"regress"`; a
        list of strings or `None`; Hz; a dict.

    Raises:
        ValueError: If `path` is none of these, naming it.
    """
    path = Path(path)
    if path.is_dir() and (path / "recipe.json").is_file():
        recipe = _read_json(path / "recipe.json")
        return {**{name: recipe.get(name) for name in _FACTS[:3]}, "recipe": recipe}
    if path.is_dir() and (path / SAVED_MODEL_CARD).is_file():
        return _read_json(path / SAVED_MODEL_CARD)
    if path.is_file() and zipfile.is_zipfile(path):
        return _card_in_archive(path)
    raise ValueError(
        f"metadata: {path} is no model of this library. Give a .keras file, an exported "
        "SavedModel folder or a folder written by `kapre-like train`."
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(f"metadata: {path} cannot be read: {error}.") from None


def _card_in_archive(path: Path) -> dict[str, Any]:
    """The `ModelCard` in a `.keras` archive's configuration."""
    with zipfile.ZipFile(path) as archive:
        if "config.json" not in archive.namelist():
            raise ValueError(f"metadata: {path} is a zip file, but not a .keras model.")
        card = find_card(json.loads(archive.read("config.json")))
    if card is None:
        raise ValueError(
            f"metadata: {path} holds no ModelCard. Models built by kapre_like.models carry "
            "one; end your own with `kapre_like.models.ModelCard(...)(outputs)`."
        )
    return card


def find_card(config: Any) -> dict[str, Any] | None:
    """The facts of the first `ModelCard` in a Keras configuration, however deeply nested."""
    if isinstance(config, dict):
        if config.get("registered_name") == "kapre_like>ModelCard":
            return {name: config["config"].get(name) for name in _FACTS}
        config = list(config.values())
    if isinstance(config, list):
        return next((card for card in map(find_card, config) if card is not None), None)
    return None
