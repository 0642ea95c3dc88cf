"""Reduces the precision of an OpenVINO model: nodes in bfloat16, or weights in int8."""

from typing import Any

import numpy as np

from kapre_like.exporting.openvino_bfloat16 import name_of
from kapre_like.exporting.packages import package

# Matrices with a smaller share of the weights, such as a head, stay in float32, as for ONNX:
# they save too little for the error that they add.
_MIN_SHARE = 1 / 200


def narrow(model: Any, names: set[str]) -> None:
    """Converts nodes and their constants to bfloat16, in place.

    Args:
        model: `openvino.Model` after constant folding.
        names: Names of the float32 nodes to convert.
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
    """Returns a constant rounded to bfloat16; OpenVINO's own conversion truncates."""
    openvino = package("openvino", "openvino")
    bits = np.array(constant.data, order="C").view("uint32")
    even = (bits >> 16) & 1
    tensor = openvino.Tensor(openvino.Type.bf16, openvino.Shape(bits.shape))
    tensor.data[...] = ((bits + 0x7FFF + even) >> 16).astype("uint16").view(tensor.data.dtype)
    return openvino.op.Constant(tensor)


def quantize_weights(model: Any, inner: set[str]) -> list[str]:
    """Stores factors of matrix products as int8, in place.

    Each column has its own scale. Small matrices and convolutions are not quantized.

    Args:
        model: `openvino.Model` after constant folding.
        inner: Names of the products whose factors may be quantized.

    Returns:
        The names of the nodes that convert the int8 weights to float32.
    """
    opset = package("openvino.opset13", "openvino")
    found = [pair for pair in _matrices(model) if name_of(pair[1].get_node()) in inner]
    min_size = _MIN_SHARE * sum(constant.data.size for constant, _ in found)
    made = []
    for constant, port in found:
        values = constant.data
        if values.size < min_size:
            continue
        transposed = port.get_node().get_attributes()["transpose_b"]
        scale = np.abs(values).max(axis=-1 if transposed else -2, keepdims=True) / 127
        scale = np.where(scale > 0, scale, 1).astype("float32")
        wide = opset.convert(opset.constant(np.rint(values / scale).astype("int8")), "f32")
        wide.set_friendly_name(f"{name_of(constant)}/float32")
        port.replace_source_output(opset.multiply(wide, opset.constant(scale)).output(0))
        made.append(name_of(wide))
    return made


def _matrices(model: Any) -> list[tuple[Any, Any]]:
    """Returns each constant that is the right factor of one product, with the input port."""
    found = []
    for node in model.get_ordered_ops():
        if node.get_type_name() != "Constant" or node.data.ndim < 2:
            continue
        ports = list(node.output(0).get_target_inputs())
        users = [(port.get_node().get_type_name(), port.get_index()) for port in ports]
        if users == [("MatMul", 1)]:
            found.append((node, ports[0]))
    return found
