"""Joins the ONNX files of the two parts of a cascade into one.

The graph runs the light part on all clips. If any clip is unsure, an `If` node runs the heavy
part on the unsure clips only and writes its probabilities into their rows. The files of the
parts are not calibrated. This module adds the calibrations as nodes, with the arithmetic of
`artifact/calibration.py`.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.models.artifact.clip_batches import padded
from kapre_like.models.cascade.onnx_nodes import (
    NUMBERS,
    calibration_nodes,
    confident_nodes,
    prefix_names,
)
from kapre_like.models.cascade.parts import calibration_of
from kapre_like.models.training.labels import brief
from kapre_like.running import package, run_onnx
from kapre_like.saving import CARD_KEY

_FACTS = ("task", "class_names", "sample_rate", "seconds", "length_rule")
_INPUTS = ("waveform", "length")
_ANSWER = "/probabilities"
# Names of tensors: the calibrated probabilities of the light part, and the threshold.
_SURE, _THRESHOLD = "light/calibrated", "cascade/threshold"
# Greatest allowed difference of a probability from the model's, as for other ONNX files.
_TOLERANCE = 1e-4
# Closer to the threshold than this, rounding in another program may select the other part.
_UNDECIDED = 1e-4
# Durations of the test clips, in seconds.
_TRIALS_S = (1.3, 0.4, 0.12, 2.7, 0.8)


def join(model: Any, light: Path, heavy: Path, path: Path) -> None:
    """Joins the ONNX files of both parts and writes the result to `path`."""
    onnx = package("onnx", "onnx", f"{path}: an ONNX file")
    first, second = onnx.load(light), onnx.load(heavy)
    prefix_names(first.graph, "light/")
    prefix_names(second.graph, "heavy/")
    numbers = {**NUMBERS, _THRESHOLD: np.float32(model.threshold)}
    shape = ["clips", len(model.recipe["class_names"])]
    choice = _choice(onnx, model.heavy, second.graph, shape, numbers)
    outer = calibration_of(model)
    types, info = onnx.TensorProto, onnx.helper.make_tensor_value_info
    last = calibration_nodes(onnx, outer, "cascade/raw", "probabilities", numbers)
    outputs = [info("probabilities", types.FLOAT, shape)]
    if outer is not None and (limits := outer.limits()) is not None:
        last += confident_nodes(onnx, "probabilities", limits, numbers)
        outputs.append(info("confident", types.BOOL, shape[:1]))
    sure = _probabilities(first.graph), _SURE
    own = calibration_nodes(onnx, calibration_of(model.light), *sure, numbers)
    constants = [onnx.numpy_helper.from_array(np.asarray(v), k) for k, v in numbers.items()]
    graph = onnx.helper.make_graph(
        [*_named(onnx, "light/"), *first.graph.node, *own, *choice, *last],
        "cascade",
        [
            info("waveform", types.FLOAT, ["clips", "samples"]),
            info("length", types.INT32, ["clips"]),
        ],
        outputs,
        initializer=[*first.graph.initializer, *constants],
    )
    path.write_bytes(_file(onnx, graph, (first, second), model.recipe).SerializeToString())


def _choice(
    onnx: Any, part: Any, heavy: Any, shape: list[Any], numbers: dict[str, Any]
) -> list[Any]:
    """Returns nodes that find the unsure clips, and the `If` that runs the heavy part."""
    node, types = onnx.helper.make_node, onnx.TensorProto
    info, make_graph = onnx.helper.make_tensor_value_info, onnx.helper.make_graph
    gathered = [
        node("Gather", [name, "cascade/rows"], [f"heavy/{name}"], axis=0) for name in _INPUTS
    ]
    raw = _probabilities(heavy)
    placed = [
        *calibration_nodes(onnx, calibration_of(part), raw, "heavy/calibrated", numbers),
        node("Reshape", ["cascade/rows", "cascade/column"], ["cascade/at"]),
        node("ScatterND", [_SURE, "cascade/at", "heavy/calibrated"], ["cascade/mixed"]),
    ]
    both = make_graph(
        [*gathered, *heavy.node, *placed], "heavy", [],
        [info("cascade/mixed", types.FLOAT, shape)], initializer=list(heavy.initializer),
    )  # fmt: skip
    alone = make_graph(
        [node("Identity", [_SURE], ["cascade/alone"])], "light", [],
        [info("cascade/alone", types.FLOAT, shape)],
    )  # fmt: skip
    return [
        node("ReduceMax", [_SURE, "cascade/classes"], ["cascade/top"], keepdims=0),
        node("Min", ["cascade/top", "cascade/one"], ["cascade/sure"]),
        node("LessOrEqual", ["cascade/sure", _THRESHOLD], ["cascade/unsure"]),
        node("NonZero", ["cascade/unsure"], ["cascade/places"]),
        node("Reshape", ["cascade/places", "cascade/flat"], ["cascade/rows"]),
        node("Cast", ["cascade/unsure"], ["cascade/each"], to=types.INT32),
        node("ReduceMax", ["cascade/each"], ["cascade/any"], keepdims=0),
        node("Cast", ["cascade/any"], ["cascade/ask"], to=types.BOOL),
        node("If", ["cascade/ask"], ["cascade/raw"], then_branch=both, else_branch=alone),
    ]


def _named(onnx: Any, prefix: str) -> list[Any]:
    return [onnx.helper.make_node("Identity", [name], [prefix + name]) for name in _INPUTS]


def prove(model: Any, path: Path) -> None:
    """Raises an error unless onnxruntime computes the model's probabilities from the file.

    The file is tested with its own threshold and with the median top probability of the test
    clips, so that both parts are run. If a top probability differs from the threshold by
    rounding only, the output of either part is accepted.
    """
    rate = model.recipe["sample_rate"]
    clips = [_sound(seconds, rate, number) for number, seconds in enumerate(_TRIALS_S)]
    parts = [model.answers_of(part, clips) for part in (model.light, model.heavy)]
    middle = float(np.median(parts[0].max(axis=1)))
    with tempfile.TemporaryDirectory(prefix="kapre-like-") as room:
        other = Path(room, "other.onnx")
        _with_threshold(path, middle, other)
        for file, threshold in ((path, model.threshold), (other, middle)):
            error = _error(model, run_onnx(file), clips, parts, threshold)
            if not error <= _TOLERANCE:
                raise ValueError(
                    f"export: the ONNX file differs from the model by {error:.2g}. Nothing was "
                    "written."
                )


def _error(
    model: Any, run: Any, clips: list[np.ndarray], parts: list[np.ndarray], threshold: float
) -> float:
    """Returns the greatest difference between file and model, for single clips and a batch."""
    top = np.minimum(parts[0].max(axis=1), 1.0)
    outer, near = calibration_of(model), np.abs(top - threshold) <= _UNDECIDED
    light, heavy = (part if outer is None else outer.apply(part) for part in parts)
    groups = [np.arange(len(clips)), *np.arange(len(clips))[:, None]]
    error = 0.0
    for rows in groups:
        waveform, length = padded([clips[i] for i in rows])
        got = run(waveform=waveform, length=length)["probabilities"]
        far = [np.abs(got - part[rows]).max(axis=1) for part in (light, heavy)]
        expected = np.where(top[rows] <= threshold, far[1], far[0])
        error = max(error, float(np.where(near[rows], np.minimum(*far), expected).max()))
    return error


def _with_threshold(path: Path, threshold: float, other: Path) -> None:
    """Writes a copy of the file with another threshold."""
    onnx = package("onnx", "onnx", f"{path}: an ONNX file")
    model = onnx.load(path)
    [held] = [value for value in model.graph.initializer if value.name == _THRESHOLD]
    held.CopyFrom(onnx.numpy_helper.from_array(np.asarray(np.float32(threshold)), _THRESHOLD))
    other.write_bytes(model.SerializeToString())


def _sound(seconds: float, rate: int, number: int) -> np.ndarray:
    rng = np.random.default_rng(number)
    time = np.arange(max(1, round(seconds * rate))) / rate
    tone = np.sin(2 * np.pi * (200 + 300 * number) * time) * (time % 0.5 < 0.3)
    return (0.3 * tone + rng.normal(0, 0.01, len(time))).astype(np.float32)


def _probabilities(graph: Any) -> str:
    """Returns the name of a part's output that contains its probabilities."""
    names = [output.name for output in graph.output]
    return next(name for name in names if name.endswith(_ANSWER))


def _file(onnx: Any, graph: Any, parts: tuple[Any, Any], recipe: dict[str, Any]) -> Any:
    opsets: dict[str, int] = {}
    for part in parts:
        for one in part.opset_import:
            if opsets.setdefault(one.domain, one.version) != one.version:
                raise ValueError(
                    f"export: the parts use versions {opsets[one.domain]} and {one.version} of "
                    f"the operators {one.domain or 'ai.onnx'!r}, but a file has one version."
                )
    imports = [onnx.helper.make_opsetid(*pair) for pair in opsets.items()]
    version = max(part.ir_version for part in parts)
    model = onnx.helper.make_model(graph, opset_imports=imports, ir_version=version)
    model.functions.extend(function for part in parts for function in part.functions)
    facts = {key: recipe[key] for key in _FACTS}
    facts |= {"output": "probabilities", "recipe": brief(recipe), "checkpoint": None}
    onnx.helper.set_model_props(model, {CARD_KEY: json.dumps(facts, ensure_ascii=False)})
    return model
