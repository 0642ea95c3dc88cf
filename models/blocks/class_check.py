"""Rejects class labels that a network does not have, in eager code and in graphs.

Without this check a loss returns a plausible number for them. In eager code NumPy checks the
labels. In a graph only the backend can, so this module imports the backends' packages.
"""

from typing import Any

import keras
import numpy as np

# Maximum number of wrong classes in an error message.
_NAMED = 3


def known_classes(owner: str, labels: Any, count: int, *, lowest: int | None = 0) -> Any:
    """Returns integer labels unchanged, and raises if one is not a class.

    Under XLA on TensorFlow it raises nothing.

    Args:
        owner: Name of the class or function for the error message.
        labels: int32 tensor of any shape.
        count: Int > 0, number of classes.
        lowest: Smallest label, or `None` if negative labels are padding.

    Raises:
        ValueError: In eager code, for a label out of range. In a graph the backend raises its
            own error with the same message when the graph runs.
    """
    backend = keras.backend.backend()
    if isinstance(labels, keras.KerasTensor):
        return labels
    if backend == "tensorflow":
        return _in_tensorflow(owner, labels, count, lowest)
    if backend == "jax":
        return _in_jax(owner, labels, count, lowest)
    check_classes(owner, keras.ops.convert_to_numpy(labels), count, lowest=lowest)
    return labels


def check_classes(owner: str, labels: Any, count: int, *, lowest: int | None = 0) -> None:
    """Raises if an array contains a label that is not a class; see `known_classes`."""
    labels = np.asarray(labels)
    wrong = labels[(labels >= count) | (labels < (labels if lowest is None else lowest))]
    if wrong.size:
        named = np.unique(wrong)[:_NAMED].tolist()
        raise ValueError(f"{_message(owner, count, lowest)} Received: y_true has {named}.")


def _message(owner: str, count: int, lowest: int | None) -> str:
    padding = ", or negative for padding" if lowest is None else ""
    return (
        f"{owner}: `y_true` must be classes from 0 to {count - 1}, the {count} of "
        f"`y_pred`{padding}."
    )


def _in_tensorflow(owner: str, labels: Any, count: int, lowest: int | None) -> Any:
    import tensorflow as tf

    if tf.executing_eagerly():
        check_classes(owner, keras.ops.convert_to_numpy(labels), count, lowest=lowest)
        return labels
    message = f"{_message(owner, count, lowest)} Received: y_true has"
    checks = [
        tf.debugging.Assert(tf.reduce_all(labels < count), [message, tf.reduce_max(labels)])
    ]
    if lowest is not None:
        shown = [message, tf.reduce_min(labels)]
        checks.append(tf.debugging.Assert(tf.reduce_all(labels >= lowest), shown))
    with tf.control_dependencies([check for check in checks if check is not None]):
        return tf.identity(labels)


def _in_jax(owner: str, labels: Any, count: int, lowest: int | None) -> Any:
    import jax

    def check(values: Any) -> np.ndarray:
        check_classes(owner, values, count, lowest=lowest)
        return np.asarray(values)

    if not isinstance(labels, jax.core.Tracer):
        check(labels)
        return labels
    shape = jax.ShapeDtypeStruct(labels.shape, labels.dtype)
    return jax.pure_callback(check, shape, labels, vmap_method="sequential")
