"""The base class of augmentations that contain other augmentations."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import GREATEST_SEED, Augmentation
from kapre_like.ops.masking import length_mask, zero_invalid


class Container(Augmentation):
    """Contains augmentations of one kind, for waveforms or for spectrograms.

    Its draws contain those of its layers under names such as `"0.gain_db"`. If it has a
    `seed`, layers without a seed get one derived from it, so that all draws are reproducible.

    Args:
        layers: List of one augmentation or more.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0.
    """

    def __init__(self, *, layers, probability=1.0, seed=None, **kwargs):
        super().__init__(probability=probability, seed=seed, **kwargs)
        owner = type(self).__name__
        right = isinstance(layers, (list, tuple)) and len(layers) > 0
        if not right or not all(isinstance(layer, Augmentation) for layer in layers):
            rule = "a list of one or more layers of kapre_like.augment that do not mix labels"
            _check.fail(owner, "layers", rule, layers)
        self.layers = list(layers)
        self.changes_length = any(layer.changes_length for layer in layers)
        self.changes_time = any(layer.changes_time for layer in layers)
        if self.seed is not None:
            _seed(self.layers, self.seed)

    def build(self, input_shape):
        super().build(input_shape)
        for layer in self.layers:
            if not layer.built:
                layer.build(input_shape)
                layer.built = True

    def prepare(self):
        for layer in self.layers:
            layer.prepare()

    def check_axes(self, shape):
        for layer in self.layers:
            layer.check_axes(shape)

    def draw_all(self, shape):
        """Returns the draws of all layers, and the masks of the examples that they change."""
        draws = {}
        for number, layer in enumerate(self.layers):
            own = layer.draw(shape)
            draws.update({f"{number}.{name}": value for name, value in own.items()})
            if layer.probability < 1:
                draws[f"{number}"] = layer.uniform(shape[:1]) < layer.probability
            shape = layer.trained_shape(shape)
        return draws

    def changed_by(self, number, x, length, draws):
        """Returns the batch and its lengths after the layer with index `number`."""
        layer, start = self.layers[number], f"{number}."
        own = {k.removeprefix(start): v for k, v in draws.items() if k.startswith(start)}
        y = layer.transform(x, length, own)
        y, ends = y if layer.changes_length else (y, length)
        if f"{number}" in draws:
            y, ends = chosen(draws[f"{number}"], (y, ends), (x, length))
        # The input of the next layer must be zero past each example's end.
        return zero_invalid(y, mask=length_mask(y, length=ends)), ends

    def result(self, x, length):
        """Returns the result of `transform`."""
        return (x, length) if self.changes_length else x

    def get_config(self):
        layers = [keras.saving.serialize_keras_object(layer) for layer in self.layers]
        return {**super().get_config(), "layers": layers}

    @classmethod
    def from_config(cls, config):
        layers = [keras.saving.deserialize_keras_object(layer) for layer in config["layers"]]
        return cls(**{**config, "layers": layers})


def chosen(where, changed, unchanged):
    """Returns `(x, length)` of `changed` for examples in the mask, else of `unchanged`."""
    (y, ends), (x, length) = changed, unchanged
    mask = ops.reshape(where, (-1, *[1] * (len(x.shape) - 1)))
    return ops.where(mask, y, x), ops.where(where, ends, length)


def check_sizes(owner, layers):
    """Raises if a layer changes the size of the time axis: branches need the same size."""
    for layer in layers:
        if layer.changes_time:
            fix = "Apply it before this layer, or put it into Compose."
            rule = "layers that keep the size of the time axis"
            _check.fail(owner, "layers", rule, type(layer).__name__, fix)


def _seed(layers, seed):
    """Seeds layers that have no seed, by `seed` and their position."""
    for number, layer in enumerate(layers):
        if layer.seed is not None:
            continue
        own = int(np.random.SeedSequence([seed, number]).generate_state(1)[0]) & GREATEST_SEED
        # The argument stays `None`, because a loaded container derives the seed again.
        layer.seed_generator.state.assign(np.array([own, 0]))
        if isinstance(layer, Container):
            _seed(layer.layers, own)
