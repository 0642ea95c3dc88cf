"""Replaces spans by those of another example, as a layer. Arithmetic: `ops.mixing`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.augment._pairs import PairAugmentation
from kapre_like.filters.augmentation import beta_quantiles
from kapre_like.ops.mixing import from_quantiles, with_span


@keras.saving.register_keras_serializable(package="kapre_like")
class CutMix(PairAugmentation):
    """Replaces a span of each example by the same span of another example of its batch.

    The length of the span is the share `1 - w` of the steps that are valid in both examples,
    with `w` drawn for each example from `Beta(alpha, alpha)`. Its position is uniform. In a
    spectrogram the span is a box of `sqrt(1 - w)` of the frames and of the bins. The label is
    `y = s * y_i + (1 - s) * y_j`, where `s` is the share of the example's valid steps that are
    not replaced. The length of an example does not change. At inference nothing is replaced.

    The layer works in `tf.data.Dataset.map` and before a model's `fit`. It ignores masks.

    Args:
        alpha: Number > 0; 1 makes all shares equally likely.
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
        >>> x, y = kapre_like.augment.CutMix(n_classes=3)((x, y), training=True)
        >>> y.shape
        (2, 3)

    Source: S. Yun et al., CutMix: regularization strategy to train strong classifiers, 2019;
        there a box may extend beyond the image, and a batch has one weight.
    """

    def __init__(self, *, alpha=1.0, n_classes=None, probability=1.0, seed=None, **kwargs):
        super().__init__(probability=probability, n_classes=n_classes, seed=seed, **kwargs)
        _check.positive("CutMix", alpha=alpha)
        self.alpha = alpha
        self._quantiles = beta_quantiles(alpha)

    def draw_weights(self, batch):
        return from_quantiles(self.uniform((batch,)), quantiles=self._quantiles)

    def mix(self, x, other, weight, length, other_length):
        x, share = with_span(
            x, other, keep=weight, draws=self.uniform((ops.shape(x)[0], 2)), length=length,
            other_length=other_length,
        )  # fmt: skip
        return x, share, length
