"""The packages that formats need, imported when used; a missing one names what to install."""

import importlib
from typing import Any

import keras

from kapre_like.ops.lowering import plain_operators


def tensorflow() -> Any:
    """TensorFlow with Keras running on it: what every format is traced with."""
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
    """The module `name`, which the extra `extra` of this library installs."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"export: format={extra!r} needs {name.partition('.')[0]}. "
            f"Run: pip install 'kapre-like[{extra}]'"
        ) from error


def traced(wanted: Any, *, weights: str = "constants", **allowed: bool) -> Any:
    """The program as a TensorFlow function of plain operators.

    Args:
        wanted: The program.
        weights: `"constants"`: they stand in the graph. `"inputs"`: they are further inputs
            behind the program's own, in the order of `wanted.values()`.
        **allowed: Of `plain_operators`.
    """
    tf = tensorflow()
    values = wanted.values()

    def constant(*tensors):
        # No variables in the graph: LiteRT's converter would turn them into garbage.
        return wanted.stateless(tf.nest.map_structure(tf.constant, values), tensors)

    def given(*tensors):
        own = len(wanted.inputs)
        packed = tf.nest.pack_sequence_as(values, tensors[own:])
        return wanted.stateless(packed, tensors[:own])

    shapes = specs(wanted)
    if weights == "inputs":
        flat = tf.nest.flatten(values)
        shapes += [tf.TensorSpec(v.shape, v.dtype, f"weight_{i}") for i, v in enumerate(flat)]
    function = tf.function(given if weights == "inputs" else constant, autograph=False)
    # Functions inside (Keras has one for grouped convolutions, which must go through XLA)
    # become part of the graph if they count as ordinary Python.
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        with plain_operators(**allowed):
            return function.get_concrete_function(*shapes)
    finally:
        tf.config.run_functions_eagerly(before)


def specs(wanted: Any) -> list[Any]:
    """The inputs of the program as TensorFlow describes them."""
    tf = tensorflow()
    return [tf.TensorSpec(shape, dtype, name) for name, shape, dtype in wanted.inputs]
