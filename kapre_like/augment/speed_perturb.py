"""Random speed as a layer. Arithmetic: `ops.resampling`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.resampling import FASTEST, changed_speed
from kapre_like.ops.segments import one_of_ints


@keras.saving.register_keras_serializable(package="kapre_like")
class SpeedPerturb(Augmentation):
    """Plays each example at a random speed, which also changes its pitch.

    A frequency `f` becomes `f * speed`. An example of `n` valid samples has
    `round(n / speed)` afterwards. The size of the array does not change: a slower example is
    cut off at its end, and a faster one is padded with zeros. With `keep_end=True` the array
    grows in training, so that nothing is cut off. The lengths or the mask of the output exclude
    the zeros; without either, the zeros are valid samples. At inference the result is the
    input.

    The interpolation is a windowed sinc with 20 zero crossings on either side. A low-pass
    filter prevents aliasing at higher speeds; it begins at 0.92 of half the sample rate.

    `y[n] = sum_k x[k] * c * sinc(c * (k - n * speed)) * w(c * (k - n * speed))` with
    `c = 0.92 / max(1, speed)` and the Hann window `w(u) = cos(pi * u / 40) ** 2` over
    `|u| < 20`.

    Args:
        min_speed: Number > 0, the smallest speed; below 1 is slower.
        max_speed: Number >= `min_speed`, at most 4, the largest speed.
        speeds: `None` for a uniform speed between both, or a list of equally likely speeds,
            which replaces `min_speed` and `max_speed`.
        keep_end: Whether the array has `ceil(samples / slowest speed)` samples in training, if
            that is more. Use it if the label depends on the end of an example, as a transcript
            does. The static size of the time axis is then `None`.
        probability: Number in 0 .. 1, the probability that an example is changed; 1 with
            `keep_end=True`.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples)` or `(batch, samples, channels)`, floating point, with or without a
        Keras mask; or a list `[waveform, length]`.

    Output shape:
        Same as the input, float32; in training with more samples if `keep_end=True`.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> faster = kapre_like.augment.SpeedPerturb(speeds=[1.25])
        >>> x, length = faster([np.zeros((1, 1000)), np.array([500])], training=True)
        >>> x.shape, int(length[0])
        ((1, 1000), 400)

    Source: T. Ko et al., Audio augmentation for speech recognition, 2015: speeds 0.9, 1 and
        1.1.
    """

    changes_length = True

    def __init__(
        self,
        *,
        min_speed=0.9,
        max_speed=1.1,
        speeds=None,
        keep_end=False,
        probability=1.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(probability=probability, seed=seed, **kwargs)
        _check.positive("SpeedPerturb", min_speed=min_speed, max_speed=max_speed)
        _check.ordered("SpeedPerturb", min_speed=min_speed, max_speed=max_speed)
        _check_fastest("max_speed", max_speed, max_speed)
        if speeds is not None:
            _check_speeds(speeds)
        self.min_speed, self.max_speed = min_speed, max_speed
        self.speeds = None if speeds is None else list(speeds)
        self.keeps_end(keep_end, 1 / (min_speed if speeds is None else min(speeds)))

    def draw(self, shape):
        if self.speeds is None:
            return {"speed": self.uniform(shape[:1], self.min_speed, self.max_speed)}
        index = one_of_ints(
            self.uniform(shape[:1]), min_value=0, max_value=len(self.speeds) - 1
        )
        speeds = ops.convert_to_tensor([float(speed) for speed in self.speeds], "float32")
        return {"speed": ops.take(speeds, index, axis=0)}

    def transform(self, x, length, draws):
        fastest = self.max_speed if self.speeds is None else max(self.speeds)
        x = self.with_room(x)
        return changed_speed(x, speed=draws["speed"], length=length, max_speed=fastest)


def _check_speeds(speeds):
    """Raises unless `speeds` is a list of speeds that the layer supports."""
    if not isinstance(speeds, (list, tuple)) or not speeds:
        rule = "None, or a list of one or more numbers > 0"
        _check.fail("SpeedPerturb", "speeds", rule, speeds)
    for speed in speeds:
        _check.positive("SpeedPerturb", speeds=speed)
    _check_fastest("speeds", speeds, max(speeds))


def _check_fastest(name, value, fastest):
    if fastest > FASTEST:
        _check.fail("SpeedPerturb", name, f"at most {FASTEST}", value)
