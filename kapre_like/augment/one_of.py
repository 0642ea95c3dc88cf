"""One of several augmentations, as a layer."""

from types import MappingProxyType

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.augment._containers import Container, check_sizes, chosen


@keras.saving.register_keras_serializable(package="kapre_like")
class OneOf(Container):
    """Applies one of its augmentations to each example, chosen at random.

    All layers compute the whole batch, and each example takes the result of its layer. So the
    cost is that of all layers together. A layer with a probability below 1 leaves some of its
    examples unchanged. At inference the result is the input.

    `y = layers[i](x)`, where `i` has the probability `weights[i] / sum(weights)`.

    Args:
        layers: List of one or more augmentations, all for waveforms or all for spectrograms.
            Layers that mix labels and `RandomCrop` are not allowed.
        weights: `None` if all layers are equally likely, or a list of one number >= 0 per
            layer, not all 0: a layer's probability is its share of their sum.
        probability: Number in 0 .. 1, the probability that an example is changed at all.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer. Layers
            without a seed get one derived from it.
        **kwargs: Base layer arguments, such as `name` and `dtype`. All layers compute in the
            dtype of this one.

    Input shape:
        Input shape of the layers: a tensor with or without a Keras mask, or a list
        `[x, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or a layer does not take the input.

    Example:
        >>> louder = kapre_like.augment.Gain(min_gain_db=20, max_gain_db=20)
        >>> inverted = kapre_like.augment.Polarity(probability=1.0)
        >>> either = kapre_like.augment.OneOf(layers=[louder, inverted], weights=[0, 1])
        >>> keras.ops.convert_to_numpy(either(np.ones((1, 2)), training=True)).tolist()
        [[-1.0, -1.0]]

    Source: audiomentations, `OneOf`.
    """

    # `weights` is an attribute of every Keras layer.
    _attribute_of = MappingProxyType({"weights": "weights_given"})

    def __init__(self, *, layers, weights=None, probability=1.0, seed=None, **kwargs):
        super().__init__(layers=layers, probability=probability, seed=seed, **kwargs)
        check_sizes("OneOf", self.layers)
        if weights is not None:
            _check_weights(weights, len(self.layers))
        self.weights_given = None if weights is None else list(weights)

    def draw(self, shape):
        return {"which": self.uniform(shape[:1]), **self.draw_all(shape)}

    def transform(self, x, length, draws):
        shares = np.ones(len(self.layers)) if self.weights_given is None else self.weights_given
        # The last limit is left out: it is 1, and all draws are below 1.
        limits = (np.cumsum(shares) / np.sum(shares))[None, :-1].astype("float32")
        passed = ops.greater_equal(ops.expand_dims(draws["which"], axis=1), limits)
        which = ops.sum(ops.cast(passed, "int32"), axis=1)
        found = x, length
        for number in range(len(self.layers)):
            changed = self.changed_by(number, x, length, draws)
            found = chosen(which == number, changed, found)
        return self.result(*found)


def _check_weights(weights, count):
    """Raises unless there is one number >= 0 per layer, and not all are 0."""
    if not isinstance(weights, (list, tuple)) or len(weights) != count:
        _check.fail("OneOf", "weights", f"None, or a list of {count} numbers >= 0", weights)
    for weight in weights:
        _check.non_negative("OneOf", weights=weight)
    if not sum(weights):
        _check.fail("OneOf", "weights", "not all 0", weights)
