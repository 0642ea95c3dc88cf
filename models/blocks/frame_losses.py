"""Losses of networks that answer for every frame: classes by frame, and texts without times."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.ops.masking import length_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class FrameLoss(keras.losses.Loss):
    """Mean cross-entropy over the frames that have a label.

    Padded frames must not count, and a loss sees no lengths: mark them in the labels with a
    negative number (`pad_frame_labels` does), or give `sample_weight (batch, frames)`, whose
    zeros then count in the mean's denominator, as everywhere in Keras.

    Args:
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Class indices `(batch, frames)`, below 0 for padding; or ones and zeros
            `(batch, frames, classes)`, of which every frame counts and the first greatest is
            the class, as in transformers. More frames than `y_pred` has are cut off.
        y_pred: Logits `(batch, frames, classes)`.
    """

    def __init__(self, *, reduction="sum_over_batch_size", name="frame_loss", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true, y_pred):
        if len(y_true.shape) == 3:
            y_true = ops.argmax(y_true, axis=-1)
        labels = ops.cast(y_true, "int32")[:, : ops.shape(y_pred)[1]]
        counted = labels >= 0
        one_hot = labels[..., None] == ops.arange(y_pred.shape[-1], dtype="int32")
        own = ops.sum(ops.where(one_hot, y_pred, 0.0), axis=-1)
        losses = ops.where(counted, ops.logsumexp(y_pred, axis=-1) - own, 0.0)
        counted = ops.cast(counted, losses.dtype)
        # Keras divides by all frames; the mean is over those that count.
        share = ops.mean(counted)
        return losses / ops.where(share > 0, share, 1.0)


# Its exponential is 0, and no network's logit comes near it.
NEVER = -1e9


@keras.saving.register_keras_serializable(package="kapre_like")
class BlankPadding(keras.layers.Layer):
    """Sets the logits past a clip's end to 0 for the blank and to -1e9 for all else.

    A blank of probability 1 adds nothing to a text and nothing to a loss; and `CTCLoss` and
    the decoder read from these frames where a clip ends. No length has to go beside them.

    Args:
        blank: Int >= 0, index of the blank.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[logits, length]`: `(batch, frames, tokens)` and `(batch,)` int32.

    Output shape:
        That of `logits`.
    """

    def __init__(self, *, blank, **kwargs):
        super().__init__(**kwargs)
        _check.non_negative_int("BlankPadding", blank=blank)
        self.blank = blank

    def call(self, inputs):
        logits, length = inputs
        tokens = logits.shape[-1]
        certain = [0.0 if token == self.blank else NEVER for token in range(tokens)]
        certain = ops.cast(ops.convert_to_tensor(certain, "float32"), logits.dtype)
        return ops.where(
            ops.expand_dims(length_mask(logits, length=length), axis=-1), logits, certain
        )

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        return {**super().get_config(), "blank": self.blank}


@keras.saving.register_keras_serializable(package="kapre_like")
class CTCLoss(keras.losses.Loss):
    """`-log P(text | logits)`, over all ways to stretch the text with repeats and blanks.

    Each clip counts with its own number of frames: those that `BlankPadding` marked are left
    out. A text that cannot be said in so few frames is infinitely unlikely; its gradient is 0.

    Args:
        blank: Int >= 0, index of the blank: `config.pad_token_id`.
        zero_infinity: Whether impossible texts count as 0 instead of infinity.
        per_label: Whether a clip's loss is divided by the letters of its text.
        reduction: As in `keras.losses.Loss`; `"sum"` and `per_label=False` are what
            transformers calls `"sum"`, `"sum_over_batch_size"` and `per_label=True` what it
            calls `"mean"`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Integers `(batch, letters)`; below 0, or the blank, is padding.
        y_pred: Logits `(batch, frames, tokens)`.

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

    def call(self, y_true, y_pred):
        # What is certain to be no letter but the blank is padding.
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
        labels: Integers `(batch, letters)`; below 0, or the blank, is padding, anywhere.
        logits: `(batch, frames, tokens)`.
        frames: int32 `(batch,)`, valid frames.
        blank: Int >= 0.
        zero_infinity: Whether impossible texts count as 0 instead of infinity.
        per_label: Whether a clip's loss is divided by the letters of its text.
    """
    labels, count = _packed(ops.cast(labels, "int32"), blank)
    frames = ops.cast(frames, "int32")
    possible = frames >= count + _repeats(labels)
    # Where there is no way, the text of no letters stands in: its gradient is finite.
    losses = ops.ctc_loss(
        ops.maximum(labels, 0),
        ops.cast(logits, "float32"),
        ops.where(possible, count, 0),
        frames,
        mask_index=blank,
    )
    losses = ops.where(possible, losses, 0.0 if zero_infinity else float("inf"))
    return losses / ops.cast(ops.maximum(count, 1), "float32") if per_label else losses


def _packed(labels, blank):
    """The letters first, -1 after them, and their number; one column more than before."""
    # JAX's loss compares neighbours, which a table of no columns has not.
    labels = ops.pad(labels, [(0, 0), (0, 1)], constant_values=-1)
    letter = ops.logical_and(labels >= 0, labels != blank)
    position = ops.cumsum(ops.ones_like(labels), axis=1)
    # All different, so that no sort may change the order of letters.
    order = ops.argsort(position + ops.where(letter, 0, 1 << 20), axis=1)
    packed = ops.take_along_axis(ops.where(letter, labels, -1), order, axis=1)
    return packed, ops.sum(ops.cast(letter, "int32"), axis=1)


def _repeats(labels):
    """How often a letter follows itself: a blank must come between, one frame more."""
    same = ops.logical_and(labels[:, 1:] == labels[:, :-1], labels[:, 1:] >= 0)
    return ops.sum(ops.cast(same, "int32"), axis=1)
