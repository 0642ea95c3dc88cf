"""ONNX files that onnxruntime accepts."""

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

# Since 2022; every onnxruntime from 1.14 on reads it.
_OPSET = 18


def write_onnx(wanted: Program, path: Path, *, quantize: str | None = None) -> None:
    """Writes the file `path`, with the facts of the model's card in its metadata.

    `quantize="int8"` makes matrix products of 8-bit integers, see `quantize_onnx`.
    """
    onnx = package("onnx", "onnx")
    package("onnxruntime", "onnx")  # asked for before the long work
    model = onnx_model(wanted)
    if quantize is not None:
        model = quantize_onnx(model)
    if wanted.card is not None:
        facts = json.dumps(wanted.card, ensure_ascii=False)
        onnx.helper.set_model_props(model, {CARD_KEY: facts})
    path.write_bytes(model.SerializeToString())


def onnx_model(wanted: Program, *, doubles: bool = True) -> Any:
    """Returns the ONNX model.

    Args:
        wanted: The program.
        doubles: Whether float64 may be used.

    Raises:
        ValueError: If ONNX lacks an operator; names it.
    """
    model = _convert(wanted, doubles=doubles)
    missing = sorted(_unknown(package("onnx", "onnx"), model.graph))
    if missing:
        raise ValueError(
            f"export: ONNX has no operator for {', '.join(missing)}, which `model` needs. "
            'A SavedModel has them all: format="savedmodel".'
        )
    return model


def weight_name(i: int) -> str:
    """The name in an ONNX model of the weight at a place in `Program.values()`."""
    return f"weight_{i}"


def _convert(wanted: Program, *, doubles: bool) -> Any:
    """The ONNX model, possibly with operators that ONNX does not have."""
    # The converter copies what stands in the graph dozens of times: weights of 400 MB took
    # 18 GB. So it sees inputs in their place.
    function = traced(wanted, weights="inputs", doubles=doubles, channels_first=True)
    own = len(wanted.inputs)
    given = [name for name, _, _ in wanted.inputs]
    names = dict(zip([tensor.name for tensor in function.inputs[:own]], given, strict=True))
    weights = {}
    values = [value for group in wanted.values() for value in group]
    # What a layer holds as a tensor, and not as a weight, comes behind them as an input too.
    values += [held.numpy() for held in function.captured_inputs]
    for i, (tensor, value) in enumerate(zip(function.inputs[own:], values, strict=True)):
        if tensor.consumers():
            names[tensor.name] = weight_name(i)
            weights[weight_name(i)] = value
    order = sorted(wanted.outputs)  # the order of a TensorFlow function's outputs
    results = dict(zip([tensor.name for tensor in function.outputs], order, strict=True))
    with _quiet():
        model, _ = package("tf2onnx.convert", "onnx").from_graph_def(
            _graph(function),
            name=wanted.model.name,
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
    """What the converter reads. The loops of recurrent layers it knows in one form only."""
    graph = function.graph.as_graph_def()
    if not any("While" in node.op for node in graph.node):
        return graph
    names = [[t.name for t in tensors] for tensors in (function.inputs, function.outputs)]
    return package("tf2onnx.tf_loader", "onnx").from_function(function, *names)


def _fill(graph: Any, weights: dict[str, Any]) -> None:
    """Makes inputs to constants of the file."""
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
    """The operators in a graph, and in the graphs inside it, that ONNX does not have."""
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
    """Keeps the converter from logging what the exception will say, and old names it uses."""
    loggers = [logging.getLogger(name) for name in ("tf2onnx", "tensorflow")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
