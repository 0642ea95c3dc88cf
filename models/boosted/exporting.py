"""Exports boosted trees: an ONNX file from waveform to prediction, or the trees alone.

CatBoost writes trees as C++ source (`cpp`) or as a Core ML file (`coreml`). These do not
compute features. A JSON file next to the trees describes the features: its `features` are the
arguments of `kapre_like.features.ClipFeatures`.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kapre_like import _check
from kapre_like._replacing import check_file, replacing

FORMATS = ("onnx", "cpp", "coreml")
# First bytes of an export of a format, or for `cpp` a part of its first lines.
_OLDER = {"onnx": b"\x08", "coreml": b"\x08", "cpp": b"Model data"}
_CALL = "kapre_like.features.ClipFeatures(**recipe['features']).transform(waveforms)"


def export_trees(
    model: Any, path: Path, format: str, features: dict[str, Any], log: Callable[[str], None]
) -> None:
    """Writes a `BoostedModel` as a file. Trees alone get a second file, `PATH.json`.

    Args:
        model: A `BoostedModel`.
        path: The file to write. An older export of the same format is replaced.
        format: One of `FORMATS`.
        features: The arguments of `ClipFeatures`.
        log: Function that is called with one line at a time.

    Raises:
        ValueError: If `path` is another kind of file, CatBoost cannot write these trees in the
            format, or the ONNX file does not predict as the model does.
        ImportError: If a package that the format needs is missing.
    """
    _check.one_of("export", FORMATS, format=format)
    check_file(path)
    _refuse_to_replace(path, format)
    with replacing(path) as temporary:
        if format == "onnx":
            _write_onnx(model, temporary)
        else:
            _save(model.booster, temporary, format)
    if format == "onnx":
        return
    beside = path.with_name(f"{path.name}.json")
    with replacing(beside) as temporary:
        recipe = json.dumps(_recipe(model, features), indent=1, ensure_ascii=False)
        temporary.write_text(f"{recipe}\n", "utf-8")
    log(f"the input of the trees is features, not sound: {beside} describes them")


def _write_onnx(model: Any, path: Path) -> None:
    from kapre_like.models.boosted.onnx_file import prove_onnx, write_onnx

    with tempfile.TemporaryDirectory(prefix="kapre-like-") as folder:
        trees = Path(folder, "trees.onnx")
        _save(model.booster, trees, "onnx")
        write_onnx(model, trees, path)
    prove_onnx(model, path)


def _save(booster: Any, path: Path, format: str) -> None:
    import catboost

    try:
        booster.save_model(str(path), format=format)
    except catboost.CatBoostError as error:
        message = " ".join(str(error).split())
        raise ValueError(
            f"export: CatBoost cannot write these trees as {format}: {message}"
        ) from (error)


def _recipe(model: Any, features: dict[str, Any]) -> dict[str, Any]:
    """Returns what another program needs to know about the trees."""
    recipe = model.recipe
    classify = recipe["task"] == "classify"
    numbers = [int(number) for number in model.booster.classes_] if classify else None
    return {
        "task": recipe["task"],
        "sample_rate": recipe["sample_rate"],
        "length_rule": recipe["length_rule"],
        "seconds": recipe["seconds"],
        "features": features,
        "columns": list(model.booster.feature_names_),
        "call": _CALL,
        "classes": numbers and [recipe["class_names"][number] for number in numbers],
        "calibration": recipe.get("calibration"),
        "answer": "softmax of the raw sums, in the order of classes" if classify else "the sum",
    }


def _refuse_to_replace(path: Path, format: str) -> None:
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("rb") as file:
        start = file.read(4096)
    older = _OLDER[format]
    if not (older in start if format == "cpp" else start.startswith(older)):
        raise ValueError(f"export: {path} is another kind of file. Name a new file.")
