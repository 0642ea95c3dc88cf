"""ONNX nodes of a cascade: calibration and confidence; and prefixes of names in a graph.

The arithmetic of the calibration is that of `artifact/calibration.py`.
"""

from typing import Any

import numpy as np

from kapre_like.models.artifact.calibration import Calibration

# Constants that several nodes share.
NUMBERS = {
    "cascade/zero": np.float32(0.0),
    "cascade/one": np.float32(1.0),
    "cascade/classes": np.array([1], np.int64),
    "cascade/end": np.array([2], np.int64),
    "cascade/column": np.array([-1, 1], np.int64),
    "cascade/flat": np.array([-1], np.int64),
}


def calibration_nodes(
    onnx: Any, calibration: Calibration | None, given: str, wanted: str, numbers: dict[str, Any]
) -> list[Any]:
    """Returns nodes that calibrate probabilities.

    Args:
        onnx: The package `onnx`.
        calibration: The calibration to apply; `None` copies the input.
        given: Name of the input, float32 probabilities `(clips, classes)`.
        wanted: Name of the output.
        numbers: Constants by name. The constants of the new nodes are added to it.
    """
    node = onnx.helper.make_node
    if calibration is None:
        return [node("Identity", [given], [wanted])]
    at = lambda word: f"{wanted}/{word}"  # noqa: E731
    numbers[at("power")] = np.float32(1.0 / calibration.temperature)
    to_one = "" if calibration.knots is None else "/tempered"
    nodes = [
        node("ReduceMax", [given, "cascade/classes"], [at("top")], keepdims=1),
        node("Div", [given, at("top")], [at("share")]),
        node("Pow", [at("share"), at("power")], [at("raised")]),
        node("ReduceSum", [at("raised"), "cascade/classes"], [at("sum")], keepdims=1),
        node("Div", [at("raised"), at("sum")], [wanted + to_one]),
    ]
    if calibration.knots is None:
        return nodes
    x, y = np.array(calibration.knots, np.float32).T
    numbers |= {at("starts"): x[:-1], at("widths"): np.diff(x), at("rises"): np.diff(y)}
    return [
        *nodes,
        node("Unsqueeze", [wanted + to_one, "cascade/end"], [at("each")]),
        node("Sub", [at("each"), at("starts")], [at("past")]),
        node("Div", [at("past"), at("widths")], [at("way")]),
        node("Clip", [at("way"), "cascade/zero", "cascade/one"], [at("part")]),
        node("Mul", [at("part"), at("rises")], [at("rise")]),
        node("ReduceSum", [at("rise"), "cascade/end"], [at("mapped")], keepdims=0),
        node("ReduceSum", [at("mapped"), "cascade/classes"], [at("total")], keepdims=1),
        node("Div", [at("mapped"), at("total")], [wanted]),
    ]


def confident_nodes(
    onnx: Any, answer: str, limits: list[float], numbers: dict[str, Any]
) -> list[Any]:
    """Returns nodes that test whether the top probability reaches its class's threshold."""
    node = onnx.helper.make_node
    numbers["confident/limits"] = np.array(limits, np.float32)
    return [
        node("ArgMax", [answer], ["confident/class"], axis=1, keepdims=0),
        node("Gather", ["confident/limits", "confident/class"], ["confident/limit"]),
        node("ReduceMax", [answer, "cascade/classes"], ["confident/top"], keepdims=0),
        node("GreaterOrEqual", ["confident/top", "confident/limit"], ["confident"]),
    ]


def prefix_names(graph: Any, prefix: str) -> None:
    """Adds a prefix to every name in a graph and in its subgraphs.

    Subgraphs can use names of the outer graph, so all names need the same prefix.
    """
    for value in (*graph.input, *graph.output, *graph.initializer, *graph.value_info):
        value.name = prefix + value.name
    for node in graph.node:
        node.name = prefix + node.name if node.name else ""
        for names in (node.input, node.output):
            names[:] = [prefix + name if name else "" for name in names]
        for attribute in node.attribute:
            if attribute.HasField("g"):
                prefix_names(attribute.g, prefix)
            for inner in attribute.graphs:
                prefix_names(inner, prefix)
