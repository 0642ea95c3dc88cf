"""Quantizes the matrix products of ONNX models to 8-bit integers."""

import contextlib
import logging
import math
import tempfile
from pathlib import Path
from typing import Any

from kapre_like.exporting.packages import package

# Matrices with a smaller share of the weights of all products, such as a head, stay in
# float32: they save too little for the error that they add.
_MIN_SHARE = 1 / 200


def quantize_onnx(model: Any) -> Any:
    """Returns an ONNX model with 8-bit weights in its matrix products.

    Each column of a constant factor has its own scale. The other factor has one scale, which
    is computed in every run, so no calibration data is needed. Products of two variable
    factors, products with small matrices, and convolutions are not quantized.

    Args:
        model: An ONNX model; it is not changed.
    """
    onnx = package("onnx", "onnx")
    runtime = package("onnxruntime", "onnx")
    quantization = package("onnxruntime.quantization", "onnx")
    with tempfile.TemporaryDirectory() as folder, _quiet():
        plain, small = Path(folder, "plain.onnx"), Path(folder, "int8.onnx")
        options = runtime.SessionOptions()
        options.log_severity_level = 3
        # Basic optimization folds the reshapes of weights. Only then are the factors constant.
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
    """Returns the names of the small products, in both forms that the quantizer uses."""
    sizes = {weight.name: math.prod(weight.dims) for weight in graph.initializer}
    products = {
        node.name: sizes[node.input[1]]
        for node in graph.node
        if node.op_type in ("MatMul", "Gemm") and node.input[1] in sizes
    }
    min_size = _MIN_SHARE * sum(products.values())
    names = [name for name, size in products.items() if size < min_size]
    return [*names, *(f"{name}_MatMul" for name in names)]


@contextlib.contextmanager
def _quiet() -> Any:
    """Silences the advice that the quantizer logs to the root logger."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
