"""Reads the metadata of a saved model with the standard library, without building the model."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree

# File of the card in a SavedModel; `assets.extra` is TensorFlow's name for such a folder.
CARD_NAME = "kapre_like.json"
SAVED_MODEL_CARD = Path("assets.extra") / CARD_NAME
# Key of the card in the metadata of an ONNX or OpenVINO file.
CARD_KEY = "kapre_like"
# The graph file of an OpenVINO folder, and the key of the precision in its metadata.
OPENVINO_FILE = "model.xml"
OPENVINO_PRECISION = "kapre_like_precision"
_CARD_CLASS = "kapre_like>ModelCard"
_FACTS = (
    "task", "class_names", "sample_rate", "seconds", "length_rule", "output", "recipe",
    "checkpoint", "text",
)  # fmt: skip


def metadata(path: str | Path) -> dict[str, Any]:
    """Returns the metadata of a saved model: task, class names, sample rate and more.

    Args:
        path: A `.keras` file that contains a `ModelCard`, a SavedModel folder, LiteRT file,
            ONNX file or OpenVINO folder written by `kapre_like.export`, or a folder written by
            `kapre-like train`.

    Returns:
        A dict of `task`, `class_names` (list of strings or `None`), `sample_rate` (Hz),
        `seconds` (float or `None`), `length_rule`, `output`, `recipe` (dict), `checkpoint` and
        `text` (dicts or `None`); see `ModelCard` for their meaning.

    Raises:
        ValueError: If `path` is none of these; the message names it.
    """
    path = Path(path)
    if path.is_dir() and (path / "recipe.json").is_file():
        return _facts_of_folder(path)
    if path.is_dir() and (path / SAVED_MODEL_CARD).is_file():
        return _read_json(path / SAVED_MODEL_CARD)
    if (path / OPENVINO_FILE).is_file() and CARD_KEY in (facts := openvino_facts(path)):
        return json.loads(facts[CARD_KEY])
    if path.is_file() and zipfile.is_zipfile(path):
        return _card_in_archive(path)
    if path.is_file() and (card := _card_in_onnx(path)) is not None:
        return card
    raise ValueError(
        f"metadata: {path} is not a model of this library. Use a .keras file, an export of "
        "`kapre_like.export`, or a folder written by `kapre-like train`."
    )


def _facts_of_folder(folder: Path) -> dict[str, Any]:
    """Returns the facts of the recipe, and for a Keras model also those of its card."""
    recipe = _read_json(folder / "recipe.json")
    facts = dict.fromkeys(_FACTS)
    for name in recipe.get("files", ()):
        if name.endswith(".keras") and zipfile.is_zipfile(folder / name):
            facts |= find_card_in_file(folder / name) or {}
    recorded = {name: recipe[name] for name in _FACTS if name in recipe}
    return {**facts, **recorded, "recipe": recipe}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(f"metadata: {path} cannot be read: {error}.") from None


def _card_in_archive(path: Path) -> dict[str, Any]:
    """Returns the `ModelCard` of a `.keras` archive, or the one attached to a LiteRT file."""
    with zipfile.ZipFile(path) as archive:
        if CARD_NAME in archive.namelist():
            return json.loads(archive.read(CARD_NAME))
    card = find_card_in_file(path)
    if card is None:
        raise ValueError(
            f"metadata: {path} has no ModelCard. Models built by kapre_like.models have one; "
            "end your own with `kapre_like.models.ModelCard(...)(outputs)`."
        )
    return card


def find_card_in_file(path: Path) -> dict[str, Any] | None:
    """Returns the facts of the card in a `.keras` file's configuration, or `None`."""
    with zipfile.ZipFile(path) as archive:
        if "config.json" not in archive.namelist():
            raise ValueError(f"metadata: {path} is a zip file, but not a .keras model.")
        return find_card(json.loads(archive.read("config.json")))


def _card_in_onnx(path: Path) -> dict[str, Any] | None:
    """Returns the facts in an ONNX file's metadata; `None` without them, or for other files."""
    with path.open("rb") as file:
        # Field 14 of the file's outermost message contains pairs of key (1) and value (2).
        for number, content in _fields(file, path.stat().st_size, wanted=14):
            if number == 14:
                pair = dict(_fields(io.BytesIO(content), len(content), wanted=None))
                if pair.get(1) == CARD_KEY.encode():
                    return json.loads(pair.get(2, b"null"))
    return None


def openvino_facts(path: Path) -> dict[str, str]:
    """Returns the metadata that this library wrote into an OpenVINO graph, by name."""
    try:
        for _, element in ElementTree.iterparse(path / OPENVINO_FILE):
            if element.tag == "rt_info" and element.find(OPENVINO_PRECISION) is not None:
                return {fact.tag: fact.get("value", "") for fact in element}
    except ElementTree.ParseError:
        pass
    return {}


def _fields(file: BinaryIO, size: int, wanted: int | None) -> Iterator[tuple[int, bytes]]:
    """Yields number and content of the text and message fields of a Protocol Buffers message.

    Stops where the file is not such a message. Skips the content of fields other than
    `wanted`, so that gigabytes of weights are not read; `None` reads all.
    """
    while file.tell() < size:
        tag = _varint(file)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            _varint(file)
        elif kind in (1, 5):
            file.seek(8 if kind == 1 else 4, io.SEEK_CUR)
        elif kind == 2:
            length = _varint(file)
            if wanted in (None, number) and length <= size - file.tell():
                yield number, file.read(length)
            else:
                file.seek(length, io.SEEK_CUR)
        else:
            return


def _varint(file: BinaryIO) -> int:
    """Reads an integer of seven bits per byte, lowest first."""
    value = shift = 0
    while shift < 70 and (byte := file.read(1)):
        value |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            break
    return value


def find_card(config: Any) -> dict[str, Any] | None:
    """Returns the facts of the outermost `ModelCard` in a Keras configuration, or `None`."""
    for part in outermost_first(config, _parts):
        if isinstance(part, dict) and part.get("registered_name") == _CARD_CLASS:
            return {name: part["config"].get(name) for name in _FACTS}
    return None


def _parts(config: Any) -> list[Any]:
    if isinstance(config, dict):
        return list(config.values())
    return list(config) if isinstance(config, list | tuple) else []


def outermost_first(root: Any, parts: Callable[[Any], list[Any]]) -> Iterator[Any]:
    """Yields `root` and all nested parts level by level; within a level, the last part first.

    Args:
        root: The outermost part.
        parts: Function that returns the parts directly inside a part.
    """
    level = [root]
    while level:
        yield from reversed(level)
        level = [inner for outer in level for inner in parts(outer)]
