"""Helpers for tests of random layers, on every backend."""

import keras
import numpy as np
from backend_tools import BACKEND, to_numpy


def drawn(layer, x, times, mask=None):
    """Returns the outputs of `times` training calls of one compiled program, as arrays."""
    x = keras.ops.convert_to_tensor(x)
    more = {} if mask is None else {"mask": mask}
    if BACKEND == "jax":
        return _drawn_by_jax(layer, x, times, more)

    def call(x):
        return layer(x, training=True, **more)

    if BACKEND == "tensorflow":
        import tensorflow as tf

        spec = tf.TensorSpec([None] * (len(x.shape) - 1) + [x.shape[-1]], x.dtype)
        call = tf.function(call, input_signature=[spec])
    return [to_numpy(call(x)) for _ in range(times)]


def _drawn_by_jax(layer, x, times, more):
    import jax

    layer.build(x.shape)
    state = [variable.value for variable in layer.non_trainable_variables]
    step = jax.jit(lambda s, x: layer.stateless_call([], s, x, training=True, **more))
    results = []
    for _ in range(times):
        y, state = step(state, x)
        results.append(to_numpy(y))
    return results


def reseed(layer, seed):
    """Resets the random generator of the layer."""
    layer.seed_generator.state.assign(np.array([seed, 0]))


def distinct(arrays):
    """Returns the number of different arrays."""
    return len({np.asarray(array).tobytes() for array in arrays})


def assert_evenly(counts, *, spread=5.0):
    """Checks that each count is within `spread` standard deviations of its expected value."""
    counts = np.asarray(counts)
    expected = counts.sum() / len(counts)
    deviation = np.sqrt(expected * (1 - 1 / len(counts)))
    assert (np.abs(counts - expected) <= spread * deviation).all(), counts
