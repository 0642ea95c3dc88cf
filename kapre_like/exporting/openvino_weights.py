"""Weights of an OpenVINO model in 16 or 8 bits, which the runtime keeps in memory so."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kapre_like.exporting.openvino_bfloat16 import name_of
from kapre_like.exporting.packages import package

# A tensor of fewer numbers stays as it is: it saves nothing that is worth its error.
_SMALL = 4096
# Of the numbers in 8-bit matrices, as for ONNX: a head is smaller, and not worth its error.
_SMALL_SHARE = 1 / 200


def halve_weights(model: Any, spared: set[str]) -> list[str]:
    """Stores weights as bfloat16, in place; returns the names of the nodes that widen them.

    Args:
        model: `openvino.Model` without computations on constants.
        spared: Names of nodes whose weights stay in float32.
    """
    made = []
    for constant in _large_constants(model):
        users = constant.output(0).get_target_inputs()
        if any(name_of(user.get_node()) in spared for user in users):
            continue
        wide = _widened(constant, _bfloat16(constant.data))
        for user in users:
            user.replace_source_output(wide.output(0))
        made.append(name_of(wide))
    return made


def quantize_weights(model: Any, spared: set[str]) -> list[str]:
    """Stores factors of matrix products as int8, in place; returns what widens them.

    Each column has a scale of its own. Small matrices and convolutions stay as they are.

    Args:
        model: `openvino.Model` without computations on constants.
        spared: Names of products whose factors stay as they are.
    """
    opset = package("openvino.opset13", "openvino")
    ports = [(constant, _only_factor(constant)) for constant in _large_constants(model)]
    found = [(c, port) for c, port in ports if port and name_of(port.get_node()) not in spared]
    least = _SMALL_SHARE * sum(constant.data.size for constant, _ in found)
    made = []
    for constant, port in found:
        values = constant.data
        if values.size < least:
            continue
        turned = port.get_node().get_attributes()["transpose_b"]
        scale = np.abs(values).max(axis=-1 if turned else -2, keepdims=True) / 127
        scale = np.where(scale > 0, scale, 1).astype("float32")
        wide = _widened(constant, np.rint(values / scale).astype("int8"))
        product = opset.multiply(wide, opset.constant(scale))
        port.replace_source_output(product.output(0))
        made.append(name_of(wide))
    return made


def _large_constants(model: Any) -> Iterator[Any]:
    for node in model.get_ordered_ops():
        if node.get_type_name() != "Constant" or node.data.size < _SMALL:
            continue
        if node.data.dtype == "float32":
            yield node


def _only_factor(constant: Any) -> Any:
    """The input of the matrix product that a constant is the right factor of."""
    users = list(constant.output(0).get_target_inputs())
    if len(users) != 1 or users[0].get_node().get_type_name() != "MatMul":
        return None
    return users[0] if users[0].get_index() == 1 else None


def _widened(constant: Any, values: Any) -> Any:
    """A node that makes float32 of the values, which stand in for a constant."""
    opset = package("openvino.opset13", "openvino")
    stored = opset.constant(values) if isinstance(values, np.ndarray) else values
    stored.set_friendly_name(name_of(constant))
    wide = opset.convert(stored, "f32")
    wide.set_friendly_name(f"{name_of(constant)}/float32")
    return wide


def _bfloat16(values: np.ndarray) -> Any:
    """A constant of the nearest bfloat16 numbers; OpenVINO's own conversion cuts bits off."""
    openvino = package("openvino", "openvino")
    bits = np.ascontiguousarray(values).view("uint32")
    even = (bits >> 16) & 1
    tensor = openvino.Tensor(openvino.Type.bf16, openvino.Shape(values.shape))
    tensor.data[...] = ((bits + 0x7FFF + even) >> 16).astype("uint16").view(tensor.data.dtype)
    return openvino.op.Constant(tensor)
