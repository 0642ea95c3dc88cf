"""Reverberation of random simulated rooms as a layer. Arithmetic: `ops.rooms`."""

import math

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.rooms import REACH, WALL_DISTANCE, places, reverberate, room_response

# 20 reflections have 11,521 images. More images cost more than the convolution.
_MAX_ORDER = 20


@keras.saving.register_keras_serializable(package="kapre_like")
class SimulatedRoom(Augmentation):
    """Convolves each example with the response of a random box-shaped room.

    The size of the room, its reverberation time, the positions and the late reflections are
    drawn for each example, and the response is computed inside the graph. Early reflections
    are image sources with up to `max_order` reflections. All walls absorb alike. Later
    reflections are noise that decays at the same rate; `ops.rooms` has the formulas. The
    reverberation time excludes the direct sound.

    The direct sound is not delayed. The result has the length and the energy of the example,
    and the reverberation past its end is cut off. All channels are convolved with the same
    response. At inference the result is the input.

    `y[n] = c * sum_k h[k] * x[n + k0 - k]`, where `k0` is the index of the direct sound in `h`
    and `c` restores the energy. The early part of the response is
    `h(t) = sum_i r ** order[i] / (4 * pi * d[i]) * delta(t - d[i] / 343)` over the images `i`
    at the distances `d[i]` in meters, and the walls reflect the share
    `r = 10 ** (-12 * volume / (343 * surface * rt60))` of the sound pressure.

    Args:
        sample_rate: Int > 0, Hz, of the input.
        min_size: List of 3 numbers > 0.6, meters: the smallest length, width and height. Source
            and microphone are at least 0.3 m away from the walls.
        max_size: List of 3 numbers, meters: the largest, each at least that of `min_size`.
        min_rt60: Number > 0, seconds, the shortest reverberation time: the time in which the
            energy decays by 60 dB.
        max_rt60: Number >= `min_rt60`, seconds, the longest.
        min_distance: Number > 0, meters, the smallest distance of source and microphone.
        max_distance: Number >= `min_distance`, meters, the largest. If the drawn distance does
            not fit into the room in the random direction, the largest that fits is used.
        max_order: Int in 1 .. 20, reflections per image source. The cost grows with its cube.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples)` or `(batch, samples, channels)`, floating point, with or without a
        Keras mask; or a list `[waveform, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> x = np.zeros((1, 8000), "float32")
        >>> x[0, 100] = 1.0
        >>> y = kapre_like.augment.SimulatedRoom(seed=0)(x, training=True)
        >>> int(keras.ops.argmax(keras.ops.abs(y[0])))
        100

    Source: Allen and Berkley, "Image method for efficiently simulating small-room acoustics",
    JASA 65, 1979; Kuttruff, "Room Acoustics", chapters 4 and 5.
    """

    def __init__(
        self, *, sample_rate=16000, min_size=(3.0, 3.0, 2.5), max_size=(10.0, 8.0, 4.0),
        min_rt60=0.2, max_rt60=0.8, min_distance=0.5, max_distance=3.0, max_order=6,
        probability=1.0, seed=None, **kwargs,
    ):  # fmt: skip
        super().__init__(probability=probability, seed=seed, **kwargs)
        owner = "SimulatedRoom"
        _check.audio_rate(owner, sample_rate=sample_rate)
        _check_sizes(min_size, max_size)
        _check.positive(owner, min_rt60=min_rt60, min_distance=min_distance)
        _check.ordered(owner, min_rt60=min_rt60, max_rt60=max_rt60)
        _check.ordered(owner, min_distance=min_distance, max_distance=max_distance)
        _check.positive_int(owner, max_order=max_order)
        if max_order > _MAX_ORDER:
            _check.fail(owner, "max_order", f"an int in 1 .. {_MAX_ORDER}", max_order)
        self.sample_rate, self.max_order = sample_rate, max_order
        self.min_size, self.max_size = list(min_size), list(max_size)
        self.min_rt60, self.max_rt60 = min_rt60, max_rt60
        self.min_distance, self.max_distance = min_distance, max_distance

    def get_config(self):
        # Keras wraps lists that are attributes. A config needs plain lists.
        sizes = {"min_size": list(self.min_size), "max_size": list(self.max_size)}
        return {**super().get_config(), **sizes}

    def draw(self, shape):
        batch = shape[0]
        taps = math.ceil(self.max_rt60 * self.sample_rate) + 2 * REACH
        return {
            "size": self.uniform((batch, 3)),
            "rt60": self.uniform((batch,), self.min_rt60, self.max_rt60),
            "distance": self.uniform((batch,), self.min_distance, self.max_distance),
            "direction": self.normal((batch, 3)),
            "position": self.uniform((batch, 3)),
            "noise": self.normal((batch, taps)),
        }

    def transform(self, x, length, draws):
        low, high = (ops.convert_to_tensor(list(s), dtype="float32")
                     for s in (self.min_size, self.max_size))  # fmt: skip
        size = low + draws["size"] * (high - low)
        source, microphone = places(
            size, distance=draws["distance"], direction=draws["direction"],
            position=draws["position"],
        )  # fmt: skip
        kernel = room_response(
            size, source=source, microphone=microphone, rt60=draws["rt60"],
            noise=draws["noise"], sample_rate=self.sample_rate, max_order=self.max_order,
        )  # fmt: skip
        kernel = ops.cast(kernel, x.dtype)
        return reverberate(x, kernel=kernel, delay=REACH, length=length)


def _check_sizes(min_size, max_size):
    min_edge = 2 * WALL_DISTANCE
    for name, size in (("min_size", min_size), ("max_size", max_size)):
        if not isinstance(size, (list, tuple)) or len(size) != 3:
            _check.fail("SimulatedRoom", name, "3 numbers (meters)", size)
        _check.positive("SimulatedRoom", **{f"{name}[{n}]": one for n, one in enumerate(size)})
    if min(min_size) <= min_edge:
        _check.fail("SimulatedRoom", "min_size", f"3 numbers > {min_edge} (meters)", min_size)
    if any(high < low for low, high in zip(min_size, max_size, strict=True)):
        rule = f"at least min_size={min_size!r} in each place"
        _check.fail("SimulatedRoom", "max_size", rule, max_size)
