"""Between-class mixtures of sounds as a layer. Arithmetic: `ops.mixing`."""

import keras
from keras import ops

from kapre_like.augment._pairs import PairAugmentation
from kapre_like.ops.mixing import mixed_by_pressure


@keras.saving.register_keras_serializable(package="kapre_like")
class BetweenClass(PairAugmentation):
    """Mixes each waveform with another one of its batch so that labels say how loud they are.

    `y = r * y_i + (1 - r) * y_j`, `r` uniform over 0 .. 1 for each example, and the waveforms
    mixed so that their sound pressures have the ratio `r : 1 - r`, whatever they were before.
    The level of a mixture is that of its examples if these are independent. A mixture is as
    long as the longer of its two examples, and zero from there on. At inference nothing is
    mixed.

    The level of an example is the RMS of its valid samples, all channels together. If one of
    the two is silent, `r` and `1 - r` are the weights.

    It works in `tf.data.Dataset.map` and before a model's `fit`; masks are not read.

    The waveforms are mixed as `x = (p * x_i + (1 - p) * x_j) / sqrt(p ** 2 + (1 - p) ** 2)`
    with `p = 1 / (1 + G_i / G_j * (1 - r) / r)`, where `G_i` and `G_j` are the levels.

    Args:
        n_classes: Int > 0, classes, if labels are whole numbers: they become one-hot, at
            inference too. `None` for labels of floating point.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Pair `(x, y)`. `x`: `(batch, samples)` or `(batch, samples, channels)`, floating
        point; or a list `[x, length]`, or a dict with the keys `waveform` and `length`. `y`:
        floating point, `(batch, classes)`, `(batch, 1)` or `(batch,)`; or whole numbers,
        `(batch,)` or `(batch, 1)`.

    Output shape:
        Same structure as the input, float32; whole numbers as `(batch, n_classes)`.

    Raises:
        ValueError: If an argument is outside its domain, the input is no such pair, or labels
            are whole numbers and `n_classes` is not given.

    Example:
        >>> x, y = np.ones((2, 4), "float32"), np.array([0, 2])
        >>> x, y = kapre_like.augment.BetweenClass(n_classes=3)((x, y), training=True)
        >>> y.shape
        (2, 3)

    Source: Y. Tokozume et al., Learning from between-class examples for deep sound
        recognition, 2018; there the level is the loudest of windows, A-weighted, and partners
        are of another class.
    """

    ranks = (2, 3)

    def __init__(self, *, n_classes=None, probability=1.0, seed=None, **kwargs):
        super().__init__(probability=probability, n_classes=n_classes, seed=seed, **kwargs)

    def draw_weights(self, batch):
        return self.uniform((batch,))

    def mix(self, x, other, weight, length, other_length):
        y = mixed_by_pressure(
            x, other, ratio=ops.cast(weight, x.dtype), length=length, other_length=other_length
        )
        ends = ops.where(weight < 1, ops.maximum(length, other_length), length)
        return y, weight, ends
