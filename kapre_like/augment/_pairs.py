"""The base class of augmentations that mix examples and their labels."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import GREATEST_SEED
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import check_floating, working_dtype
from kapre_like.ops.masking import length_mask, lengths, zero_invalid
from kapre_like.ops.mixing import mixed


class PairAugmentation(FrontEnd):
    """Mixes each example with another example of its batch, and the labels of both.

    The input is a pair `(x, y)`, and so is the output. `x` is a tensor, a list `[x, length]`,
    or a dict with the keys `waveform` and `length`. The partners of the examples are a random
    permutation of the batch, so an example may be its own partner.

    A subclass implements `mix`.

    Args:
        probability: Number in 0 .. 1, the probability that an example is changed.
        n_classes: Int > 0 if labels are integers, else `None`.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
    """

    # Ranks of `x` that the layer accepts.
    ranks = (2, 3, 4)

    def __init__(self, *, probability=1.0, n_classes=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        # A Keras mask of the input does not fit the mixtures. Pass lengths instead.
        self.supports_masking = False
        _check.share(owner, probability=probability)
        if n_classes is not None:
            _check.positive_int(owner, n_classes=n_classes)
        if seed is not None:
            _check.non_negative_int(owner, seed=seed)
            if seed > GREATEST_SEED:
                _check.fail(owner, "seed", f"None, or an int in 0 .. {GREATEST_SEED}", seed)
        self.probability, self.n_classes, self.seed = probability, n_classes, seed
        self.seed_generator = keras.random.SeedGenerator(None if seed is None else int(seed))

    def draw_weights(self, batch):
        """Draws the weight of each example in its mixture, `(batch,)` in 0 .. 1."""
        raise NotImplementedError

    def mix(self, x, other, weight, length, other_length):
        """Returns the mixtures, the weight of each example's label, and the lengths.

        Args:
            x: Float tensor, zero past each example's end.
            other: The partners.
            weight: Float32 `(batch,)`; 1 for examples that are not changed.
            length: Int32 `(batch,)`, valid steps.
            other_length: Int32 `(batch,)`, valid steps of the partners.
        """
        raise NotImplementedError

    def build(self, input_shape):
        """Does nothing: the layer has no weights."""

    def call(self, inputs, training=None):
        x, length, labels = self._parts(inputs)
        self._check(x, labels)
        x, labels = ops.cast(x, working_dtype(self)), self._as_numbers(labels)
        if training:
            x, length, labels = self._changed(x, length, labels)
        return _like(inputs, x, length, labels)

    def _changed(self, x, length, labels):
        if length is None:
            steps = lengths(ops.ones(ops.shape(x)[:2], dtype="bool"))
        else:
            steps = ops.cast(length, "int32")
            x = zero_invalid(x, mask=length_mask(x, length=steps))
        batch = ops.shape(x)[0]
        order, weight = ops.argsort(self.uniform((batch,))), self.draw_weights(batch)
        if self.probability < 1:
            chosen = self.uniform((batch,)) < self.probability
            weight = ops.where(chosen, weight, ops.ones_like(weight))
        partner = [ops.take(part, order, axis=0) for part in (x, steps, labels)]
        x, share, ends = self.mix(x, partner[0], weight, steps, partner[1])
        labels = mixed(labels, partner[2], weight=share)
        return x, None if length is None else ops.cast(ends, length.dtype), labels

    def _parts(self, inputs):
        """Returns `x`, the lengths or `None`, and the labels."""
        owner = type(self).__name__
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError(f"{owner}: expects a pair (x, y). Received: {type(inputs)}.")
        x, labels = inputs
        if isinstance(x, dict):
            if set(x) != {"waveform", "length"}:
                raise ValueError(
                    f"{owner}: expects the keys ['length', 'waveform']. Received: {sorted(x)}."
                )
            return x["waveform"], x["length"], labels
        return (*x, labels) if isinstance(x, (list, tuple)) else (x, None, labels)

    def _check(self, x, labels):
        owner, rank = type(self).__name__, len(x.shape)
        check_floating(owner, x)
        if rank not in self.ranks:
            raise ValueError(
                f"{owner}: expects an input of rank {' or '.join(map(str, self.ranks))}. "
                f"Received: shape={tuple(x.shape)}."
            )
        if not _whole(labels):
            return
        if self.n_classes is None:
            fix = "Or pass labels as floating point: one-hot, or scores."
            _check.fail(owner, "n_classes", "given for integer labels", None, fix)
        if len(labels.shape) > 2 or (len(labels.shape) == 2 and labels.shape[1] != 1):
            raise ValueError(
                f"{owner}: expects integer labels in (batch,) or (batch, 1). "
                f"Received: shape={tuple(labels.shape)}. Pass several labels per example as "
                "floating point."
            )

    def _as_numbers(self, labels):
        """Returns integer labels as one-hot, and all others as floating point."""
        if not _whole(labels):
            return ops.cast(labels, working_dtype(self))
        labels = ops.reshape(labels, (-1,))
        return ops.one_hot(labels, self.n_classes, dtype=working_dtype(self))

    def compute_output_shape(self, input_shape):
        # Shapes do not show whether labels become one-hot; `compute_output_spec` sees dtypes.
        return input_shape

    def compute_output_spec(self, inputs, training=None):  # noqa: ARG002
        x, length, labels = self._parts(inputs)
        self._check(x, labels)
        shape = (labels.shape[0], self.n_classes) if _whole(labels) else labels.shape
        dtype = working_dtype(self)
        x, labels = keras.KerasTensor(x.shape, dtype), keras.KerasTensor(shape, dtype)
        return _like(inputs, x, length, labels)

    def uniform(self, shape, low=0.0, high=1.0):
        """Returns float32 numbers that are uniform over `low` .. `high`, new at each call."""
        return keras.random.uniform(shape, low, high, "float32", seed=self.seed_generator)


def _whole(labels):
    return keras.backend.is_int_dtype(keras.backend.standardize_dtype(labels.dtype))


def _like(inputs, x, length, labels):
    """Returns the parts in the structure of `inputs`."""
    if isinstance(inputs[0], dict):
        x = {"waveform": x, "length": length}
    elif isinstance(inputs[0], (list, tuple)):
        x = type(inputs[0])([x, length])
    return type(inputs)([x, labels])
