"""Batch normalization over valid frames by TensorFlow's fused operation.

The plain formula reads and writes the activations about ten times in the forward and backward
pass. The fused operation does so a few times, but takes no mask. So it gets valid frames only.
"""

from typing import Any


def normalized_valid(
    x: Any, valid: Any, *, gamma: Any, beta: Any, epsilon: float
) -> tuple[Any, Any, Any]:
    """Returns normalized activations, and the mean and variance of the valid frames.

    Args:
        x: TensorFlow tensor `(batch, frames, freqs, channels)`, float32.
        valid: TensorFlow tensor `(batch, frames, 1, 1)`, float32, 1 for valid frames and 0 for
            padding.
        gamma: TensorFlow tensor `(channels,)`, float32.
        beta: TensorFlow tensor `(channels,)`, float32.
        epsilon: Float > 0, added to the variance.

    Returns:
        `(y, mean, variance)`: `y` has the shape of `x` and zeros in the padding; `mean` and
        `variance` have the shape `(channels,)`.
    """
    import tensorflow as tf  # noqa: TID251 -- the fused operation is TensorFlow's own

    frames = valid[:, :, 0, 0] > 0

    def fused(rows: Any) -> tuple[Any, Any, Any]:
        return tf.compat.v1.nn.fused_batch_norm(
            rows, gamma, beta, epsilon=epsilon, is_training=True
        )

    def of_valid() -> tuple[Any, Any, Any]:
        where = tf.where(frames)
        rows = tf.expand_dims(tf.gather_nd(x, where), axis=2)
        y, mean, variance = fused(rows)
        shape = tf.shape(x, out_type=where.dtype)
        return tf.scatter_nd(where, tf.squeeze(y, axis=2), shape), mean, variance

    # Clips of equal length have no padding, so no rows have to be copied.
    y, mean, variance = tf.cond(tf.reduce_all(frames), lambda: fused(x), of_valid)
    y = tf.ensure_shape(y, x.shape)
    count = tf.reduce_sum(tf.cast(frames, x.dtype)) * tf.cast(tf.shape(x)[2], x.dtype)
    # The operation returns the unbiased variance, and NaN if there are no frames.
    biased = variance * (count - 1) / tf.maximum(count, 1.0)
    nothing = tf.equal(count, 0)
    return y, tf.where(nothing, 0.0, mean), tf.where(nothing, 0.0, biased)
