"""Joins the ONNX files of the two parts of a cascade into one.

The light part is the graph. Where any clip is unsure, an `If` runs the heavy part on the unsure
clips alone, and puts its answers in their places.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.models.artifact.clip_batches import padded
from kapre_like.models.training.labels import brief
from kapre_like.running import package, run_onnx
from kapre_like.saving import CARD_KEY

_FACTS = ("task", "class_names", "sample_rate", "seconds", "length_rule")
_INPUTS = ("waveform", "length")
# Greatest difference of a probability from the model's, as of other ONNX files.
_TOLERANCE = 1e-4
# So close to the threshold another program's rounding may ask the other part.
_UNDECIDED = 1e-4
# Clips at which the file is tried, as seconds.
_TRIALS_S = (1.3, 0.4, 0.12, 2.7, 0.8)


def join(model: Any, light: Path, heavy: Path, path: Path) -> None:
    """Writes the file `path` from the files of both parts."""
    onnx = package("onnx", "onnx", f"{path}: an ONNX file")
    first = onnx.compose.add_prefix(onnx.load(light), "light/")
    second = onnx.compose.add_prefix(onnx.load(heavy), "heavy/")
    helper, types = onnx.helper, onnx.TensorProto
    sure, inner = _probabilities(first), _probabilities(second)

    def node(kind: str, inputs: list[str], outputs: list[str], **given: Any) -> Any:
        return helper.make_node(kind, inputs, outputs, **given)

    numbers = {
        "cascade/threshold": np.float32(model.threshold),
        "cascade/one": np.float32(1.0),
        "cascade/classes": np.array([1], np.int64),
        "cascade/last": np.array([-1, 1], np.int64),
        "cascade/flat": np.array([-1], np.int64),
    }
    constants = [
        onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in numbers.items()
    ]
    asks = [
        node("ReduceMax", [sure, "cascade/classes"], ["cascade/top"], keepdims=0),
        node("Min", ["cascade/top", "cascade/one"], ["cascade/sure"]),
        node("LessOrEqual", ["cascade/sure", "cascade/threshold"], ["cascade/unsure"]),
        node("NonZero", ["cascade/unsure"], ["cascade/places"]),
        node("Reshape", ["cascade/places", "cascade/flat"], ["cascade/rows"]),
        node("Cast", ["cascade/unsure"], ["cascade/each"], to=types.INT32),
        node("ReduceMax", ["cascade/each"], ["cascade/any"], keepdims=0),
        node("Cast", ["cascade/any"], ["cascade/ask"], to=types.BOOL),
    ]
    given = [
        node("Gather", [name, "cascade/rows"], [f"heavy/{name}"], axis=0) for name in _INPUTS
    ]
    placed = [
        node("Reshape", ["cascade/rows", "cascade/last"], ["cascade/at"]),
        node("ScatterND", [sure, "cascade/at", inner], ["cascade/mixed"]),
    ]
    shape = ["clips", len(model.recipe["class_names"])]
    branch = helper.make_graph(
        [*given, *second.graph.node, *placed],
        "heavy",
        [],
        [helper.make_tensor_value_info("cascade/mixed", types.FLOAT, shape)],
        initializer=list(second.graph.initializer),
    )
    alone = helper.make_graph(
        [node("Identity", [sure], ["cascade/alone"])],
        "light",
        [],
        [helper.make_tensor_value_info("cascade/alone", types.FLOAT, shape)],
    )
    choice = node(
        "If", ["cascade/ask"], ["probabilities"], then_branch=branch, else_branch=alone
    )
    own = [node("Identity", [name], [f"light/{name}"]) for name in _INPUTS]
    graph = helper.make_graph(
        [*own, *first.graph.node, *asks, choice],
        "cascade",
        [
            helper.make_tensor_value_info("waveform", types.FLOAT, ["clips", "samples"]),
            helper.make_tensor_value_info("length", types.INT32, ["clips"]),
        ],
        [helper.make_tensor_value_info("probabilities", types.FLOAT, shape)],
        initializer=[*first.graph.initializer, *constants],
    )
    path.write_bytes(_file(onnx, graph, (first, second), model.recipe).SerializeToString())


def prove(model: Any, path: Path) -> None:
    """Raises unless the file gives the model's numbers in onnxruntime.

    Clips whose top probability is at the threshold, but for rounding, may be answered by
    either part.
    """
    rate = model.recipe["sample_rate"]
    clips = [_sound(seconds, rate, number) for number, seconds in enumerate(_TRIALS_S)]
    run = run_onnx(path)
    for some in (clips, clips[:1]):
        waveform, length = padded(some)
        got = run(waveform=waveform, length=length)["probabilities"]
        parts = [model._answers(part, some) for part in (model.light, model.heavy)]
        top = np.minimum(parts[0].max(axis=1), 1.0)
        expected = np.where((top <= model.threshold)[:, None], parts[1], parts[0])
        near = np.abs(top - model.threshold) <= _UNDECIDED
        error = np.abs(got - expected).max(axis=1)
        either = np.minimum(*(np.abs(got - part).max(axis=1) for part in parts))
        error = np.where(near, either, error)
        if not np.all(error <= _TOLERANCE):
            raise ValueError(
                f"export: the ONNX file differs from the model by {error.max():.2g}. "
                "Nothing was written."
            )


def _sound(seconds: float, rate: int, number: int) -> np.ndarray:
    rng = np.random.default_rng(number)
    time = np.arange(max(1, round(seconds * rate))) / rate
    tone = np.sin(2 * np.pi * (200 + 300 * number) * time) * (time % 0.5 < 0.3)
    return (0.3 * tone + rng.normal(0, 0.01, len(time))).astype(np.float32)


def _probabilities(part: Any) -> str:
    """The name of the output of a part that has its probabilities."""
    names = [output.name for output in part.graph.output]
    return next(name for name in names if name.endswith("/probabilities"))


def _file(onnx: Any, graph: Any, parts: tuple[Any, Any], recipe: dict[str, Any]) -> Any:
    opsets: dict[str, int] = {}
    for part in parts:
        for one in part.opset_import:
            if opsets.setdefault(one.domain, one.version) != one.version:
                raise ValueError(
                    f"export: the parts use versions {opsets[one.domain]} and {one.version} of "
                    f"the operators {one.domain or 'ai.onnx'!r}, and one file has one."
                )
    imports = [onnx.helper.make_opsetid(*pair) for pair in opsets.items()]
    version = max(part.ir_version for part in parts)
    model = onnx.helper.make_model(graph, opset_imports=imports, ir_version=version)
    model.functions.extend(function for part in parts for function in part.functions)
    facts = {key: recipe[key] for key in _FACTS}
    facts |= {"output": "probabilities", "recipe": brief(recipe), "checkpoint": None}
    onnx.helper.set_model_props(model, {CARD_KEY: json.dumps(facts, ensure_ascii=False)})
    return model
