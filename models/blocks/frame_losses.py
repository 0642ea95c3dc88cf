"""Losses of networks with one output per frame: frame classification and CTC."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.blocks.class_check import known_classes
from kapre_like.models.blocks.ctc import log_space_ctc
from kapre_like.ops.masking import length_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class FrameLoss(keras.losses.Loss):
    """Mean cross-entropy over the frames that have a label.

    A loss receives no lengths. To exclude padded frames from the mean, give them a negative
    label, as `pad_frame_labels` does. With `sample_weight (batch, frames)` instead, frames of
    weight 0 still count in the denominator, as in all Keras losses.

    Args:
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Class indices `(batch, frames)`, negative for padding; or one-hot labels
            `(batch, frames, classes)`. With one-hot labels every frame counts, and the first
            maximum is the class, as in transformers. Frames beyond those of `y_pred` are
            ignored.
        y_pred: Logits `(batch, frames, classes)`.

    Raises:
        ValueError: For a class that `y_pred` does not have; see `known_classes`.
    """

    def __init__(self, *, reduction="sum_over_batch_size", name="frame_loss", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true, y_pred):
        if len(y_true.shape) == 3:
            y_true = ops.argmax(y_true, axis=-1)
        labels = ops.cast(y_true, "int32")[:, : ops.shape(y_pred)[1]]
        labels = known_classes("FrameLoss", labels, y_pred.shape[-1], lowest=None)
        counted = labels >= 0
        one_hot = labels[..., None] == ops.arange(y_pred.shape[-1], dtype="int32")
        own = ops.sum(ops.where(one_hot, y_pred, 0.0), axis=-1)
        losses = ops.where(counted, ops.logsumexp(y_pred, axis=-1) - own, 0.0)
        counted = ops.cast(counted, losses.dtype)
        # Keras divides by the number of all frames; this changes it to the labeled frames.
        share = ops.mean(counted)
        return losses / ops.where(share > 0, share, 1.0)


# Logit of probability 0. Logits of a network are far from it.
NEVER = -1e9


@keras.saving.register_keras_serializable(package="kapre_like")
class BlankPadding(keras.layers.Layer):
    """Sets the logits of padded frames to 0 for the blank and to -1e9 for all other tokens.

    The blank then has probability 1, which changes neither the decoded text nor the loss.
    `CTCLoss` and the decoder recognize these frames as padding, so they need no lengths.

    Args:
        blank: Int >= 0, index of the blank.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[logits, length]`: `(batch, frames, tokens)` and `(batch,)` int32.

    Output shape:
        The shape of `logits`.
    """

    def __init__(self, *, blank, **kwargs):
        super().__init__(**kwargs)
        _check.non_negative_int("BlankPadding", blank=blank)
        self.blank = blank
        self.supports_masking = True  # logits of recurrent layers have a mask

    def call(self, inputs):
        logits, length = inputs
        return _blank_outside(logits, length_mask(logits, length=length), self.blank)

    def compute_mask(self, inputs, previous_mask):  # noqa: ARG002 -- Keras's argument names
        return None

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        return {**super().get_config(), "blank": self.blank}


def _blank_outside(logits, valid, blank):
    """Returns the logits, with probability 1 for the blank in frames that are not valid."""
    certain = [0.0 if token == blank else NEVER for token in range(logits.shape[-1])]
    certain = ops.cast(ops.convert_to_tensor(certain, "float32"), logits.dtype)
    return ops.where(ops.expand_dims(valid, axis=-1), logits, certain)


@keras.saving.register_keras_serializable(package="kapre_like")
class FrameMask(keras.layers.Layer):
    """Attaches a Keras mask of the valid frames to logits. Does not change the logits.

    `CTCLoss` ignores frames that the mask excludes. Use it instead of `BlankPadding` if the
    logits of padded frames must stay equal to those of another library.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[logits, length]`: `(batch, frames, tokens)` and `(batch,)` int32.

    Output shape:
        The shape of `logits`.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        return inputs[0] + 0.0  # a new tensor, so that only the output has the mask

    def compute_mask(self, inputs, previous_mask):  # noqa: ARG002 -- Keras's argument names
        logits, length = inputs
        return length_mask(logits, length=length)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])


class _MaskedFrames(keras.layers.Layer):
    """Sets frames outside the Keras mask as `BlankPadding` does, and drops the mask."""

    def __init__(self, *, blank, **kwargs):
        super().__init__(**kwargs)
        self.blank, self.supports_masking = blank, True

    def call(self, inputs, mask=None):
        return inputs if mask is None else _blank_outside(inputs, mask, self.blank)

    def compute_mask(self, inputs, previous_mask):  # noqa: ARG002 -- Keras's argument names
        return None


@keras.saving.register_keras_serializable(package="kapre_like")
class CTCLoss(keras.losses.Loss):
    """CTC loss: `-log P(text | logits)`, summed over all alignments of the text.

    Excludes frames that `BlankPadding` marked as padding, and frames outside the Keras mask of
    `y_pred` (see `FrameMask`). Arrays have no mask, so pass `lengths` for them. If a clip has
    too few frames for its text, the loss is infinite and the gradient is 0.

    Args:
        blank: Int >= 0, index of the blank: `config.pad_token_id`.
        zero_infinity: Whether an infinite loss is replaced by 0.
        per_label: Whether a clip's loss is divided by the length of its text.
        reduction: As in `keras.losses.Loss`. `"sum"` with `per_label=False` equals `"sum"` of
            transformers, `"sum_over_batch_size"` with `per_label=True` equals its `"mean"`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Token indices `(batch, letters)`. Negative numbers and the blank are padding.
        y_pred: Logits `(batch, frames, tokens)`.
        lengths: Int `(batch,)`, the valid frames of each clip (`frame_count`). `None` uses the
            marks of `BlankPadding` and the Keras mask only.

    Raises:
        ValueError: For a token that `y_pred` does not have; see `known_classes`. Under XLA on
            TensorFlow the clip's loss is NaN instead.

    Source: A. Graves et al., "Connectionist Temporal Classification", ICML 2006.
    """

    def __init__(
        self,
        *,
        blank=0,
        zero_infinity=False,
        per_label=False,
        reduction="sum",
        name="ctc_loss",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        _check.non_negative_int("CTCLoss", blank=blank)
        _check.boolean("CTCLoss", zero_infinity=zero_infinity, per_label=per_label)
        self.blank, self.zero_infinity, self.per_label = blank, zero_infinity, per_label

    def __call__(self, y_true, y_pred, sample_weight=None, *, lengths=None):
        if lengths is not None:
            y_pred = ops.convert_to_tensor(y_pred)
            valid = length_mask(y_pred, length=ops.convert_to_tensor(lengths, "int32"))
            y_pred = _blank_outside(y_pred, valid, self.blank)
        # Keras would interpret the mask over frames as a mask over clips.
        y_pred = _MaskedFrames(blank=self.blank, dtype=self.dtype, name="frames")(y_pred)
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true, y_pred):
        # `BlankPadding` gives padded frames the logit -1e9 for every token but the blank.
        frames = ops.sum(ops.cast(ops.min(y_pred, axis=-1) > NEVER / 2, "int32"), axis=-1)
        return ctc_losses(
            y_true,
            y_pred,
            frames,
            blank=self.blank,
            zero_infinity=self.zero_infinity,
            per_label=self.per_label,
        )

    def get_config(self):
        names = ("blank", "zero_infinity", "per_label")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def ctc_losses(labels, logits, frames, *, blank, zero_infinity=False, per_label=False):
    """Returns the loss of each clip, float32 `(batch,)`.

    Args:
        labels: Token indices `(batch, letters)`. Negative numbers and the blank are padding,
            which may be anywhere.
        logits: `(batch, frames, tokens)`.
        frames: int32 `(batch,)`, number of valid frames.
        blank: Int >= 0, index of the blank.
        zero_infinity: Whether an infinite loss is replaced by 0.
        per_label: Whether a clip's loss is divided by the length of its text.

    Raises:
        ValueError: As `CTCLoss`.
    """
    tokens = logits.shape[-1]
    labels = known_classes("CTCLoss", ops.cast(labels, "int32"), tokens, lowest=None)
    outside = ops.any(labels >= tokens, axis=1)
    labels, count = _packed(labels, blank)
    frames = ops.cast(frames, "int32")
    possible = frames >= count + _repeats(labels)
    # If no alignment exists, use an empty text instead, because its gradient is finite.
    losses = log_space_ctc(
        ops.maximum(labels, 0),
        ops.cast(logits, "float32"),
        ops.where(possible, count, 0),
        frames,
        blank=blank,
    )
    losses = ops.where(possible, losses, 0.0 if zero_infinity else float("inf"))
    losses = ops.where(outside, float("nan"), losses)
    return losses / ops.cast(ops.maximum(count, 1), "float32") if per_label else losses


def _packed(labels, blank):
    """Moves the letters to the front, pads with -1, and counts them. Adds one column."""
    # JAX's loss compares neighboring letters, so there must be at least one column.
    labels = ops.pad(labels, [(0, 0), (0, 1)], constant_values=-1)
    letter = ops.logical_and(labels >= 0, labels != blank)
    position = ops.cumsum(ops.ones_like(labels), axis=1)
    # Distinct keys, because not every backend sorts stably.
    order = ops.argsort(position + ops.where(letter, 0, 1 << 20), axis=1)
    packed = ops.take_along_axis(ops.where(letter, labels, -1), order, axis=1)
    return packed, ops.sum(ops.cast(letter, "int32"), axis=1)


def _repeats(labels):
    """Counts repeated letters. Each needs one more frame, for the blank in between."""
    same = ops.logical_and(labels[:, 1:] == labels[:, :-1], labels[:, 1:] >= 0)
    return ops.sum(ops.cast(same, "int32"), axis=1)
