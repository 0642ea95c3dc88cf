"""What tests need from the running backend: gradients, compilation, NumPy."""

import contextlib
import os
import warnings

import keras
import numpy as np

BACKEND = keras.config.backend()
# Whether all that the tests can try is tried; else JAX and PyTorch take one of a kind.
FULL = BACKEND == "tensorflow" or os.environ.get("KAPRE_LIKE_BACKENDS") == "full"
# `jit_compile` of networks that train for a step or two. XLA compiles for longer than
# TensorFlow trains; JAX compiles in any case, and without this every operation alone.
JIT = BACKEND == "jax"

if BACKEND == "jax":
    import jax

    # Tests meet hundreds of shapes once each: compiling them is what takes the time.
    jax.config.update("jax_disable_most_optimizations", True)


def to_numpy(x):
    return np.asarray(keras.ops.convert_to_numpy(x))


def real_sum(y):
    """One real number from any output, so that it can be differentiated."""
    if "complex" in keras.backend.standardize_dtype(y.dtype):
        return keras.ops.sum(keras.ops.real(y)) + keras.ops.sum(keras.ops.imag(y))
    return keras.ops.sum(keras.ops.cast(y, "float32"))


def gradient(function, x):
    """The gradient of `real_sum(function(x))` by `x`, as array."""
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
    """`function` through XLA; as it is on torch, which has none here."""
    if BACKEND == "jax":
        return jax.jit(function)
    if BACKEND == "torch":
        return function
    import tensorflow as tf

    return tf.function(function, jit_compile=True)


@contextlib.contextmanager
def untraced():
    """TensorFlow's functions run as they are, operation by operation."""
    if BACKEND != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    with warnings.catch_warnings():
        # `tf.data` keeps tracing, because it always does.
        warnings.filterwarnings("ignore", message="Even though the `tf.config")
        try:
            yield
        finally:
            tf.config.run_functions_eagerly(False)


def quick(function):
    """`function` as one program on JAX, where eager calls compile every operation alone."""
    return jax.jit(function) if BACKEND == "jax" else function


def graph(function, dtype="float32", rank=3):
    """`function` as a graph for inputs of unknown shape; as it is but on TensorFlow."""
    if BACKEND != "tensorflow":
        return function
    import tensorflow as tf

    spec = tf.TensorSpec([None] * (rank - 1) + [1], dtype)
    return tf.function(function, input_signature=[spec])
