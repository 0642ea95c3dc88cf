"""Batch normalization over valid frames by TensorFlow's fused operation.

The plain formula reads and writes the activations about ten times, forwards and backwards. The
fused operation does it in a few passes, but takes no mask. Here it gets the valid frames only.
"""

from typing import Any


def normalized_valid(
    x: Any, valid: Any, *, gamma: Any, beta: Any, epsilon: float
) -> tuple[Any, Any, Any]:
    """Returns normalized activations, and the mean and variance of the valid frames.

    Args:
        x: TensorFlow tensor `(batch, frames, freqs, channels)`, float32.
        valid: Likewise, `(batch, frames, 1, 1)`, 1 for valid frames and 0 for padding.
        gamma: Likewise, `(channels,)`.
        beta: Likewise.
        epsilon: Float > 0, added to the variance.

    Returns:
        `(y, mean, variance)`: as `x` with zeros in the padding, and twice `(channels,)`.
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

    # Clips of one length have no padding, and nothing has to be copied.
    y, mean, variance = tf.cond(tf.reduce_all(frames), lambda: fused(x), of_valid)
    y = tf.ensure_shape(y, x.shape)
    count = tf.reduce_sum(tf.cast(frames, x.dtype)) * tf.cast(tf.shape(x)[2], x.dtype)
    # The operation gives the unbiased variance, and no number for no frames.
    biased = variance * (count - 1) / tf.maximum(count, 1.0)
    nothing = tf.equal(count, 0)
    return y, tf.where(nothing, 0.0, mean), tf.where(nothing, 0.0, biased)
