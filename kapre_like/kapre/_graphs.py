"""Helpers for TensorFlow graphs: a program may create Kapre's layers inside one."""

import keras


def at_least(x, axis, min_size, message):
    """Returns `x` and checks in the graph that the size of `axis` is at least `min_size`.

    Raises:
        tf.errors.InvalidArgumentError: When the graph runs. XLA omits the check.
    """
    import tensorflow as tf

    check = tf.debugging.assert_greater_equal(tf.shape(x)[axis], min_size, message=message)
    with tf.control_dependencies([check]):
        return tf.identity(x)


def in_graph():
    """Whether TensorFlow is tracing a function, which must not create variables."""
    if keras.config.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.executing_eagerly()


def uniform(shape):
    """Returns random numbers in [0, 1). Each run of the graph draws new ones."""
    import tensorflow as tf

    return tf.random.uniform(shape)
