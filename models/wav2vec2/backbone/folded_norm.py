"""Group normalisation behind a convolution, as a kernel that is normalised beforehand."""

from keras import ops


def folded_group_norm(frames, kernel, *, bias, gamma, beta, valid, epsilon):
    """Returns `norm(frames @ kernel + bias)`, each channel normalised over time.

    Mean and variance of a channel follow from those of the samples inside a frame: with their
    mean `m` and covariance `C` a column `w` of the kernel gives `m w + bias` and `w^T C w`. So
    the many channels need not be gone through before they are normalised. A channel may be a
    small difference of large samples; float64 keeps the digits that `w^T C w` loses.

    Args:
        frames: `(batch, frames, size)`.
        kernel: `(size, channels)`.
        bias: `(channels,)`; it leaves with the mean.
        gamma: `(channels,)`.
        beta: `(channels,)`.
        valid: Bool `(batch, frames)`, what the moments see; `None` is everything.
        epsilon: Float > 0, added to a variance.

    Returns:
        float32 `(batch, frames, channels)`.
    """
    kernel, bias, gamma, beta = (ops.cast(x, "float64") for x in (kernel, bias, gamma, beta))
    mean, covariance = _moments(ops.cast(frames, "float64"), valid)
    variance = ops.sum(ops.matmul(covariance, kernel) * kernel, axis=1, keepdims=True)
    scale = gamma * ops.rsqrt(variance + epsilon)
    shift = beta + (bias - (ops.matmul(mean, kernel) + bias)) * scale
    # The shift stands below the kernel, and a column of ones beside the frames meets it.
    matrix = ops.concatenate([kernel * scale, shift], axis=1)
    frames = ops.cast(frames, "float32")
    frames = ops.concatenate([frames, ops.ones_like(frames[..., :1])], axis=-1)
    return ops.matmul(frames, ops.cast(matrix, "float32"))


def _moments(frames, valid):
    """Mean `(batch, 1, size)` and covariance `(batch, size, size)` over time."""
    row = ops.ones_like(frames[..., 0]) if valid is None else ops.cast(valid, frames.dtype)
    row = ops.expand_dims(row / ops.sum(row, axis=1, keepdims=True), axis=1)
    mean = ops.matmul(row, frames)
    centred = frames - mean
    turned = ops.transpose(centred, (0, 2, 1))
    return mean, ops.matmul(turned * row, centred)
