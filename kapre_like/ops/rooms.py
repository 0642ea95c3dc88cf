"""Impulse responses of random box-shaped rooms, one per example, and reverberation.

Early reflections are image sources (Allen and Berkley, "Image method for efficiently simulating
small-room acoustics", JASA 65, 1979). Late ones are noise with the energy that the images have
on average: their number per second at time t is `4 pi c^3 t^2 / V`, each has the energy
`1 / (4 pi c t)^2`, and absorption takes 60 dB in `rt60` seconds. So the energy per second is
`c / (4 pi V) * 10^(-6 t / rt60)` (Kuttruff, "Room Acoustics", chapter 4).
"""

import itertools
import math

import numpy as np
from keras import ops

from kapre_like.ops.convolution import PIECES, convolve
from kapre_like.ops.lowering import over_clips
from kapre_like.ops.mixing import energy, gain_to

# m/s, in air of 20 degrees Celsius.
SPEED_OF_SOUND = 343.0
# Half the taps of the kernel that places an image between two samples. A sinc under a Hann
# window of 16 taps is flat within 0.1 dB up to three quarters of half the rate. Linear
# interpolation loses 3 dB at half of half the rate.
REACH = 8
# Natural logarithm of the energy ratio that is 60 dB.
_DECAY = 6 * math.log(10.0)
# Meters between a wall and a source or microphone.
WALL_DISTANCE = 0.3
# Minimum seconds from the direct sound to the time when all sound is noise.
_EARLIEST_MIX = 0.005


def image_table(max_order):
    """Returns the images of a source up to a number of reflections.

    Returns:
        `(shift, flip, order)`, int arrays `(images, 3)`, `(images, 3)` and `(images,)`. Image
        coordinates are `2 * shift * size + (1 - 2 * flip) * source`. The first image is the
        source.
    """
    axis = [(m, q, abs(m - q) + abs(m)) for m in range(-max_order, max_order + 1)
            for q in (0, 1)]  # fmt: skip
    axis = sorted((one for one in axis if one[2] <= max_order), key=lambda one: one[2])
    rows = [row for row in itertools.product(axis, repeat=3)
            if sum(one[2] for one in row) <= max_order]  # fmt: skip
    table = np.array(rows)
    return table[..., 0], table[..., 1], table[..., 2].sum(axis=1)


def places(size, *, distance, direction, position):
    """Returns the positions of a source and a microphone in each room.

    Args:
        size: Float tensor `(batch, 3)`, meters.
        distance: Float tensor `(batch,)`, meters. If the room is too small in this direction,
            the largest distance that fits is used.
        direction: Float tensor `(batch, 3)`, vectors of any length above 0.
        position: Float tensor `(batch, 3)` in 0 .. 1, relative position of the pair in the
            room.

    Returns:
        Pair of tensors `(batch, 3)`, meters, at least `WALL_DISTANCE` from each wall.
    """
    room = size - 2 * WALL_DISTANCE
    norm = ops.sqrt(ops.sum(ops.square(direction), axis=1, keepdims=True) + 1e-12)
    unit = direction / norm
    longest = _smallest(room / ops.maximum(ops.abs(unit), 1e-3))
    step = unit * ops.expand_dims(ops.minimum(distance, longest), axis=-1)
    corner = WALL_DISTANCE + position * ops.maximum(room - ops.abs(step), 0.0)
    source = corner + ops.maximum(-step, 0.0)
    return source, source + step


def wall_reflection(size, *, rt60):
    """Returns the share of the sound pressure that a wall reflects, `(batch,)`.

    It is the solution of Eyring's formula `rt60 = 6 ln(10) * 4 V / (-c S ln(reflection^2))`.
    """
    volume, surface = _volume(size), _surface(size)
    return ops.exp(-_DECAY * 2.0 * volume / (SPEED_OF_SOUND * surface * rt60))


def images(size, *, source, microphone, reflection, max_order):
    """Returns the distance (meters) and the amplitude of each image, `(batch, images)`."""
    shift, flip, order = (ops.convert_to_tensor(n.astype("float32"))
                          for n in image_table(max_order))  # fmt: skip
    size, source, microphone = (ops.expand_dims(p, axis=1) for p in (size, source, microphone))
    offset = 2.0 * shift * size + (1.0 - 2.0 * flip) * source - microphone
    distance = ops.sqrt(ops.sum(ops.square(offset), axis=-1) + 1e-12)
    lost = ops.power(ops.expand_dims(reflection, axis=-1), order)
    return distance, lost / (4.0 * math.pi * distance)


def room_response(size, *, source, microphone, rt60, noise, sample_rate, max_order):
    """Returns impulse responses whose direct sound is at sample `REACH`.

    Args:
        size: Float tensor `(batch, 3)`, meters.
        source: Float tensor `(batch, 3)`, meters.
        microphone: Float tensor `(batch, 3)`, meters.
        rt60: Float tensor `(batch,)`, seconds.
        noise: Float tensor `(batch, taps)` of standard deviation 1, for the late reflections.
        sample_rate: Int > 0, Hz.
        max_order: Int > 0, maximum number of reflections of an image.

    Returns:
        `(batch, taps)`, in 1 / meters: the direct sound has `1 / (4 pi distance)`.
    """
    reflection = wall_reflection(size, rt60=rt60)
    distance, amplitude = images(
        size, source=source, microphone=microphone, reflection=reflection, max_order=max_order
    )
    arrival, direct = distance / SPEED_OF_SOUND, distance[:, :1] / SPEED_OF_SOUND
    mix = _mixing_time(size, direct, max_order)
    # The direct sound is never replaced by noise, however late it is.
    late = _late_share(arrival, mix) * ops.cast(arrival > direct, arrival.dtype)
    position = (arrival - direct) * sample_rate + float(REACH)
    taps = ops.shape(noise)[1]
    early = _at_positions(position, amplitude * ops.sqrt(1.0 - late + 1e-12), taps)
    return early + _diffuse(size, direct, rt60, mix, noise, sample_rate)


def _mixing_time(size, direct, max_order):
    """Returns the time in seconds up to which no image is missing, `(batch, 1)`.

    The first missing image has `max_order + 1` reflections between the two nearest walls.
    """
    complete = max_order * ops.expand_dims(_smallest(size), axis=-1) / SPEED_OF_SOUND
    return ops.maximum(complete, direct + _EARLIEST_MIX)


def _late_share(time, mix):
    """Returns the share of noise energy: 0 up to half the mixing time, 1 from it on."""
    return ops.clip(2.0 * time / mix - 1.0, 0.0, 1.0)


def _diffuse(size, direct, rt60, mix, noise, sample_rate):
    taps = ops.shape(noise)[1]
    index = ops.expand_dims(ops.arange(taps, dtype="float32"), axis=0)
    time = direct + (index - float(REACH)) / sample_rate
    density = SPEED_OF_SOUND / (4.0 * math.pi * _volume(size) * sample_rate)
    share = ops.expand_dims(density, axis=-1) * _late_share(time, mix)
    decay = ops.exp(-0.5 * _DECAY * time / ops.expand_dims(rt60, axis=-1))
    return noise * ops.sqrt(share) * decay


def _at_positions(position, amplitude, taps):
    """Returns the sum of pulses between samples, `(batch, taps)`.

    Args:
        position: Float tensor `(batch, pulses)`, in samples.
        amplitude: Float tensor `(batch, pulses)`.
        taps: Int > 0. Pulses outside these taps are omitted.
    """
    whole = ops.floor(position)
    offset = ops.convert_to_tensor(np.arange(1 - REACH, REACH + 1, dtype="float32"))
    lag = offset - ops.expand_dims(position - whole, axis=-1)
    pulse = ops.expand_dims(amplitude, axis=-1) * _windowed_sinc(lag)
    index = ops.cast(ops.expand_dims(whole, axis=-1) + offset, "int32")
    inside = ops.logical_and(index >= 0, index < taps)
    pulse = ops.where(inside, pulse, 0.0)
    batch = ops.shape(position)[0]
    row = ops.reshape(ops.arange(batch, dtype="int32"), (-1, 1, 1)) * taps
    flat = ops.segment_sum(
        ops.reshape(pulse, (-1,)),
        ops.reshape(row + ops.clip(index, 0, taps - 1), (-1,)),
        num_segments=batch * taps,
    )
    return ops.reshape(flat, (-1, taps))


def _windowed_sinc(lag):
    turn = math.pi * lag
    near = ops.abs(turn) < 1e-4
    sinc = ops.where(near, 1.0, ops.sin(turn) / ops.where(near, 1.0, turn))
    return sinc * (0.5 + 0.5 * ops.cos(ops.clip(turn / REACH, -math.pi, math.pi)))


def _smallest(sides):
    """Returns the smallest of three sides, `(batch,)`; `ops.min` fails on an empty batch."""
    return ops.minimum(ops.minimum(sides[:, 0], sides[:, 1]), sides[:, 2])


def _volume(size):
    return size[:, 0] * size[:, 1] * size[:, 2]


def _surface(size):
    x, y, z = size[:, 0], size[:, 1], size[:, 2]
    return 2.0 * (x * y + y * z + z * x)


def reverberate(x, *, kernel, delay, length):
    """Convolves `x` with a kernel per example and restores the level of `x`.

    Args:
        x: Float tensor `(batch, samples, channels)`, zero past each end.
        kernel: Float tensor `(batch, taps)`.
        delay: Int >= 0, index of the tap that leaves the signal at its place.
        length: int32 `(batch,)`, valid samples.
    """

    def changed(x, kernel, length):
        return with_level_of(x, y=convolve(x, kernel=kernel, delay=delay), length=length)

    return over_clips(changed, x, kernel, length, max_pieces=PIECES)


def with_level_of(x, *, y, length):
    """Scales `y` to the energy of `x`, both measured on the valid samples.

    Args:
        x: Float tensor `(batch, samples, channels)`, zero past each end.
        y: Float tensor of the same shape.
        length: int32 `(batch,)`, valid samples.
    """
    gain = gain_to(energy(x), present=energy(y, length=length))
    return y * ops.reshape(gain, (-1, 1, 1))
