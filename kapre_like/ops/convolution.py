"""Convolutions: in a safe dtype, over padded batches, and by Fourier transforms.

On processors with AMX, TensorFlow 2.21 computes a bfloat16 convolution with fewer than 16
channels per group wrongly: with 8 the relative error is 1.2. Results are right with 16 or more
channels, in float16 and float32, and on other processors and backends. The processor on which
a saved model will run is unknown when its graph is traced, so `conv` computes such a
convolution in float32 everywhere.
"""

import functools

import keras
import numpy as np
from keras import ops

from kapre_like.ops.fourier import transforms
from kapre_like.ops.sizes import channels_last, channels_second, greatest, known

MIN_CHANNELS = 16


def conv_dtype(dtype, *, channels):
    """Returns the dtype in which to convolve tensors of `dtype`, as a string.

    Args:
        dtype: Dtype of a tensor, or a layer's compute dtype.
        channels: Int > 0, the smaller number of input and output channels per group.
    """
    dtype = keras.backend.standardize_dtype(dtype)
    few = channels < MIN_CHANNELS and keras.backend.backend() == "tensorflow"
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


def conv_mask(mask, *, kernel, stride, same):
    """Returns the mask of the frames that a convolution over time computes from valid frames.

    Args:
        mask: Boolean `(batch, frames)`.
        kernel: Int > 0, frames that the kernel spans, dilation included.
        stride: Int > 0, frames.
        same: Whether the padding is `"same"`: `ceil(frames / stride)` output frames, with
            zeros outside the clip.

    Returns:
        Boolean `(batch, output frames)`. The first frame is always valid: a clip too short
        for one output frame is padded with zeros.
    """
    mask = ops.cast(mask, "bool")
    first = ops.ones_like(ops.any(mask, axis=1, keepdims=True))
    needed = 0 if same else kernel - 1
    return ops.concatenate([first, mask[:, needed + stride :: stride]], axis=1)


def fill_frames(x, *, min_frames):
    """Pads `x` with zeros at its end to at least `min_frames` frames."""
    edges = [(0, 0)] * (len(x.shape) - 2)
    frames = known(x, 1)
    if frames is not None:
        missing = max(0, min_frames - frames)
        return ops.pad(x, [(0, 0), (0, missing), *edges]) if missing else x
    wanted = greatest(ops.shape(x)[1], min_frames)
    return ops.pad(x, [(0, 0), (0, min_frames), *edges])[:, :wanted]


def same_sides(size, *, kernel, stride):
    """Returns how many zeros Keras pads before and after `size` values for `"same"`.

    If the total is odd, the extra zero is at the end. With a stride above 1 the numbers depend
    on the size.

    Args:
        size: Int > 0.
        kernel: Int > 0, values that the kernel spans.
        stride: Int > 0.
    """
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def pad_clips(x, *, length, kernel, stride):
    """Pads `x` over time as `padding="same"` would pad each clip alone.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`, zero past each clip's length.
        length: Int tensor `(batch,)`, valid frames.
        kernel: Int > 0, frames that the kernel spans.
        stride: Int > 0, frames.

    Returns:
        `(batch, (ceil(frames / stride) - 1) * stride + kernel, freqs, channels)`.
    """
    max_before = (kernel - 1) // 2
    # The same as `same_sides`, for lengths that are tensors.
    length = ops.maximum(length, 1)
    before = ops.maximum(_reach(length, kernel, stride) - length, 0) // 2
    before = before[:, None, None, None]
    total = _reach(ops.shape(x)[1], kernel, stride)
    x = ops.pad(x, [(0, 0), (max_before, kernel + stride), (0, 0), (0, 0)])
    y = x[:, max_before : max_before + total]
    for shift in range(1, max_before + 1):
        y = ops.where(before == shift, x[:, max_before - shift : max_before - shift + total], y)
    return y


def _reach(frames, kernel, stride):
    """Returns the number of frames that the kernel covers over all its positions."""
    return ((frames + stride - 1) // stride - 1) * stride + kernel


_LARGEST_SIZE = 2**30
# Ratio of block to kernel length: the maximum, and the value for a signal of unknown length.
_MOST_PARTS, _PARTS_IF_UNKNOWN = 16, 6
# For `lowering.over_clips`: with eight pieces the long transforms take 1.5 times as long.
PIECES = 4


def convolve(x, *, kernel, delay):
    """Returns `y[t] = sum_k kernel[k] x[t + delay - k]`, one value per sample of `x`.

    `x` is zero outside its samples.

    Args:
        x: Float tensor `(batch, samples, channels)`.
        kernel: Float tensor `(batch, taps)`, or `(1, taps)` for one kernel for all examples.
        delay: Int >= 0, index of the tap that leaves the signal at its place.

    Returns:
        Float tensor, shape and dtype of `x`.
    """
    x = channels_second(x)
    kernel = ops.expand_dims(kernel, axis=1)
    samples, taps = ops.shape(x)[-1], ops.shape(kernel)[-1]
    parts = _parts(samples + delay, taps)
    make = _in_one if parts == 1 else _in_blocks
    # An empty clip is computed as one block of zeros.
    y = make(x, kernel, greatest(samples + delay, 1), parts)
    return channels_last(y[..., delay : delay + samples])


def _parts(count, taps):
    """Returns the ratio of transform to kernel length; 1 for a single transform.

    Each block needs a forward and an inverse transform, and the kernel needs one transform for
    all blocks. The cost of a transform is taken as its size.
    """
    if not isinstance(count, int):
        return _PARTS_IF_UNKNOWN
    overlap = fft_size(taps)
    cost = {1: 3 * fft_size(count + taps - 1)}
    for parts in range(2, _MOST_PARTS + 1):
        blocks = -(-count // ((parts - 1) * overlap))
        cost[parts] = (2 * blocks + 1) * parts * overlap
    return min(cost, key=cost.get)


def _in_one(x, kernel, count, parts):  # noqa: ARG001
    """Returns at least the first `count` samples of the convolution, by one transform."""
    return _product(x, kernel, fft_size(count + ops.shape(kernel)[-1] - 1))


def _in_blocks(x, kernel, count, parts):
    """Returns the same by transforms of overlapping blocks, and drops the overlap.

    This is the overlap-save method: Oppenheim and Schafer, "Discrete-Time Signal Processing",
    chapter 8.
    """
    overlap = fft_size(ops.shape(kernel)[-1])
    hop = (parts - 1) * overlap
    batch, channels, samples = ops.shape(x)
    blocks = (count + hop - 1) // hop
    x = ops.pad(x, [(0, 0), (0, 0), (0, blocks * hop - samples)])
    x = ops.reshape(x, (batch, channels, blocks, hop))
    before = ops.pad(x[:, :, :-1, -overlap:], [(0, 0), (0, 0), (1, 0), (0, 0)])
    x = ops.concatenate([before, x], axis=-1)
    y = _product(x, ops.expand_dims(kernel, axis=2), parts * overlap)[..., overlap:]
    return ops.reshape(y, (batch, channels, blocks * hop))


def _product(x, kernel, size):
    """Returns the circular convolution along the last axis, `(..., size)`."""
    forward, inverse = transforms(size, dtype=x.dtype)
    product = complex_product(forward(_padded(x, size)), forward(_padded(kernel, size)))
    return inverse(*product)


def complex_product(a, b):
    """Returns the product of two complex numbers, each a pair `(real, imag)`."""
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def fft_size(min_size):
    """Returns the smallest even product of powers of 2, 3 and 5 that is at least `min_size`.

    Args:
        min_size: Int > 0.
    """
    sizes = _sizes()
    return int(sizes[np.searchsorted(sizes, min_size)])


@functools.cache
def _sizes():
    """Returns all sizes in increasing order, int32."""
    powers = [np.array([float(base) ** n for n in range(31)]) for base in (2, 3, 5)]
    products = 2 * np.multiply.outer(np.multiply.outer(*powers[:2]), powers[2]).ravel()
    return np.sort(products[products <= _LARGEST_SIZE]).astype("int32")


def _padded(x, size):
    """Pads `x` with zeros at its end to `(..., size)`."""
    if x.shape[-1] == size:
        return x
    more = size - ops.shape(x)[-1]
    return ops.pad(x, [*[(0, 0)] * (len(x.shape) - 1), (0, more)])
