"""What layers share that change training data at random and nothing else."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._front_end import FrontEnd
from kapre_like.layers._inputs import check_floating, working_dtype

# What every backend takes as the state of its generators.
_GREATEST_SEED = 2**31 - 1


class Augmentation(FrontEnd):
    """Returns its input, but for training: there every call and every clip is drawn anew.

    A subclass implements `_augmented(x, mask)` on the input in the working dtype, and
    `_check_axes(shape)`. A mask is handed on.
    """

    def __init__(self, *, seed, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        if seed is not None:
            _check.non_negative_int(owner, seed=seed)
            if seed > _GREATEST_SEED:
                _check.fail(owner, "seed", f"None, or an int in 0 .. {_GREATEST_SEED}", seed)
        self.seed = seed
        # Its state is a variable: a graph draws anew at each call.
        self.seed_generator = keras.random.SeedGenerator(None if seed is None else int(seed))

    def build(self, input_shape):
        self._check_axes(input_shape)

    def call(self, inputs, mask=None, training=None):
        # Once built a layer is not built again for other shapes.
        self._check_axes(tuple(inputs.shape))
        check_floating(type(self).__name__, inputs)
        x = ops.cast(inputs, working_dtype(self))
        return self._augmented(x, mask) if training else x

    def compute_output_shape(self, input_shape):
        self._check_axes(input_shape)
        return tuple(input_shape)

    def compute_output_spec(self, inputs, mask=None, training=None):  # noqa: ARG002
        check_floating(type(self).__name__, inputs)
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=working_dtype(self))

    def _check_axes(self, shape):
        raise NotImplementedError

    def _augmented(self, x, mask):
        raise NotImplementedError

    def _uniform(self, shape):
        return keras.random.uniform(shape, dtype="float32", seed=self.seed_generator)
