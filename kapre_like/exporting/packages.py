"""Imports the packages of a format when they are used, and traces models with TensorFlow."""

import importlib
from typing import Any

import keras

from kapre_like.ops.lowering import plain_operators


def tensorflow() -> Any:
    """Returns TensorFlow, which traces the model for every format; Keras must run on it."""
    try:
        import tensorflow as tf
    except ImportError as error:
        raise ImportError(
            "export: needs TensorFlow. Run: pip install 'kapre-like[tensorflow]'"
        ) from error
    if keras.backend.backend() != "tensorflow":
        raise ImportError(
            "export: needs Keras on TensorFlow, which traces every format. Received: "
            f"KERAS_BACKEND={keras.backend.backend()}. Run model.save('model.keras'), then in "
            "a program started with KERAS_BACKEND=tensorflow: "
            "kapre_like.export(kapre_like.load_model('model.keras'), path)."
        )
    return tf


def package(name: str, extra: str) -> Any:
    """Returns the module `name`, which the extra `extra` of this library installs."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"export: format={extra!r} needs {name.partition('.')[0]}. "
            f"Run: pip install 'kapre-like[{extra}]'"
        ) from error


def traced(program: Any, *, weights: str = "constants", **allowed: bool) -> Any:
    """Returns the program as a TensorFlow function of plain operators.

    Args:
        program: The program.
        weights: `"constants"` stores the weights in the graph. `"inputs"` makes them inputs
            after the program's own, in the order of `program.values()`.
        **allowed: Arguments of `plain_operators`.
    """
    tf = tensorflow()
    values = program.values()

    def constant(*tensors):
        # No variables in the graph: LiteRT's converter would write wrong values for them.
        return program.stateless(tf.nest.map_structure(tf.constant, values), tensors)

    def given(*tensors):
        own = len(program.inputs)
        packed = tf.nest.pack_sequence_as(values, tensors[own:])
        return program.stateless(packed, tensors[:own])

    shapes = specs(program)
    if weights == "inputs":
        flat = tf.nest.flatten(values)
        shapes += [tf.TensorSpec(v.shape, v.dtype, f"weight_{i}") for i, v in enumerate(flat)]
    function = tf.function(given if weights == "inputs" else constant, autograph=False)
    # Run nested `tf.function`s eagerly, so that they are traced into this graph. Keras has one
    # for grouped convolutions, which would require XLA.
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        with plain_operators(**allowed):
            return function.get_concrete_function(*shapes)
    finally:
        tf.config.run_functions_eagerly(before)


def specs(program: Any) -> list[Any]:
    """Returns the inputs of the program as `tf.TensorSpec`s."""
    tf = tensorflow()
    return [tf.TensorSpec(shape, dtype, name) for name, shape, dtype in program.inputs]
