"""What Kapre's two augmentations have in common."""

import keras

from kapre_like.kapre._graphs import in_graph, uniform
from kapre_like.kapre._layer import KapreLayer


class RandomLayer(KapreLayer):
    """Returns its input as it came, but for training, and keeps its dtype always.

    A subclass implements `_augmented(x)` and `_check_input(shape)`; Kapre looks at the input
    in training only. The state of the generator is no weight: saved files do not hold it, so
    those that Kapre wrote are complete.
    """

    def __init__(self, *, data_format, **kwargs):
        super().__init__(formats={"data_format": data_format}, **kwargs)
        # Its state is a variable: a graph draws anew at each call. A layer that is made inside
        # a graph, as Kapre's can be, may have no variable: TensorFlow keeps the state.
        self.seed_generator = None if in_graph() else keras.random.SeedGenerator()

    def call(self, x, training=None):
        if not training:
            return x
        self._check_input(x.shape)
        return self._augmented(x)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def compute_output_spec(self, x, training=None):
        if training:
            self._check_input(x.shape)
        return keras.KerasTensor(x.shape, dtype=x.dtype)

    def get_config(self):
        # Unlike the other layers, these two say what "default" stood for.
        return {**super().get_config(), "data_format": self.data_format}

    def _check_input(self, shape):
        self._check_rank(shape)

    def _augmented(self, x):
        raise NotImplementedError

    def _draws(self, *shape):
        if self.seed_generator is None:
            return uniform(shape)
        return keras.random.uniform(shape, dtype="float32", seed=self.seed_generator)
