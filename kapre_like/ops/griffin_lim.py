"""Griffin-Lim: a waveform from a magnitude spectrum, with phases found iteratively."""

import keras
import numpy as np
from keras import ops

from kapre_like.ops.fourier import transforms
from kapre_like.ops.framing import frame, overlap_add
from kapre_like.ops.masking import sample_mask, zero_invalid
from kapre_like.ops.polar import one_for, vanishes, zero_for
from kapre_like.ops.stft import overlap_gain, per_frame, trim

# Rows of the two tables of random angles. Sums of one row of each repeat only after 63 * 64
# frames. The angle of a frame and bin depends on their numbers alone.
_ROWS = (63, 64)
# Nenov's gamma - 1 at momentum 1, and beta. They reduce the error after 32 iterations by a
# fifth (0.076 instead of 0.092, 0.045 instead of 0.059 on spoken digits, 512/128 and 1024/256).
_RELAXATION, _LOOK_AHEAD = 0.25, 1.1


def random_angles(seed, n_freqs):
    """Returns two arrays of angles in radians, `(63, n_freqs)` and `(64, n_freqs)`."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.0, 2.0 * np.pi, (rows, n_freqs)) for rows in _ROWS]


def griffin_lim(
    magnitude, *, angles, window, hop_length, center, length, n_iter, momentum, mask
):
    """Returns a waveform whose magnitude spectrum approximates the given one.

    Each iteration computes the waveform of the magnitudes with the current phases, and its
    spectrum `X`. Without momentum the new phases are those of `X`. With momentum they are
    those of `t + momentum * (t - t_before)`, where `t = X + g (X - d)`, and the next iteration
    uses `d = t + b (t - t_before)`.

    Args:
        magnitude: Float tensor `(batch, channels, frames, freqs)`, >= 0.
        angles: Output of `random_angles`, or `None` to start from phase 0.
        window: Array `(n_fft,)` of the same dtype.
        hop_length: Int > 0, samples between frames.
        center: Whether `n_fft // 2` samples are cut off at both ends.
        length: Int >= 0, samples to return (cut, or padded with zeros), or `None` for all
            samples that the frames cover.
        n_iter: Int > 0, iterations.
        momentum: Float in 0 .. 1.
        mask: Boolean `(batch, frames)`, or `None`. Frames where it is false add nothing.

    Returns:
        `(batch, channels, samples)`.

    Source: D. Griffin, J. Lim, Signal estimation from modified short-time Fourier
        transform, 1984; N. Perraudin, P. Balazs, P. Sondergaard, A fast Griffin-Lim
        algorithm, 2013; R. Nenov, D.-K. Nguyen, P. Balazs, R. Bot, Accelerated Griffin-Lim
        algorithm, 2023.
    """
    n_fft, dtype = len(window), magnitude.dtype
    side = n_fft // 2 if center else 0
    window = ops.convert_to_tensor(window)
    forward, inverse = transforms(n_fft, dtype=dtype)
    row = ops.ones_like(magnitude[:1, 0, :, 0], dtype="bool") if mask is None else mask
    if mask is not None:
        magnitude = ops.moveaxis(magnitude, 2, 1)
        magnitude = ops.moveaxis(zero_invalid(magnitude, mask=mask), 1, 2)
    gain = overlap_gain(per_frame(row, dtype), window=window, hop_length=hop_length)
    gain = gain * _inside(gain, row, n_fft, hop_length, center, length)

    def waveform(real, imag):
        return overlap_add(inverse(real, imag) * window, hop_length=hop_length) * gain

    real, imag = _start(magnitude, angles)
    before = None
    for _ in range(n_iter):
        frames = frame(waveform(real, imag), frame_length=n_fft, hop_length=hop_length)
        point, before = _beyond(forward(frames * window), before, momentum)
        real, imag = _of_magnitude(magnitude, *point)
    return trim(waveform(real, imag), side=side, length=length)


def _inside(gain, row, n_fft, hop_length, center, length):
    """Returns 1 for samples of the result, 0 for the padding of the centered transform."""
    side = n_fft // 2 if center else 0
    if length is not None:
        position = ops.cumsum(ops.ones_like(gain[:1, :, :], dtype="int32"), axis=2) - side
        return ops.cast((position > 0) & (position <= length), gain.dtype)
    extra = n_fft - 2 * side
    inside = ops.cast(sample_mask(row, hop_length=hop_length, extra=extra), gain.dtype)
    return ops.expand_dims(ops.pad(inside, [(0, 0), (side, side)]), axis=1)


def _start(magnitude, angles):
    """Returns the magnitude with its initial angles as a pair `(real, imag)`."""
    if angles is None:
        return magnitude, ops.zeros_like(magnitude)
    position = ops.cumsum(ops.ones_like(magnitude[0, 0, :, 0], dtype="int32"), axis=0) - 1
    dtype = keras.backend.standardize_dtype(magnitude.dtype)
    angle = sum(
        ops.take(ops.convert_to_tensor(table, dtype=dtype), position % len(table), axis=0)
        for table in angles
    )
    return magnitude * ops.cos(angle), magnitude * ops.sin(angle)


def _beyond(got, before, momentum):
    """Returns the point whose phases are used, and the state for the next iteration."""
    if momentum == 0:
        return got, None
    if before is None:
        return got, (got, got)
    points, now, ahead = [], [], []
    for x, last, behind in zip(got, *before, strict=True):
        t = x + _RELAXATION * momentum * (x - behind)
        points.append(t + momentum * (t - last))
        now.append(t)
        ahead.append(t + _LOOK_AHEAD * (t - last))
    return points, (now, ahead)


def _of_magnitude(magnitude, real, imag):
    """Returns the pair scaled to a magnitude; 0 with gradient 0 where the pair vanishes."""
    vanished = vanishes(real * real + imag * imag)
    # Scaled to about 1, where the gradient of the root of a square does not overflow.
    size = one_for(vanished, ops.stop_gradient(ops.abs(real) + ops.abs(imag)))
    real, imag = real / size, imag / size
    scale = magnitude * ops.rsqrt(one_for(vanished, real * real + imag * imag))
    scale = zero_for(vanished, scale)
    return scale * real, scale * imag
