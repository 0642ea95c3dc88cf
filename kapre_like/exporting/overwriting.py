"""Checks that an export overwrites nothing but an older export of its own format."""

from pathlib import Path

from kapre_like.saving import OPENVINO_FILE

# A file that every folder of a format contains.
_FOLDERS = {"savedmodel": "saved_model.pb", "openvino": OPENVINO_FILE}


def refuse_to_replace(path: Path, format: str) -> None:
    """Raises unless `path` is absent, empty, or an older export of this format."""
    if not path.exists() or _is_older(path, format):
        return
    what = "folder" if format in _FOLDERS else "file"
    raise ValueError(
        f"export: {path} exists and is not an export of format={format!r}. Name a new {what}."
    )


def _is_older(path: Path, format: str) -> bool:
    if format in _FOLDERS:
        if not path.is_dir():
            return False
        return (path / _FOLDERS[format]).is_file() or not any(path.iterdir())
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(8)
    # A flatbuffer has the name of its schema at byte 4. An ONNX file begins with field 1, its
    # version.
    known = start[4:8] == b"TFL3" if format == "litert" else start[:1] == b"\x08"
    return known or not start
