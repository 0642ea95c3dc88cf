"""Some of several augmentations, as a layer."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.augment._containers import Container, check_sizes, chosen
from kapre_like.ops.segments import one_of_ints


@keras.saving.register_keras_serializable(package="kapre_like")
class SomeOf(Container):
    """Applies a random selection of its augmentations to each example, in their order.

    For each example the number of layers is uniform from `min_layers` to `max_layers`, and
    all selections of so many are equally likely. All layers are computed for the whole batch,
    and each example takes the results of its own: the cost is that of all layers together.
    At inference the result is the input.

    `y = layers[i[-1]](... layers[i[1]](layers[i[0]](x)))`, where `i` is a random rising
    selection of `min_layers .. max_layers` indices.

    Args:
        layers: List of one augmentation or more, all of waveforms or all of spectrograms;
            not the layers that mix labels, nor `RandomCrop`.
        min_layers: Int >= 0, the least number of layers for an example.
        max_layers: Int >= `min_layers`, the greatest number; `None` for all layers.
        probability: Number in 0 .. 1, the probability that an example is changed at all.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer. Layers
            without a seed of their own get one that follows from it.
        **kwargs: Base layer arguments, such as `name` and `dtype`; the arithmetic of all
            layers has the dtype of this one.

    Input shape:
        That of the layers: a tensor with or without a Keras mask, or a list `[x, length]`.

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
        most = count if max_layers is None else max_layers
        _check.non_negative_int("SomeOf", max_layers=most)
        if most > count:
            _check.fail("SomeOf", "max_layers", f"at most the {count} layers", max_layers)
        _check.ordered("SomeOf", min_layers=min_layers, max_layers=most)
        self.min_layers, self.max_layers = min_layers, max_layers

    def draw(self, shape):
        count, order = self.uniform(shape[:1]), self.uniform((shape[0], len(self.layers)))
        return {"count": count, "order": order, **self.draw_all(shape)}

    def transform(self, x, length, draws):
        most = len(self.layers) if self.max_layers is None else self.max_layers
        count = one_of_ints(draws["count"], least=self.min_layers, most=most)
        # The place of each layer in a random order: the first `count` are selected.
        place = ops.argsort(ops.argsort(draws["order"], axis=1), axis=1)
        for number in range(len(self.layers)):
            changed = self.changed_by(number, x, length, draws)
            selected = ops.cast(place[:, number], "int32") < count
            x, length = chosen(selected, changed, (x, length))
        return self.result(x, length)
