"""The Conformer block: feed-forward, attention, convolution, feed-forward."""

import keras

from kapre_like.models.blocks.causal import TimePadding
from kapre_like.models.blocks.relative_attention import RelativeSelfAttention


def conformer_block(x, valid, mask, *, row, causal, name):
    """Applies a Conformer block: four modules, whose results are added to their input.

    The convolution module has layer normalization where the paper has batch normalization. Its
    result does not depend on the other clips of a batch, of which a processor has few.

    Args:
        x: Keras tensor `(batch, frames, channels)`.
        valid: Keras tensor `(batch, frames, 1)`, 1 for valid frames and 0 for padding.
        mask: The same as bool `(batch, frames)`.
        row: A `Row`.
        causal: Whether a frame depends on no later one.
        name: Prefix of the names of the layers.

    Source: A. Gulati et al., "Conformer", Interspeech 2020, section 2.4.
    """
    x = _added(x, _feed_forward(x, row, name=f"{name}_first"), row, 0.5, name=f"{name}_first")
    y = _norm(f"{name}_attention_norm")(x)
    y = RelativeSelfAttention(
        heads=row.heads,
        dropout=row.dropout,
        left_context=row.left_context if causal else None,
        name=f"{name}_attention",
    )([y, mask])
    x = _added(x, y, row, 1.0, name=f"{name}_attention")
    y = _convolution(x, valid, row, causal, name=f"{name}_conv")
    x = _added(x, y, row, 1.0, name=f"{name}_conv")
    x = _added(x, _feed_forward(x, row, name=f"{name}_last"), row, 0.5, name=f"{name}_last")
    return _norm(f"{name}_norm")(x)


def _norm(name):
    return keras.layers.LayerNormalization(epsilon=1e-5, name=name)


def _added(x, y, row, share, *, name):
    """Returns `x + share * dropout(y)`."""
    y = keras.layers.Dropout(row.dropout, name=f"{name}_dropout")(y)
    if share != 1.0:
        y = keras.layers.Rescaling(share, name=f"{name}_half")(y)
    return keras.layers.Add(name=f"{name}_sum")([x, y])


def _feed_forward(x, row, *, name):
    """Layer normalization, four times the channels, Swish, and back."""
    x = _norm(f"{name}_norm")(x)
    x = keras.layers.Dense(4 * row.channels, "silu", name=f"{name}_up")(x)
    x = keras.layers.Dropout(row.dropout, name=f"{name}_inner_dropout")(x)
    return keras.layers.Dense(row.channels, name=f"{name}_down")(x)


def _convolution(x, valid, row, causal, *, name):
    """A gated pointwise, a depthwise and a pointwise convolution.

    Padded frames become zero before the depthwise convolution, as beyond the end of a clip
    alone.
    """
    x = _norm(f"{name}_norm")(x)
    gate = keras.layers.Dense(row.channels, "sigmoid", name=f"{name}_gate")(x)
    x = keras.layers.Dense(row.channels, name=f"{name}_in")(x)
    x = keras.layers.Multiply(name=f"{name}_glu")([x, gate, valid])
    before = row.kernel - 1 if causal else row.kernel // 2
    x = TimePadding(before=before, after=row.kernel - 1 - before, name=f"{name}_padding")(x)
    x = keras.layers.DepthwiseConv1D(row.kernel, name=f"{name}_depthwise")(x)
    x = _norm(f"{name}_inner_norm")(x)
    x = keras.layers.Activation("silu", name=f"{name}_swish")(x)
    return keras.layers.Dense(row.channels, name=f"{name}_out")(x)
