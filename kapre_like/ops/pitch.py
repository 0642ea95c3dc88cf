"""Pitch shifts with a ratio per example: resampling, then a phase vocoder.

The phase vocoder restores the duration.
"""

import math

import keras
import numpy as np
from keras import ops

from kapre_like.ops.fourier import irfft, rfft
from kapre_like.ops.framing import frame, overlap_add
from kapre_like.ops.masking import length_mask, zero_invalid
from kapre_like.ops.polar import one_for, phase, power, root, vanishes, zero_for
from kapre_like.ops.resampling import at_speed, speed_units
from kapre_like.ops.segments import rows_at
from kapre_like.ops.sizes import channels_last, channels_second
from kapre_like.ops.stft import overlap_gain

# A bin takes its phase from the loudest bin within this distance, the main lobe of a Hann
# window.
_NEIGHBORS = 3


def pitch_shifted(x, *, ratio, length, min_ratio, max_ratio, n_fft):
    """Multiplies all frequencies by each example's `ratio` and keeps the duration.

    The example is resampled to the speed `ratio`, and a phase vocoder stretches it by `ratio`.
    Frame `t` of the result has the magnitude of the faster example at frame `t / ratio`. Its
    phase advances by the phase difference of the neighboring frames there. The vocoder weakens
    sounds that are not steady tones, so the energy of each example is restored.
    The gradient flows through the magnitudes; the phases count as constants.

    Args:
        x: Float tensor `(batch, samples, channels)`, zero past each example's end.
        ratio: Float32 `(batch,)`.
        length: Int32 `(batch,)`, valid samples.
        min_ratio: Number, the smallest ratio that may be drawn.
        max_ratio: Number, the largest ratio that may be drawn.
        n_fft: Int > 0, divisible by 4, samples per frame.

    Source: J. Flanagan, R. Golden, Phase vocoder, 1966; J. Laroche, M. Dolson, Improved
        phase vocoder, 1999, for phases locked to the loudest bin.
    """
    hop, time = n_fft // 4, ops.shape(x)[1]
    # Frames past the end overlap it, so they are computed however short the padding is.
    frames = (time + n_fft) // hop + 1
    needed = (frames * math.ceil(1024 / min_ratio)) // 1024 + 3
    units = speed_units(ratio)
    faster = at_speed(x, units=units, count=needed * hop + n_fft // 2, max_speed=max_ratio)
    y = _slowed(faster, ratio=ratio, frames=frames, n_fft=n_fft)[:, :time]
    y = zero_invalid(y, mask=length_mask(y, length=length))
    energy = ops.cast(ops.reshape(ratio, (-1, 1, 1)), x.dtype) * _energy(faster)
    after = _energy(y)
    silent = vanishes(after)
    return y * root(zero_for(silent, energy) / one_for(silent, after))


def _energy(x):
    return ops.sum(x * x, axis=(1, 2), keepdims=True)


def _slowed(x, *, ratio, frames, n_fft):
    """Stretches `(batch, samples, channels)` to `frames` frames by the phase vocoder."""
    x = ops.pad(channels_second(x), [(0, 0), (0, 0), (n_fft // 2, 0)])
    window, hop = _hann(n_fft, x.dtype), n_fft // 4
    frames_of_x = frame(x, frame_length=n_fft, hop_length=hop)
    spectrum = rfft(ops.multiply(frames_of_x, window))
    real, imag = _stretched(*spectrum, ratio=ratio, frames=frames)
    parts = ops.multiply(irfft(real, imag, n_fft=n_fft), window)
    y = overlap_add(parts, hop_length=hop)
    valid = ops.ones_like(parts[:1, :1, :, :1])
    y = y * overlap_gain(valid, window=window, hop_length=hop)
    return channels_last(y[:, :, n_fft // 2 :])


def _hann(size, dtype):
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size)
    return window.astype(keras.backend.standardize_dtype(dtype))


def _stretched(real, imag, *, ratio, frames):
    """Returns the spectrum `(batch, channels, frames, freqs)` at the frames `t / ratio`."""
    step = ops.cast(ops.arange(frames, dtype="int32"), "float32")
    step = ops.expand_dims(step, 0) / ops.expand_dims(ratio, 1)
    at = ops.floor(step)
    near = ops.cast(ops.expand_dims(step - at, axis=(1, 3)), real.dtype)
    at = ops.cast(at, "int32")
    level, angle = power(real, imag, exponent=1), phase(real, imag)
    before, after = _frames_at(level, at), _frames_at(level, at + 1)
    turned = ops.stop_gradient(_turned(angle, at, before))
    level = (1.0 - near) * before + near * after
    return level * ops.cos(turned), level * ops.sin(turned)


def _turned(angle, at, level):
    """Returns the phase of each stretched frame: its own plus the phase added before it.

    If each bin added its own phase differences, the bins of one tone would drift apart.
    Therefore each bin adds the phase of the loudest bin near it.
    """
    own = _frames_at(angle, at)
    turn = _frames_at(angle, at + 1) - own
    # Wrapped to half a turn, so that the sum of many differences stays small.
    turn = turn - 2.0 * np.pi * ops.round(turn / (2.0 * np.pi))
    turn = ops.concatenate([angle[:, :, :1], turn[:, :, :-1]], axis=2)
    return own + _of_loudest(ops.cumsum(turn, axis=2) - own, level)


def _of_loudest(added, level):
    """Returns `added` at the loudest bin among each bin and `_NEIGHBORS` on either side."""
    bins = level.shape[3]
    edges = [(0, 0)] * 3 + [(_NEIGHBORS, _NEIGHBORS)]
    # Levels are at least 0, so the padding of -1 is never the loudest.
    levels, values = ops.pad(level, edges, constant_values=-1.0), ops.pad(added, edges)
    loudest, chosen = level, added
    for first in range(2 * _NEIGHBORS + 1):
        candidate = levels[..., first : first + bins]
        louder = candidate > loudest
        loudest = ops.where(louder, candidate, loudest)
        chosen = ops.where(louder, values[..., first : first + bins], chosen)
    return chosen


def _frames_at(x, at):
    """Returns frames `(batch, channels, n, freqs)` at each example's own positions."""
    return ops.swapaxes(rows_at(ops.swapaxes(x, 1, 2), at), 1, 2)
