"""A length that TensorFlow only knows when a graph runs, checked then."""


def at_least(x, axis, least, message):
    """Returns `x`, which raises when the graph runs if its `axis` is below `least`.

    Raises:
        tf.errors.InvalidArgumentError: When the graph runs; XLA leaves the check out.
    """
    import tensorflow as tf

    check = tf.debugging.assert_greater_equal(tf.shape(x)[axis], least, message=message)
    with tf.control_dependencies([check]):
        return tf.identity(x)
