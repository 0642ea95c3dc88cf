"""Mixtures of two examples and of their labels as a layer. Arithmetic: `ops.mixing`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.augment._pairs import PairAugmentation
from kapre_like.filters.augmentation import beta_quantiles
from kapre_like.ops.mixing import from_quantiles, mixed


@keras.saving.register_keras_serializable(package="kapre_like")
class MixUp(PairAugmentation):
    """Mixes each example with another one of its batch, and their labels with the same weights.

    `x = w * x_i + (1 - w) * x_j` and `y = w * y_i + (1 - w) * y_j`, with `w` drawn for each
    example from `Beta(alpha, alpha)`, and `j` from a random permutation of the batch. A mixture
    is as long as the longer of its two examples, and zero after that. At inference nothing is
    mixed.

    The layer works in `tf.data.Dataset.map` and before a model's `fit`. It ignores masks.

    Args:
        alpha: Number > 0. With a small number, one example dominates most mixtures.
        n_classes: Int > 0, number of classes, for integer labels. They become one-hot, at
            inference too. `None` for labels of floating point.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Pair `(x, y)`. `x`: `(batch, samples)`, `(batch, samples, channels)` or
        `(batch, frames, freqs, channels)`, floating point; or a list
        `[x, length]`, or a dict with the keys `waveform` and `length`. `y`: floating point,
        `(batch, classes)`, `(batch, 1)` or `(batch,)`; or integers, `(batch,)` or
        `(batch, 1)`.

    Output shape:
        Same structure as the input, float32; integer labels become `(batch, n_classes)`.

    Raises:
        ValueError: If an argument is outside its domain, the input is not such a pair, or
            labels are integers and `n_classes` is `None`.

    Example:
        >>> x, y = np.ones((2, 4), "float32"), np.array([0, 2])
        >>> x, y = kapre_like.augment.MixUp(n_classes=3)((x, y), training=True)
        >>> y.shape
        (2, 3)

    Source: H. Zhang et al., mixup: beyond empirical risk minimization, 2018; there a batch
        has one weight.
    """

    def __init__(self, *, alpha=0.2, n_classes=None, probability=1.0, seed=None, **kwargs):
        super().__init__(probability=probability, n_classes=n_classes, seed=seed, **kwargs)
        _check.positive("MixUp", alpha=alpha)
        self.alpha = alpha
        self._quantiles = beta_quantiles(alpha)

    def draw_weights(self, batch):
        return from_quantiles(self.uniform((batch,)), quantiles=self._quantiles)

    def mix(self, x, other, weight, length, other_length):
        ends = ops.where(weight < 1, ops.maximum(length, other_length), length)
        return mixed(x, other, weight=weight), weight, ends
