"""What only the graphs of TensorFlow need: Kapre's layers may be made inside one."""

import keras


def at_least(x, axis, least, message):
    """Returns `x`, which raises when the graph runs if its `axis` is below `least`.

    Raises:
        tf.errors.InvalidArgumentError: When the graph runs; XLA leaves the check out.
    """
    import tensorflow as tf

    check = tf.debugging.assert_greater_equal(tf.shape(x)[axis], least, message=message)
    with tf.control_dependencies([check]):
        return tf.identity(x)


def in_graph():
    """Whether this runs while TensorFlow traces a function, which makes no variables."""
    if keras.config.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.executing_eagerly()


def uniform(shape):
    """Numbers from [0, 1), drawn anew each time that the graph runs, without a variable."""
    import tensorflow as tf

    return tf.random.uniform(shape)
