"""ONNX models whose matrix products are of 8-bit integers."""

import contextlib
import logging
import math
import tempfile
from pathlib import Path
from typing import Any

from kapre_like.exporting.packages import package

# Of all weights in matrix products: a smaller matrix, such as a head, saves nothing that is
# worth its error.
_SMALL = 1 / 200


def quantize_onnx(model: Any) -> Any:
    """Returns an ONNX model with 8-bit weights in its matrix products.

    Each column of a constant factor has a scale of its own. The other factor is scaled as a
    whole, anew in every run: no examples are needed. Products of two factors that both change
    stay as they are, and so do products with small matrices, and convolutions.

    Args:
        model: An ONNX model; it is left as it is.
    """
    onnx = package("onnx", "onnx")
    runtime = package("onnxruntime", "onnx")
    quantization = package("onnxruntime.quantization", "onnx")
    with tempfile.TemporaryDirectory() as folder, _quiet():
        plain, small = Path(folder, "plain.onnx"), Path(folder, "int8.onnx")
        options = runtime.SessionOptions()
        options.log_severity_level = 3
        # Weights that pass through a reshape are constants only when it has been computed.
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(plain)
        runtime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        quantization.quantize_dynamic(
            plain,
            small,
            op_types_to_quantize=["MatMul", "Gemm"],
            nodes_to_exclude=_small_products(onnx.load(plain).graph),
            per_channel=True,
            # Signed weights overflow 16 bits on processors without VNNI; unsigned ones do not.
            weight_type=quantization.QuantType.QUInt8,
            extra_options={"MatMulConstBOnly": True},
        )
        return onnx.load(small)


def _small_products(graph: Any) -> list[str]:
    """Names of the products, under both names that the quantiser may give them."""
    sizes = {weight.name: math.prod(weight.dims) for weight in graph.initializer}
    products = {
        node.name: sizes[node.input[1]]
        for node in graph.node
        if node.op_type in ("MatMul", "Gemm") and node.input[1] in sizes
    }
    least = _SMALL * sum(products.values())
    names = [name for name, size in products.items() if size < least]
    return [*names, *(f"{name}_MatMul" for name in names)]


@contextlib.contextmanager
def _quiet() -> Any:
    """Keeps the quantiser from logging advice on its own use to the root logger."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
