"""Between-class mixtures of waveforms as a layer. Arithmetic: `ops.mixing`."""

import keras
from keras import ops

from kapre_like.augment._pairs import PairAugmentation
from kapre_like.ops.mixing import mixed_by_pressure


@keras.saving.register_keras_serializable(package="kapre_like")
class BetweenClass(PairAugmentation):
    """Mixes each waveform with another one of its batch, in the sound pressures of the labels.

    `y = r * y_i + (1 - r) * y_j`, with `r` uniform over 0 .. 1 for each example. The waveforms
    are mixed so that their sound pressures have the ratio `r : 1 - r`, whatever their levels
    are. The level of a mixture is that of its examples if these are independent. A mixture is
    as long as the longer of its two examples, and zero after that. At inference nothing is
    mixed.

    The level of an example is the RMS of its valid samples, all channels together. If one of
    the two is silent, the weights are `r` and `1 - r`.

    The layer works in `tf.data.Dataset.map` and before a model's `fit`. It ignores masks.

    The waveforms are mixed as `x = (p * x_i + (1 - p) * x_j) / sqrt(p ** 2 + (1 - p) ** 2)`
    with `p = 1 / (1 + G_i / G_j * (1 - r) / r)`, where `G_i` and `G_j` are the levels.

    Args:
        n_classes: Int > 0, number of classes, for integer labels. They become one-hot, at
            inference too. `None` for labels of floating point.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Pair `(x, y)`. `x`: `(batch, samples)` or `(batch, samples, channels)`, floating
        point; or a list `[x, length]`, or a dict with the keys `waveform` and `length`. `y`:
        floating point, `(batch, classes)`, `(batch, 1)` or `(batch,)`; or integers, `(batch,)`
        or `(batch, 1)`.

    Output shape:
        Same structure as the input, float32; integer labels become `(batch, n_classes)`.

    Raises:
        ValueError: If an argument is outside its domain, the input is not such a pair, or
            labels are integers and `n_classes` is `None`.

    Example:
        >>> x, y = np.ones((2, 4), "float32"), np.array([0, 2])
        >>> x, y = kapre_like.augment.BetweenClass(n_classes=3)((x, y), training=True)
        >>> y.shape
        (2, 3)

    Source: Y. Tokozume et al., Learning from between-class examples for deep sound
        recognition, 2018. There the level is the A-weighted level of the loudest window, and
        partners are of another class.
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
