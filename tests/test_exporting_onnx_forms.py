"""ONNX files have forms that onnxruntime computes in one pass, and compare lengths exactly."""

import keras
import numpy as np
import pytest
from keras import ops

import kapre_like

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(0)


def optimized_kinds(path):
    """The operators that are left after onnxruntime's own optimization."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(path.with_name("optimized.onnx"))
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return [node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node]


def exported(inputs, outputs, tmp_path):
    return kapre_like.export(keras.Model(inputs, outputs), tmp_path / "model.onnx", "onnx")


GELUS = {
    "Keras's": lambda x: keras.activations.gelu(x, approximate=False),
    "a product": lambda x: 0.5 * x * (1.0 + ops.erf(x * 0.5**0.5)),
    "half last": lambda x: (x * (ops.erf(x / 2**0.5) + 1.0)) * 0.5,
}


@pytest.mark.parametrize("form", GELUS)
def test_every_formula_of_gelu_becomes_one_operator(form, tmp_path):
    x = keras.Input((None, 6))
    kinds = optimized_kinds(exported(x, GELUS[form](keras.layers.Dense(4)(x)), tmp_path))
    assert "Erf" not in kinds
    assert "Gelu" in kinds or "BiasGelu" in kinds


@pytest.mark.parametrize("factor", [0.7, -(0.5**0.5)])
def test_what_only_resembles_gelu_keeps_its_numbers(factor, tmp_path):
    x = keras.Input((None, 6))
    # The export compares the file's numbers with the model's.
    path = exported(x, 0.5 * x * (1.0 + ops.erf(x * factor)), tmp_path)
    assert "Erf" in optimized_kinds(path)


def test_layer_normalization_over_channels_is_one_operator(tmp_path):
    x = keras.Input((None, 8))
    norm = keras.layers.LayerNormalization(epsilon=0.01)
    y = norm(keras.layers.Dense(8)(x))
    norm.gamma.assign(RNG.normal(1, 0.5, 8))
    norm.beta.assign(RNG.normal(0, 1, 8))
    path = exported(x, y, tmp_path)
    nodes = onnx.load(path).graph.node
    (node,) = [node for node in nodes if node.op_type == "LayerNormalization"]
    values = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    assert values == {"axis": -1, "epsilon": pytest.approx(0.01)}
    assert "ReduceMean" not in {node.op_type for node in nodes}


@pytest.mark.parametrize("axis", [[1, 2], [1]])
def test_layer_normalization_over_other_axes_keeps_its_numbers(axis, tmp_path):
    x = keras.Input((5, 8))
    path = exported(x, keras.layers.LayerNormalization(axis=axis)(x), tmp_path)
    kinds = [node.op_type for node in onnx.load(path).graph.node]
    assert "LayerNormalization" not in kinds
    assert "ReduceMean" in kinds


class ButTheLast(keras.layers.Layer):
    """Cuts one step off, but leaves three: a slice whose end the graph computes."""

    def call(self, x):
        return x[:, : ops.maximum(ops.shape(x)[1] - 1, 3)]

    def compute_output_shape(self, input_shape):
        return (input_shape[0], None, input_shape[2])


def test_lengths_are_compared_as_whole_numbers(tmp_path):
    x = keras.Input((None, 2))
    path = exported(x, ButTheLast()(x), tmp_path)
    graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    kinds = {value.name: value.type.tensor_type.elem_type for value in graph.value_info}
    kinds |= {tensor.name: tensor.data_type for tensor in graph.initializer}
    extremes = [node for node in graph.node if node.op_type in ("Max", "Min")]
    assert extremes
    whole = (onnx.TensorProto.INT32, onnx.TensorProto.INT64)
    assert {kinds[name] for node in extremes for name in node.input} <= set(whole)
