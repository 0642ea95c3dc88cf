"""A sequence of augmentations as one layer."""

import keras

from kapre_like import _check
from kapre_like.augment._containers import Container


@keras.saving.register_keras_serializable(package="kapre_like")
class Compose(Container):
    """Applies its augmentations one after the other, each with its own probability.

    Each layer passes lengths and masks on to the next, so layers may change lengths. At
    inference the result is the input.

    `y = layers[-1](... layers[1](layers[0](x)))`.

    Args:
        layers: List of one or more augmentations, all for waveforms or all for spectrograms.
            Containers are allowed, layers that mix labels are not.
        probability: Number in 0 .. 1, the probability that an example is changed at all.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer. Layers
            without a seed get one derived from it.
        **kwargs: Base layer arguments, such as `name` and `dtype`. All layers compute in the
            dtype of this one.

    Input shape:
        Input shape of the layers: a tensor with or without a Keras mask, or a list
        `[x, length]`.

    Output shape:
        Same as the input, float32; shorter in training if it contains `RandomCrop`.

    Raises:
        ValueError: If an argument is outside its domain, or a layer does not take the input.

    Example:
        >>> quieter = kapre_like.augment.Gain(min_gain_db=-20, max_gain_db=-20)
        >>> inverted = kapre_like.augment.Polarity(probability=1.0)
        >>> both = kapre_like.augment.Compose(layers=[quieter, inverted], seed=1)
        >>> y = both(np.ones((1, 2)), training=True)
        >>> round(float(y[0, 0]), 3)
        -0.1

    Source: audiomentations, `Compose`.
    """

    def __init__(self, *, layers, probability=1.0, seed=None, **kwargs):
        super().__init__(layers=layers, probability=probability, seed=seed, **kwargs)
        if self.changes_time and probability < 1:
            fix = "One of its layers changes the size of the time axis of all examples."
            _check.fail("Compose", "probability", "1", probability, fix)

    def draw(self, shape):
        return self.draw_all(shape)

    def transform(self, x, length, draws):
        for number in range(len(self.layers)):
            x, length = self.changed_by(number, x, length, draws)
        return self.result(x, length)

    def trained_shape(self, shape):
        for layer in self.layers:
            shape = layer.trained_shape(shape)
        return shape

    def changed_shape(self, shape):
        for layer in self.layers:
            shape = layer.changed_shape(shape)
        return tuple(shape)
