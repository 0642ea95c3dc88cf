"""Band-limited resampling along samples as matrix products."""

import numpy as np
from keras import ops

from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.framing import frame


def resample(x, *, resampler, count):
    """Returns `x` at another rate.

    No window of the input is copied for each output: the input lies in blocks that do not
    overlap, and a block of output is one product with this block and one with the next.

    Args:
        x: Float tensor `(batch, channels, samples)`; beside the clip lie zeros.
        resampler: What `filters.resampling.resampler` returns.
        count: Samples of the result, an int or an int tensor.

    Returns:
        `(batch, channels, count)`.
    """
    make = _two_blocks if resampler.starts is None else _chunks
    y = make(x, resampler)
    batch, channels, blocks, outputs = ops.shape(y)
    y = ops.reshape(y, (batch, channels, blocks * outputs))
    return y[:, :, :count]


def resampled_lengths(length, *, source, target):
    """Returns `ceil(length * target / source)` of ints or int tensors, without overflow."""
    whole, rest = length // source, length % source
    return whole * target + (rest * target + source - 1) // source


def resampled_mask(mask, *, source, target):
    """Returns which samples of the result are valid.

    Output sample `j` is if `j < length * target / source`, that is, if input sample
    `j * source // target` is.

    Args:
        mask: Boolean `(batch, samples)`.
        source: Int > 0, samples in per period.
        target: Int > 0, samples out per period.
    """
    batch, samples = ops.shape(mask)
    periods = samples // source + 1
    mask = ops.pad(ops.cast(mask, "int32"), [(0, 0), (0, source)])[:, : periods * source]
    index = (np.arange(target) * source // target).astype("int32")
    valid = ops.take(ops.reshape(mask, (batch, periods, source)), index, axis=2)
    valid = ops.reshape(valid, (batch, periods * target)) > np.int32(0)
    return valid[:, : resampled_lengths(samples, source=source, target=target)]


def _two_blocks(x, resampler):
    """Blocks of output from pairs of neighbouring blocks of input."""
    source = resampler.source
    batch, channels, samples = ops.shape(x)
    blocks = samples // source + 1
    edges = (resampler.reach, 2 * source - resampler.reach)
    x = ops.pad(x, [(0, 0), (0, 0), edges])[:, :, : (blocks + 1) * source]
    x = ops.reshape(x, (batch, channels, blocks + 1, source))
    kernel = ops.convert_to_tensor(resampler.kernels[0], dtype=x.dtype)
    this = apply_matrix(x[:, :, :-1], matrix=kernel[:source])
    return this + apply_matrix(x[:, :, 1:], matrix=kernel[source:])


def _chunks(x, resampler):
    """Blocks of output from windows into long blocks of input."""
    chunks, window, _ = resampler.kernels.shape
    length = int(resampler.starts[-1]) + window
    more = max(length, resampler.source) - resampler.reach
    x = ops.pad(x, [(0, 0), (0, 0), (resampler.reach, more)])
    frames = frame(x, frame_length=length, hop_length=resampler.source)
    index = (resampler.starts[:, None] + np.arange(window)).astype("int32")
    windows = ops.take(frames, index, axis=-1)
    kernels = ops.convert_to_tensor(resampler.kernels, dtype=x.dtype)
    y = ops.einsum("nctkw,kwo->nctko", windows, kernels)
    batch, channels, blocks, _, outputs = ops.shape(y)
    y = ops.reshape(y, (batch, channels, blocks, chunks * outputs))
    return y[..., : resampler.target]
