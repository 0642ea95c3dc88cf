"""Constant-Q transform: halvings of the rate, and frames times kernels at every rate."""

from keras import ops

from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.framing import frame, pad_waveform
from kapre_like.ops.masking import length_mask, zero_invalid


def halve(x, *, near, far, reach, tail):
    """Returns every second sample of low-pass filtered `x`, with a tail on both sides.

    Output sample `i` is at input position `2 * i - tail`. `x` is zero outside the clip.

    Args:
        x: Float tensor `(batch, channels, samples)`.
        near: Float array `(2 * n, n)` of the same dtype, see `filters.octave_filters`.
        far: Float array `(2 * n, n)`.
        reach: Int >= 0, half width of the low-pass filter in samples.
        tail: Int >= 0, input samples before and after the clip that the output covers.

    Returns:
        `(batch, channels, (samples + 1) // 2 + tail)`.
    """
    block = len(near)
    _, channels, samples = ops.shape(x)
    # One block more than the output needs, because each result is computed from two blocks.
    blocks = (samples + 2 * tail + 1) // block + 2
    x = ops.pad(x, [(0, 0), (0, 0), (reach + tail, tail + 1 + 2 * block - reach)])
    x = ops.reshape(x[:, :, : blocks * block], (-1, channels, blocks, block))
    y = apply_matrix(x[:, :, :-1], matrix=near) + apply_matrix(x[:, :, 1:], matrix=far)
    y = ops.reshape(y, (-1, channels, (blocks - 1) * (block // 2)))
    return y[:, :, : (samples + 1) // 2 + tail]


def cut(x, *, samples, length):
    """Returns `x` cut to `samples`, with zeros past each clip's end.

    Args:
        x: Float tensor `(batch, channels, ...)`.
        samples: Int or scalar tensor, samples of the longest clip.
        length: Int tensor `(batch,)`, samples per clip, or `None` if all clips have `samples`.
    """
    x = x[:, :, :samples]
    if length is None:
        return x
    mask = length_mask(x[:, 0], length=length)
    return zero_invalid(x, mask=ops.expand_dims(mask, axis=1))


def octave_frames(x, *, kernel, hop_length, left, phases, pad_mode, length, frames):
    """Returns the response of one octave's filters, `(batch, channels, frames, 2 * bins)`.

    Args:
        x: Float tensor `(batch, channels, samples)` at the octave's rate, zero past each
            clip's length.
        kernel: Float tensor `(size, phases * 2 * bins)`. Each frame of a group has the real
            parts first, then the imaginary parts.
        hop_length: Int > 0, samples between groups of frames.
        left: Int, samples that the first group needs before `x`. If negative, samples to drop
            at the start of `x`.
        phases: Int > 0, frames per group.
        pad_mode: `"constant"`, or `"reflect"` if `phases` is 1 and `size` is `2 * left`.
        length: Int tensor `(batch,)`, valid samples per clip, or `None` if all are valid.
        frames: Int or scalar tensor, number of frames to return.
    """
    size, columns = kernel.shape
    if pad_mode == "reflect":
        x = pad_waveform(x, n_fft=size, center=True, pad_mode=pad_mode, length=length)
    else:
        # One hop more than whole groups need, because the last group may be incomplete.
        x = x[:, :, max(0, -left) :]
        x = ops.pad(x, [(0, 0), (0, 0), (max(0, left), size + hop_length)])
    groups = frame(x, frame_length=size, hop_length=hop_length)
    y = apply_matrix(groups, matrix=kernel)
    if phases > 1:
        batch, channels, count, _ = ops.shape(y)
        y = ops.reshape(y, (batch, channels, count * phases, columns // phases))
    return y[:, :, :frames]


def joined_kernel(real, imag):
    """Joins two tensors `(size, phases, bins)` into one, `(size, phases * 2 * bins)`."""
    both = ops.concatenate([real, imag], axis=2)
    return ops.reshape(both, (both.shape[0], both.shape[1] * both.shape[2]))


def joined_octaves(octaves):
    """Joins octaves into a pair `(real, imag)`, each `(batch, channels, frames, n_bins)`.

    Args:
        octaves: List of outputs of `octave_frames`, the highest octave first.
    """
    bins = [y.shape[-1] // 2 for y in octaves]
    rising = list(zip(octaves, bins, strict=True))[::-1]
    real = ops.concatenate([y[..., :n] for y, n in rising], axis=-1)
    return real, ops.concatenate([y[..., n:] for y, n in rising], axis=-1)
