"""Writes ONNX files for onnxruntime."""

import contextlib
import json
import logging
from pathlib import Path
from typing import Any

from kapre_like.exporting.onnx_forms import in_runtime_forms
from kapre_like.exporting.onnx_operators import HANDLERS
from kapre_like.exporting.packages import package, traced
from kapre_like.exporting.program import Program
from kapre_like.exporting.quantized_onnx import quantize_onnx
from kapre_like.saving import CARD_KEY

# Operator set of 2022. onnxruntime supports it since version 1.14.
_OPSET = 18


def write_onnx(program: Program, path: Path, *, quantize: str | None = None) -> None:
    """Writes the file `path` with the contents of the model's card in its metadata.

    `quantize="int8"` quantizes matrix products, see `quantize_onnx`.
    """
    onnx = package("onnx", "onnx")
    package("onnxruntime", "onnx")  # fail before the long work
    model = onnx_model(program)
    if quantize is not None:
        model = quantize_onnx(model)
    if program.card is not None:
        facts = json.dumps(program.card, ensure_ascii=False)
        onnx.helper.set_model_props(model, {CARD_KEY: facts})
    path.write_bytes(model.SerializeToString())


def onnx_model(program: Program, *, doubles: bool = True) -> Any:
    """Returns the ONNX model.

    Args:
        program: The program.
        doubles: Whether float64 may be used.

    Raises:
        ValueError: If ONNX lacks an operator; the message names it.
    """
    model = _convert(program, doubles=doubles)
    missing = sorted(_unknown(package("onnx", "onnx"), model.graph))
    if missing:
        raise ValueError(
            f"export: ONNX has no operator for {', '.join(missing)}, which `model` needs. "
            'A SavedModel has them all: format="savedmodel".'
        )
    return model


def weight_name(i: int) -> str:
    """Returns the name in an ONNX model of the weight at index `i` of `Program.values()`."""
    return f"weight_{i}"


def _convert(program: Program, *, doubles: bool) -> Any:
    """Returns the ONNX model, possibly with operators that ONNX does not have."""
    # The converter copies constants of the graph dozens of times: weights of 400 MB took 18 GB.
    # So the weights are inputs of the graph until it is converted.
    function = traced(program, weights="inputs", doubles=doubles, channels_first=True)
    own = len(program.inputs)
    given = [name for name, _, _ in program.inputs]
    names = dict(zip([tensor.name for tensor in function.inputs[:own]], given, strict=True))
    weights = {}
    values = [value for group in program.values() for value in group]
    # Tensors that are attributes of layers, and not weights, are the last inputs.
    values += [tensor.numpy() for tensor in function.captured_inputs]
    for i, (tensor, value) in enumerate(zip(function.inputs[own:], values, strict=True)):
        if tensor.consumers():
            names[tensor.name] = weight_name(i)
            weights[weight_name(i)] = value
    order = sorted(program.outputs)  # a TensorFlow function sorts its outputs by name
    results = dict(zip([tensor.name for tensor in function.outputs], order, strict=True))
    with _quiet():
        model, _ = package("tf2onnx.convert", "onnx").from_graph_def(
            _graph(function),
            name=program.model.name,
            input_names=list(names),
            output_names=list(results),
            tensors_to_rename={**names, **results},
            opset=_OPSET,
            custom_op_handlers=HANDLERS,
        )
    model = in_runtime_forms(model)
    _fill(model.graph, weights)
    return model


def _graph(function: Any) -> Any:
    """Returns the graph for the converter, with loops in the only form that it supports."""
    graph = function.graph.as_graph_def()
    if not any("While" in node.op for node in graph.node):
        return graph
    names = [[t.name for t in tensors] for tensors in (function.inputs, function.outputs)]
    return package("tf2onnx.tf_loader", "onnx").from_function(function, *names)


def _fill(graph: Any, weights: dict[str, Any]) -> None:
    """Turns the inputs for weights into constants of the file."""
    onnx = package("onnx", "onnx")
    inputs = [value for value in graph.input if value.name not in weights]
    left = {value.name for value in graph.input} - {value.name for value in inputs}
    del graph.input[:]
    graph.input.extend(inputs)
    graph.initializer.extend(
        onnx.numpy_helper.from_array(value, name)
        for name, value in weights.items()
        if name in left
    )


def _unknown(onnx: Any, graph: Any) -> set[str]:
    """Returns the operators of a graph and its nested graphs that ONNX does not have."""
    names = set()
    for node in graph.node:
        if not onnx.defs.has(node.op_type, node.domain):
            names.add(node.op_type)
        for attribute in node.attribute:
            for inner in (*attribute.graphs, attribute.g):
                names |= _unknown(onnx, inner)
    return names


@contextlib.contextmanager
def _quiet() -> Any:
    """Silences the converter: it logs deprecated names, and errors that it also raises."""
    loggers = [logging.getLogger(name) for name in ("tf2onnx", "tensorflow")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
