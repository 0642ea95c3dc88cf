"""Runs exported models in their runtimes, without Keras and without this library's layers.

Each function opens a file. It returns a function from input arrays by name to output arrays by
name, for any batch size and length that the file supports.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

Call = Callable[..., dict[str, Any]]


def package(name: str, extra: str, what: str) -> Any:
    """Returns the module `name`, which the extra `extra` of this library installs.

    Raises:
        ImportError: If it is not installed; the message names the extra.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"{what} needs {name.partition('.')[0]}. Run: pip install 'kapre-like[{extra}]'"
        ) from error


def run_savedmodel(path: Path) -> Call:
    """Opens a SavedModel folder in TensorFlow."""
    tf = package("tensorflow", "tensorflow", f"{path}: a SavedModel")
    loaded = tf.saved_model.load(str(path))

    def call(**feed):
        # Refer to `loaded`, because the signature alone does not keep the variables alive.
        outputs = loaded.signatures["serving_default"](
            **{name: tf.constant(value) for name, value in feed.items()}
        )
        return {name: value.numpy() for name, value in outputs.items()}

    return call


def run_litert(path: Path) -> Call:
    """Opens a LiteRT file in its interpreter."""
    litert = package("ai_edge_litert.interpreter", "litert", f"{path}: a LiteRT file")
    interpreter = litert.Interpreter(str(path))
    runner = interpreter.get_signature_runner("serving_default")
    inputs = {name: detail["index"] for name, detail in runner.get_input_details().items()}
    outputs = {name: detail["index"] for name, detail in runner.get_output_details().items()}

    def call(**feed):
        for name, value in feed.items():
            interpreter.resize_tensor_input(inputs[name], value.shape)
        interpreter.allocate_tensors()
        for name, value in feed.items():
            interpreter.set_tensor(inputs[name], value)
        interpreter.invoke()
        return {name: interpreter.get_tensor(index) for name, index in outputs.items()}

    return call


def run_onnx(path: Path) -> Call:
    """Opens an ONNX file in onnxruntime."""
    runtime = package("onnxruntime", "onnx", f"{path}: an ONNX file")
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    session = runtime.InferenceSession(
        path.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]

    def call(**feed):
        return dict(zip(names, session.run(names, feed), strict=True))

    return call


def run_openvino(path: Path) -> Call:
    """Opens an OpenVINO folder on the CPU, in the precision of its graph."""
    openvino = package("openvino", "openvino", f"{path}: an OpenVINO folder")
    # Without the hint OpenVINO computes everything in bfloat16 on processors that support it,
    # also front ends. Nodes that are bfloat16 in the graph remain so.
    options = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    core = openvino.Core()
    model = core.read_model(path / "model.xml")
    # Read the names before compilation, which may add further names to an output.
    names = [output.any_name for output in model.outputs]
    request = core.compile_model(model, "CPU", options).create_infer_request()

    def call(**feed):
        request.infer(feed)
        # Copy the outputs, because the next run writes into the same memory.
        outputs = [tensor.data.copy() for tensor in request.output_tensors]
        return dict(zip(names, outputs, strict=True))

    return call
