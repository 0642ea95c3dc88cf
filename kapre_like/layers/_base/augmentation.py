"""Base class of the layers that change training data at random."""

import math

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import (
    SPECTROGRAM,
    WAVEFORM,
    check_floating,
    check_shape,
    working_dtype,
)
from kapre_like.ops.masking import length_mask, lengths, zero_invalid

# Largest seed that the generators of every backend accept.
GREATEST_SEED = 2**31 - 1
WITHOUT_CHANNELS = "(batch, samples)"


class Augmentation(FrontEnd):
    """Changes each example at random in training; otherwise returns its input.

    The input is a tensor with or without a Keras mask, or a list `[x, length]` with the number
    of valid steps in time of each example, `(batch,)`. The output has the same structure. The
    valid steps of an example come first.

    A subclass implements two methods. `draw(shape)` returns all random numbers of one call as
    a dict of tensors whose first axis is the batch. `transform(x, length, draws)` computes the
    result from them, so that an example has the same result alone and in a batch. `transform`
    receives zeros past the end of each example. Its result there is discarded: the padding is
    kept, or set to zero if the layer changes lengths.

    Args:
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0, which gives every new layer the same sequence of draws.
    """

    # Input axes that the layer accepts; see `check_axes`.
    axes = (WAVEFORM, WITHOUT_CHANNELS)
    # Whether `transform` changes the number of valid steps.
    changes_length = False
    # Whether `transform` changes the size of the time axis.
    changes_time = False
    # Factor by which `transform` lengthens the time axis.
    growth = 1.0

    def __init__(self, *, probability=1.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        _check.share(owner, probability=probability)
        if seed is not None:
            _check.non_negative_int(owner, seed=seed)
            if seed > GREATEST_SEED:
                _check.fail(owner, "seed", f"None, or an int in 0 .. {GREATEST_SEED}", seed)
        self.probability, self.seed = probability, seed
        # The state is a variable, so a graph draws new numbers in each call.
        self.seed_generator = keras.random.SeedGenerator(None if seed is None else int(seed))
        # A training may switch the layer off for some epochs; not saved.
        self.active = True
        # Mask of the last call. Keras calls `compute_mask` right after `call`.
        self._made_mask = None

    def draw(self, shape):
        """Returns the random numbers for a batch.

        Args:
            shape: Sizes `(batch, time, ...)` of the input, channels included.

        Returns:
            Dict of tensors with the batch as their first axis.
        """
        raise NotImplementedError

    def transform(self, x, length, draws):
        """Returns the changed batch.

        Args:
            x: Float tensor `(batch, samples, channels)` or `(batch, frames, freqs, channels)`,
                zero past each example's end if there are lengths.
            length: int32 `(batch,)`, valid steps of each example.
            draws: As from `draw`.

        Returns:
            A tensor like `x`; with `changes_length` a pair of it and the new lengths.
        """
        raise NotImplementedError

    def prepare(self):
        """Loads data that training needs and files do not store, such as recordings."""

    def build(self, input_shape):
        self.check_axes(_shape_of_x(input_shape))

    def call(self, inputs, mask=None, training=None):
        pair = isinstance(inputs, (list, tuple))
        x, length = inputs if pair else (inputs, None)
        # A layer is built once, so later shapes are checked here.
        self.check_axes(tuple(x.shape))
        check_floating(type(self).__name__, x)
        x = ops.cast(x, working_dtype(self))
        self._made_mask = None
        if training and self.active:
            x, length = self._changed(x, length, None if pair else mask)
        return [x, length] if pair else x

    def _changed(self, x, length, mask):
        """Returns the changed `x` and, for a pair of inputs, its new lengths."""
        self.prepare()
        flat = len(x.shape) == 2 and self.axes[0] == WAVEFORM
        x = ops.expand_dims(x, axis=-1) if flat else x
        valid = mask if length is None else length_mask(x, length=length)
        if valid is None:
            y, ends = self._drawn(x, lengths(ops.ones(ops.shape(x)[:2], dtype="bool")))
        else:
            y, ends = self._drawn(zero_invalid(x, mask=valid), lengths(valid))
            y, valid = self._with_padding(x, y, valid, ends)
            self._made_mask = None if mask is None else valid
        y = ops.squeeze(y, axis=-1) if flat else y
        return y, None if length is None else ops.cast(ends, length.dtype)

    def _with_padding(self, x, y, valid, ends):
        """Returns `y` with its padding restored or zeroed, and its mask."""
        if self.changes_length:
            valid = length_mask(y, length=ends)
            return zero_invalid(y, mask=valid), valid
        inner = tuple(range(2, len(x.shape)))
        return ops.where(ops.expand_dims(valid, axis=inner), y, x), valid

    def _drawn(self, x, steps):
        """Applies `transform` to the drawn examples. Returns the result and its lengths."""
        shape = ops.shape(x)
        y = self.transform(x, steps, self.draw(shape))
        y, ends = y if self.changes_length else (y, steps)
        if self.probability < 1 and not self.changes_time:
            chosen = self.uniform(shape[:1]) < self.probability
            inner = (1,) * (len(x.shape) - 1)
            y = ops.where(ops.reshape(chosen, (-1, *inner)), y, x)
            ends = ops.where(chosen, ends, steps)
        return y, ends

    def compute_mask(self, inputs, previous_mask=None):
        if isinstance(inputs, (list, tuple)):
            return [None, None]
        if self.changes_length and isinstance(previous_mask, keras.KerasTensor):
            # A functional model would pass this mask to the next layers. Without it they read
            # the mask of this call from their input.
            return None
        # Symbolic inputs have no such mask. The previous mask has the same shape.
        made, self._made_mask = self._made_mask, None
        return previous_mask if made is None else made

    def compute_output_shape(self, input_shape):
        x = _shape_of_x(input_shape)
        self.check_axes(x)
        if x is input_shape or tuple(input_shape) == x:
            return self.changed_shape(x)
        return [self.changed_shape(x), tuple(input_shape[1])]

    def keeps_end(self, keep_end, growth):
        """Checks the argument `keep_end`, and lets the time axis grow.

        Args:
            keep_end: The argument of the layer.
            growth: Number > 0, the largest ratio of an example's new to its old length.
        """
        owner = type(self).__name__
        _check.boolean(owner, keep_end=keep_end)
        if keep_end and self.probability < 1:
            # Changed and unchanged examples would have arrays of different sizes.
            _check.fail(owner, "probability", "1 if keep_end=True", self.probability)
        self.keep_end = keep_end
        self.growth = max(1.0, growth) if keep_end else 1.0
        self.changes_time = self.growth > 1

    def with_room(self, x):
        """Pads the time axis with zeros to the size that it has in training."""
        if self.growth == 1:
            return x
        more = self.trained_shape(ops.shape(x))[1] - ops.shape(x)[1]
        return ops.pad(x, [(0, 0), (0, more), *[(0, 0)] * (len(x.shape) - 2)])

    def changed_shape(self, shape):
        """Returns the output shape, with `None` where training and inference differ."""
        return (shape[0], None, *shape[2:]) if self.growth > 1 else tuple(shape)

    def trained_shape(self, shape):
        """Returns the output shape in training for an input shape: ints or int tensors."""
        time = shape[1]
        if self.growth == 1:
            return shape
        if isinstance(time, int):
            return (shape[0], math.ceil(time * self.growth), *shape[2:])
        grown = ops.ceil(ops.cast(time, "float32") * self.growth)
        return (shape[0], ops.cast(grown, time.dtype), *shape[2:])

    def compute_output_spec(self, inputs, mask=None, training=None):  # noqa: ARG002
        pair = isinstance(inputs, (list, tuple))
        x = inputs[0] if pair else inputs
        check_floating(type(self).__name__, x)
        self.check_axes(x.shape)
        y = keras.KerasTensor(self.changed_shape(x.shape), dtype=working_dtype(self))
        # A new tensor, because Keras traces a graph through the outputs of each layer.
        return [y, keras.KerasTensor(inputs[1].shape, inputs[1].dtype)] if pair else y

    def check_axes(self, shape):
        """Raises an error unless the layer accepts an input of this shape."""
        rank = len(shape)
        expects = next((a for a in self.axes if a.count(",") + 1 == rank), self.axes[0])
        if expects != WITHOUT_CHANNELS:
            fix = f"{' or '.join(self.axes)} is expected." if len(self.axes) > 1 else ""
            check_shape(type(self).__name__, shape, expects, fix)

    def uniform(self, shape, low=0.0, high=1.0):
        """Draws float32 numbers from the uniform distribution over `low` .. `high`."""
        return keras.random.uniform(shape, low, high, "float32", seed=self.seed_generator)

    def normal(self, shape):
        """Draws float32 numbers from the standard normal distribution."""
        return keras.random.normal(shape, dtype="float32", seed=self.seed_generator)


class SpectrogramAugmentation(Augmentation):
    """Base class of augmentations of spectrograms `(batch, frames, freqs, channels)`."""

    axes = (SPECTROGRAM,)


def _shape_of_x(shape):
    """Returns the shape of the first input of a pair, or that of the only one."""
    first = shape[0] if len(shape) else None
    return tuple(first if isinstance(first, (list, tuple)) else shape)
