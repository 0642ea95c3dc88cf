"""What a convolution over the frames of a padded batch needs, so that each clip is itself."""

from keras import ops

from kapre_like.ops.sizes import greatest, known


def conv_mask(mask, *, kernel, stride, same):
    """Returns which frames of a convolution over time are those of the clip alone.

    Args:
        mask: Boolean `(batch, frames)`.
        kernel: Int > 0, frames that the kernel spans, dilation included.
        stride: Int > 0, frames.
        same: Whether there are `ceil(frames / stride)` of them, zeros beside the clip.

    Returns:
        Boolean `(batch, frames of the result)`. The first is always true: a clip too short
        for one is filled up with zeros.
    """
    mask = ops.cast(mask, "bool")
    first = ops.ones_like(ops.any(mask, axis=1, keepdims=True))
    needed = 0 if same else kernel - 1
    return ops.concatenate([first, mask[:, needed + stride :: stride]], axis=1)


def fill_frames(x, *, least):
    """Returns `x` with zeros at its end until it has `least` frames."""
    edges = [(0, 0)] * (len(x.shape) - 2)
    frames = known(x, 1)
    if frames is not None:
        missing = max(0, least - frames)
        return ops.pad(x, [(0, 0), (0, missing), *edges]) if missing else x
    wanted = greatest(ops.shape(x)[1], least)
    return ops.pad(x, [(0, 0), (0, least), *edges])[:, :wanted]


def same_sides(size, *, kernel, stride):
    """Returns the zeros before and after `size` values that Keras pads for `"same"`.

    The odd one stands after. If the stride is above 1, they depend on the size.

    Args:
        size: Int > 0.
        kernel: Int > 0, values that the kernel spans.
        stride: Int > 0.
    """
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def pad_clips(x, *, length, kernel, stride):
    """Returns `x` padded over time as each clip would be alone for `padding="same"`.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`, zero past each clip's length.
        length: Int tensor `(batch,)`, valid frames.
        kernel: Int > 0, frames that the kernel spans.
        stride: Int > 0, frames.

    Returns:
        `(batch, (ceil(frames / stride) - 1) * stride + kernel, freqs, channels)`.
    """
    most = (kernel - 1) // 2
    # As `same_sides`, for lengths that are tensors.
    length = ops.maximum(length, 1)
    before = ops.maximum(_reach(length, kernel, stride) - length, 0) // 2
    before = before[:, None, None, None]
    total = _reach(ops.shape(x)[1], kernel, stride)
    x = ops.pad(x, [(0, 0), (most, kernel + stride), (0, 0), (0, 0)])
    y = x[:, most : most + total]
    for shift in range(1, most + 1):
        y = ops.where(before == shift, x[:, most - shift : most - shift + total], y)
    return y


def _reach(frames, kernel, stride):
    """Frames from the first to the last that a kernel at every stride touches."""
    return ((frames + stride - 1) // stride - 1) * stride + kernel
