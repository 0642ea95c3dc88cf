"""Puts fewer bits into an OpenVINO model: nodes in bfloat16, or weights in 8 bits."""

from typing import Any

import numpy as np

from kapre_like.exporting.openvino_bfloat16 import name_of
from kapre_like.exporting.packages import package

# Of the numbers in 8-bit matrices, as for ONNX: a head is smaller, and not worth its error.
_SMALL_SHARE = 1 / 200


def narrow(model: Any, names: set[str]) -> None:
    """Makes nodes compute in bfloat16, in place; their constants are stored so.

    Args:
        model: `openvino.Model` without computations on constants.
        names: Names of nodes that compute in float32.
    """
    opset = package("openvino.opset13", "openvino")
    nodes = [node for node in model.get_ordered_ops() if name_of(node) in names]
    made: dict[tuple[str, int, str], Any] = {}

    def converted(output: Any, dtype: str) -> Any:
        node = output.get_node()
        key = (name_of(node), output.get_index(), dtype)
        if key not in made:
            constant = dtype == "bf16" and node.get_type_name() == "Constant"
            other = _bfloat16(node) if constant else opset.convert(output, dtype)
            other.set_friendly_name(f"{key[0]}/{key[1]}/{dtype}")
            made[key] = other.output(0)
        return made[key]

    for node in nodes:
        for port in node.inputs():
            source = port.get_source_output()
            if source.get_element_type().to_string() == "f32" and (
                name_of(source.get_node()) not in names
            ):
                port.replace_source_output(converted(source, "bf16"))
    for node in nodes:
        for output in node.outputs():
            for port in output.get_target_inputs():
                if name_of(port.get_node()) not in names:
                    port.replace_source_output(converted(output, "f32"))
    model.validate_nodes_and_infer_types()


def _bfloat16(constant: Any) -> Any:
    """A constant of the nearest bfloat16 numbers; OpenVINO's own conversion cuts bits off."""
    openvino = package("openvino", "openvino")
    bits = np.array(constant.data, order="C").view("uint32")
    even = (bits >> 16) & 1
    tensor = openvino.Tensor(openvino.Type.bf16, openvino.Shape(bits.shape))
    tensor.data[...] = ((bits + 0x7FFF + even) >> 16).astype("uint16").view(tensor.data.dtype)
    return openvino.op.Constant(tensor)


def quantize_weights(model: Any, inner: set[str]) -> list[str]:
    """Stores factors of matrix products as int8, in place; returns what makes float32 of them.

    Each column has a scale of its own. Small matrices and convolutions stay as they are.

    Args:
        model: `openvino.Model` without computations on constants.
        inner: Names of the products whose factors may be stored so.
    """
    opset = package("openvino.opset13", "openvino")
    found = [pair for pair in _matrices(model) if name_of(pair[1].get_node()) in inner]
    least = _SMALL_SHARE * sum(constant.data.size for constant, _ in found)
    made = []
    for constant, port in found:
        values = constant.data
        if values.size < least:
            continue
        turned = port.get_node().get_attributes()["transpose_b"]
        scale = np.abs(values).max(axis=-1 if turned else -2, keepdims=True) / 127
        scale = np.where(scale > 0, scale, 1).astype("float32")
        wide = opset.convert(opset.constant(np.rint(values / scale).astype("int8")), "f32")
        wide.set_friendly_name(f"{name_of(constant)}/float32")
        port.replace_source_output(opset.multiply(wide, opset.constant(scale)).output(0))
        made.append(name_of(wide))
    return made


def _matrices(model: Any) -> list[tuple[Any, Any]]:
    """Constants that are the right factor of one matrix product, with its input."""
    found = []
    for node in model.get_ordered_ops():
        if node.get_type_name() != "Constant" or node.data.ndim < 2:
            continue
        ports = list(node.output(0).get_target_inputs())
        users = [(port.get_node().get_type_name(), port.get_index()) for port in ports]
        if users == [("MatMul", 1)]:
            found.append((node, ports[0]))
    return found
