"""A random selection of augmentations as a layer."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.augment._containers import Container, check_sizes, chosen
from kapre_like.ops.segments import one_of_ints


@keras.saving.register_keras_serializable(package="kapre_like")
class SomeOf(Container):
    """Applies a random selection of its augmentations to each example, in their order.

    For each example the number of layers is uniform from `min_layers` to `max_layers`, and
    all selections of this number are equally likely. All layers compute the whole batch, and
    each example takes the results of its layers. So the cost is that of all layers together.
    At inference the result is the input.

    `y = layers[i[-1]](... layers[i[1]](layers[i[0]](x)))`, where `i` is a random rising
    selection of `min_layers .. max_layers` indices.

    Args:
        layers: List of one or more augmentations, all for waveforms or all for spectrograms.
            Layers that mix labels and `RandomCrop` are not allowed.
        min_layers: Int >= 0, the smallest number of layers for an example.
        max_layers: Int >= `min_layers`, the largest number; `None` for all layers.
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
        >>> both = kapre_like.augment.SomeOf(layers=[louder, inverted], min_layers=2)
        >>> keras.ops.convert_to_numpy(both(np.ones((1, 2)), training=True)).tolist()
        [[-10.0, -10.0]]

    Source: audiomentations, `SomeOf`.
    """

    def __init__(
        self, *, layers, min_layers=1, max_layers=None, probability=1.0, seed=None, **kwargs
    ):
        super().__init__(layers=layers, probability=probability, seed=seed, **kwargs)
        check_sizes("SomeOf", self.layers)
        count = len(self.layers)
        _check.non_negative_int("SomeOf", min_layers=min_layers)
        limit = count if max_layers is None else max_layers
        _check.non_negative_int("SomeOf", max_layers=limit)
        if limit > count:
            _check.fail("SomeOf", "max_layers", f"at most the {count} layers", max_layers)
        _check.ordered("SomeOf", min_layers=min_layers, max_layers=limit)
        self.min_layers, self.max_layers = min_layers, max_layers

    def draw(self, shape):
        count, order = self.uniform(shape[:1]), self.uniform((shape[0], len(self.layers)))
        return {"count": count, "order": order, **self.draw_all(shape)}

    def transform(self, x, length, draws):
        limit = len(self.layers) if self.max_layers is None else self.max_layers
        count = one_of_ints(draws["count"], min_value=self.min_layers, max_value=limit)
        # The rank of each layer in a random order: the first `count` are selected.
        rank = ops.argsort(ops.argsort(draws["order"], axis=1), axis=1)
        for number in range(len(self.layers)):
            changed = self.changed_by(number, x, length, draws)
            selected = ops.cast(rank[:, number], "int32") < count
            x, length = chosen(selected, changed, (x, length))
        return self.result(x, length)
