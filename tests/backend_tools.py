"""Helpers for the running Keras backend: gradients, compilation, NumPy."""

import contextlib
import os
import warnings

import keras
import numpy as np

BACKEND = keras.config.backend()
# Whether all cases run. If not, JAX and PyTorch run one case of each kind.
FULL = BACKEND == "tensorflow" or os.environ.get("KAPRE_LIKE_BACKENDS") == "full"
# `jit_compile` of networks that train for a step or two. On TensorFlow, XLA would compile for
# longer than the training takes. JAX compiles anyway: without this, every operation separately.
JIT = BACKEND == "jax"

if BACKEND == "jax":
    import jax

    # Tests use hundreds of shapes once each, so compilation takes most of the time.
    jax.config.update("jax_disable_most_optimizations", True)


def to_numpy(x):
    return np.asarray(keras.ops.convert_to_numpy(x))


def real_sum(y):
    """Returns the sum of the output as a real number, so that it can be differentiated."""
    if "complex" in keras.backend.standardize_dtype(y.dtype):
        return keras.ops.sum(keras.ops.real(y)) + keras.ops.sum(keras.ops.imag(y))
    return keras.ops.sum(keras.ops.cast(y, "float32"))


def gradient(function, x):
    """Returns the gradient of `real_sum(function(x))` with respect to `x`, as an array."""
    x = np.asarray(x, "float32")
    if BACKEND == "jax":
        return np.asarray(jax.grad(lambda value: real_sum(function(value)))(x))
    tensor = keras.ops.convert_to_tensor(x)
    if BACKEND == "torch":
        tensor = tensor.requires_grad_()
        real_sum(function(tensor)).backward()
        return to_numpy(tensor.grad)
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(tensor)
        loss = real_sum(function(tensor))
    return to_numpy(tape.gradient(loss, tensor))


def compiled(function):
    """Returns `function` compiled by XLA. On PyTorch it is unchanged."""
    if BACKEND == "jax":
        return jax.jit(function)
    if BACKEND == "torch":
        return function
    import tensorflow as tf

    return tf.function(function, jit_compile=True)


@contextlib.contextmanager
def untraced():
    """Runs TensorFlow's functions without tracing, operation by operation."""
    if BACKEND != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    with warnings.catch_warnings():
        # The warning is that `tf.data` still traces its functions.
        warnings.filterwarnings("ignore", message="Even though the `tf.config")
        try:
            yield
        finally:
            tf.config.run_functions_eagerly(False)


def quick(function):
    """Compiles `function` as one program on JAX, where eager calls compile each operation."""
    return jax.jit(function) if BACKEND == "jax" else function


def graph(function, dtype="float32", rank=3):
    """Returns `function` as a TensorFlow graph for unknown shapes. Else it is unchanged."""
    if BACKEND != "tensorflow":
        return function
    import tensorflow as tf

    spec = tf.TensorSpec([None] * (rank - 1) + [1], dtype)
    return tf.function(function, input_signature=[spec])
