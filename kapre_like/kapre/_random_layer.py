"""What Kapre's two augmentations have in common."""

import keras
from keras import ops

from kapre_like.kapre._graphs import in_graph, uniform
from kapre_like.kapre._layer import HALVES, KapreLayer
from kapre_like.ops.polar import is_complex


class RandomLayer(KapreLayer):
    """Returns its input as it came, but for training.

    Floats take the policy's dtype, as in every layer of Keras, but no half precision where they
    had none: nothing is computed that would be worth the loss. Integers stay integers.

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
        x = ops.cast(x, self._result_dtype(x))
        if not training:
            return x
        self._check_input(x.shape)
        return self._augmented(x)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def compute_output_spec(self, x, training=None):
        if training:
            self._check_input(x.shape)
        return keras.KerasTensor(x.shape, dtype=self._result_dtype(x))

    def _result_dtype(self, x):
        dtype = keras.backend.standardize_dtype(x.dtype)
        half = dtype in HALVES and self.compute_dtype in HALVES
        if half or is_complex(x) or not keras.backend.is_float_dtype(dtype):
            return dtype
        return self._working_dtype(x)

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
