"""Short-time Fourier transform of frames, by FFT or by kernels, its inverse, and windows.

Windows are computed in the same steps and the same precision as in `tf.signal`. On TensorFlow
they equal its windows to the last bit. A window computed in float64 is closer to the formula
by 2e-7, which changes a bin that contains only rounding errors by 1 dB.
"""

import math

from keras import ops

from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.fourier import irfft, rfft
from kapre_like.ops.framing import fit, overlap_add
from kapre_like.ops.sizes import known


def fft_frames(frames, *, window):
    """Returns the Fourier transform of windowed frames by real FFT.

    Args:
        frames: Float tensor `(..., frames, n_fft)`.
        window: Float tensor or array `(n_fft,)` of the same dtype.

    Returns:
        Pair `(real, imag)`, each `(..., frames, n_fft // 2 + 1)`.
    """
    return rfft(ops.multiply(frames, window))


def fft_short_frames(frames, *, window, n_fft):
    """Returns the Fourier transform of windowed frames whose length is not `n_fft`.

    A shorter frame is padded with zeros at its end; the window is not centered. Of a longer
    frame the first `n_fft` samples are used.

    Args:
        frames: Float tensor `(..., frames, win_length)`.
        window: Float tensor or array `(win_length,)` of the same dtype.
        n_fft: Int > 0.

    Returns:
        Pair `(real, imag)`, each `(..., frames, n_fft // 2 + 1)`.
    """
    if known(frames, -2) == 0:
        return tuple(part[..., :0, :] for part in rfft(fit(_one_frame(frames), length=n_fft)))
    return rfft(fit(ops.multiply(frames, window), length=n_fft))


def _one_frame(x):
    """Appends a frame of zeros, because PyTorch does not transform an empty tensor."""
    return ops.pad(x, [(0, 0)] * (len(x.shape) - 2) + [(0, 1), (0, 0)])


def inverse_short_frames(real, imag, *, window, n_fft, hop_length):
    """Returns the overlap-added inverse transforms, cut to the window and multiplied by it.

    Args:
        real: Float tensor `(batch, channels, frames, n_fft // 2 + 1)`.
        imag: Float tensor of the same shape.
        window: Float tensor or array `(win_length,)` of the same dtype: the synthesis window,
            which inverts the analysis window. If it is longer than `n_fft`, its end is
            multiplied by zeros.
        n_fft: Int > 0.
        hop_length: Int > 0, samples between frames.

    Returns:
        `(batch, channels, (frames - 1) * hop_length + win_length)`.
    """
    none = known(real, -2) == 0
    real, imag = (_one_frame(part) if none else part for part in (real, imag))
    frames = fit(irfft(real, imag, n_fft=n_fft), length=window.shape[0])
    frames = frames[..., :0, :] if none else frames
    return overlap_add(ops.multiply(frames, window), hop_length=hop_length)


def kernel_frames(frames, *, kernel_real, kernel_imag):
    """Returns the products of frames with two kernels, which may be learned.

    The kernels `window * cos` and `-window * sin` give the same transform as `fft_frames`.

    Args:
        frames: Float tensor `(..., frames, n_fft)`.
        kernel_real: Float tensor `(n_fft, freqs)` of the same dtype.
        kernel_imag: Float tensor `(n_fft, freqs)` of the same dtype.

    Returns:
        Pair `(real, imag)`, each `(..., frames, freqs)`.
    """
    # One product, because it and its gradient then read the frames only once.
    both = apply_matrix(frames, matrix=ops.concatenate([kernel_real, kernel_imag], axis=1))
    return tuple(ops.split(both, 2, axis=-1))


def inverse_stft(real, imag, *, window, n_fft, hop_length, center, length, mask, like=None):
    """Returns the waveform whose transform is closest to the given one in least squares.

    `y[n] = sum_t w[n - t h] * frame_t[n - t h] / sum_t w[n - t h] ** 2`, 0 where the
    denominator vanishes.

    Args:
        real: Float tensor `(batch, channels, frames, freqs)`.
        imag: Float tensor of the same shape.
        window: Array `(n_fft,)` of the same dtype.
        n_fft: Int > 0, samples per frame.
        hop_length: Int > 0, samples between frames.
        center: Whether `n_fft // 2` samples are cut off at both ends.
        length: Int >= 0, samples to return (cut, or padded with zeros), or `None` for all
            samples that the frames cover.
        mask: Boolean `(batch, frames)`, or `None`. Frames where it is false add nothing.
        like: Tensor `(batch, samples, ...)` that sets the number of samples to return instead
            of `length`, or `None`.

    Returns:
        `(batch, channels, samples)`.

    Source: D. Griffin, J. Lim, Signal estimation from modified short-time Fourier
        transform, 1984, equation 6.
    """
    frames = ops.multiply(irfft(real, imag, n_fft=n_fft), window)
    weight = ops.ones_like(frames[:1, :1, :, :1])
    if mask is not None:
        valid = per_frame(mask, frames.dtype)
        # Not a product, because padding may contain NaN.
        frames, weight = ops.where(valid > 0, frames, ops.zeros_like(frames)), valid
    x = overlap_add(frames, hop_length=hop_length)
    x = x * overlap_gain(weight, window=window, hop_length=hop_length)
    side = n_fft // 2 if center else 0
    return trim(x, side=side, length=length) if like is None else _as_long(x, like, side)


def _as_long(x, like, side):
    """Returns the samples after the first `side`, cut or padded to the length of `like`."""
    row = like[:1]
    while len(row.shape) > 2:
        row = row[..., 0]
    zeros = ops.zeros_like(x[:, :, :1]) + ops.zeros_like(ops.expand_dims(row, 1), dtype=x.dtype)
    x = ops.concatenate([x[:, :, side:], zeros], axis=2)
    return x[:, :, : ops.shape(like)[1]]


def per_frame(mask, dtype):
    """Casts a mask `(batch, frames)` to numbers `(batch, 1, frames, 1)`."""
    # Not `[:, None, :, None]`: LiteRT has no slice with two new axes.
    return ops.expand_dims(ops.expand_dims(ops.cast(mask, dtype), axis=1), axis=-1)


def overlap_gain(valid, *, window, hop_length):
    """Returns the gain that normalizes overlap-added windowed frames: `1 / sum_t w ** 2`.

    Args:
        valid: Float tensor `(batch, channels, frames, 1)`, 1 for valid frames, 0 for others.
        window: Array `(n_fft,)` of the same dtype.
        hop_length: Int > 0, samples between frames.

    Returns:
        `(batch, channels, samples)`, 0 where valid is no window.
    """
    weight = overlap_add(ops.multiply(valid, window * window), hop_length=hop_length)
    covered = weight > 1e-10
    return ops.where(covered, 1.0 / ops.where(covered, weight, ops.ones_like(weight)), 0.0)


def trim(x, *, side, length):
    """Cuts `side` samples off both ends, or returns `length` samples after the first `side`.

    Args:
        x: Tensor `(batch, channels, samples)`.
        side: Int >= 0.
        length: Int >= 0, samples to return (cut, or padded with zeros), or `None`.
    """
    if length is not None:
        return ops.pad(x, [(0, 0), (0, 0), (0, side + length)])[:, :, side : side + length]
    return x[:, :, side : ops.shape(x)[-1] - side]


def raised_cosine(length, *, level, periodic, dtype):
    """Returns `level - (1 - level) * cos(2 pi n / period)`, `(length,)`.

    The period is `length` if `length` is even and the window periodic, else `length - 1`. A
    window of odd length is therefore always symmetric.

    Args:
        length: Int > 0, samples.
        level: Number in 0 .. 1: 0.5 for a Hann window, 0.54 for a Hamming window.
        periodic: Whether the sample after the last would equal the first.
        dtype: Float dtype by name.
    """
    if length == 1:
        return ops.ones((1,), dtype=dtype)
    period = length if periodic and length % 2 == 0 else length - 1
    angle = 2.0 * math.pi * _samples(length, dtype) / float(period)
    # Rounded, because `tf.signal` uses the constant 0.46, and 1 - 0.54 is not exactly 0.46.
    return level - round(1.0 - level, 2) * ops.cos(angle)


def vorbis(length, *, dtype):
    """Returns `sin(pi / 2 * sin(pi * (n + 1 / 2) / length) ** 2)`, `(length,)`.

    Args:
        length: Int > 0, samples.
        dtype: Float dtype by name.
    """
    step = math.pi / ops.cast(length, dtype)
    rise = ops.power(ops.sin(step * (_samples(length, dtype) + 0.5)), 2.0)
    return ops.sin(math.pi / 2.0 * rise)


def dual(window, *, hop_length):
    """Returns the synthesis window that reconstructs a waveform from frames of `window`.

    It is `window` divided by the sum of the squares of all shifted windows, `(length,)`, and 0
    where this sum is 0. The ends of a signal, where fewer windows overlap, are not
    reconstructed.

    Args:
        window: Float tensor `(length,)`.
        hop_length: Int > 0, samples between windows.

    Source: D. Griffin, J. Lim, Signal estimation from modified short-time Fourier transform,
        1984, equation 7; `tf.signal.inverse_stft_window_fn`.
    """
    length = window.shape[0]
    rows = -(-length // hop_length)
    squares = ops.pad(ops.square(window), [(0, rows * hop_length - length)])
    sums = ops.sum(ops.reshape(squares, (rows, hop_length)), axis=0)
    sums = ops.tile(sums, rows)[:length]
    covered = sums > 0
    return ops.where(covered, window / ops.where(covered, sums, ops.ones_like(sums)), 0.0)


def _samples(length, dtype):
    return ops.cast(ops.arange(length), dtype)
