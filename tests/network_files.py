"""A small network as an ONNX file, made in a moment."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save_model

HOP, CHANNELS = 80, 6
KERNEL = np.random.default_rng(1).normal(0, 0.3, (CHANNELS, 1, HOP)).astype("float32")


def onnx_file(path, shape, *, mean=False, outputs=("frames",), inputs=("sound",), **names):
    """A convolution with a ReLU: `(batch, channels, frames)` to frames, or their mean."""
    kernel = numpy_helper.from_array(KERNEL, "kernel")
    # 0 is the size of the input there, its batch.
    new = numpy_helper.from_array(np.array([len(shape) == 1, 1, -1], "int64"), "row")
    nodes = [
        helper.make_node("Reshape", [inputs[0], "row"], ["x"]),
        helper.make_node("Conv", ["x", "kernel"], ["y"], strides=[HOP]),
        helper.make_node("Relu", ["y"], ["z"]),
        helper.make_node("Transpose", ["z"], ["frames"], perm=[0, 2, 1]),
        helper.make_node("ReduceMean", ["frames"], ["mean"], axes=[1], keepdims=0),
    ]
    sizes = {"frames": [shape[0], None, CHANNELS], "mean": [shape[0], CHANNELS]}
    asked = ("mean",) if mean else outputs
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in inputs],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, sizes[n]) for n in asked],
        [kernel, new],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    save_model(model, path)
    return path
