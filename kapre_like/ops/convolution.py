"""Convolution in a precision in which it is computed right.

On processors with AMX, TensorFlow 2.21 computes a bfloat16 convolution with fewer than 16
channels per group wrongly: with 8 the relative error is 1.2. 16 or more, float16 and float32
are right, and so are other processors and backends. Which processor a saved model will run on
is not known when its graph is made, so such a convolution is computed in float32 everywhere.
"""

import keras
from keras import ops

LEAST_CHANNELS = 16


def conv_dtype(dtype, *, channels):
    """Returns the dtype in which to convolve numbers of `dtype`, as a string.

    Args:
        dtype: Dtype of a tensor, or a layer's compute dtype.
        channels: Int > 0, channels in or out per group, whichever are fewer.
    """
    dtype = keras.backend.standardize_dtype(dtype)
    few = channels < LEAST_CHANNELS and keras.backend.backend() == "tensorflow"
    return "float32" if few and dtype == "bfloat16" else dtype


def conv(x, *, kernel, **kwargs):
    """Returns `keras.ops.conv(x, kernel)` in the dtype of `x`, computed in `conv_dtype`.

    Args:
        x: `(batch, steps, channels)`, or `(batch, frames, freqs, channels)`.
        kernel: `(*sizes, channels, channels out)`, in the dtype of `x`.
        **kwargs: Further arguments of `keras.ops.conv`.
    """
    dtype = conv_dtype(x.dtype, channels=min(kernel.shape[-2:]))
    y = ops.conv(ops.cast(x, dtype), ops.cast(kernel, dtype), **kwargs)
    return ops.cast(y, x.dtype)
