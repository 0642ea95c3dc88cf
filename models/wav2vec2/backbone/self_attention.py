"""Multi-head self-attention over valid frames."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.wav2vec2.backbone.dense_parts import (
    by_rows,
    dense_configs,
    restore_dense,
)

_EXCLUDED = {"float16": -6e4}


@keras.saving.register_keras_serializable(package="kapre_like")
class SelfAttention(keras.layers.Layer):
    """Multi-head self-attention over the valid frames of each clip.

    Computes `softmax(q k^T / sqrt(size)) v` per head, with a large negative number added to the
    scores where `k` is padding. The four projections are `keras.layers.Dense`, so
    `enable_lora` and `quantize` apply to them.

    With `relative=True` a third input is added to the scores. Each of its rows is multiplied by
    a gate of the row's frame: `2 + a (c b - 1)`, where `a` and `b` are sigmoids of weighted
    sums over the frame's channels of a head, and `c` is learned.

    Args:
        heads: Int > 0, a divisor of the channels.
        dropout: Float in [0, 1), dropout of the attention weights.
        relative: Whether the third input, relative positions, is used.
        dense: Configurations of the projections from `get_config`. `None` creates new layers.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]`: `(batch, frames, channels)` and `(batch, frames)` bool. With
        `relative=True` also `(heads, frames, frames)` from `RelativePositions`.

    Output shape:
        That of `x`.

    Weights:
        `q_proj`, `k_proj`, `v_proj`, `out_proj`: a kernel `(channels, channels)` and a bias
        each. With `relative=True`: `gate_kernel (size, 8)`, `gate_bias (8,)`,
        `gate_scale (1, heads, 1, 1)`.

    Source: A. Vaswani et al., "Attention Is All You Need", NeurIPS 2017, section 3.2; the
        gate: S. Chen et al., "WavLM", IEEE JSTSP 2022, section III-A.
    """

    PARTS = ("q_proj", "k_proj", "v_proj", "out_proj")

    def __init__(self, *, heads, dropout=0.0, relative=False, dense=None, **kwargs):
        super().__init__(**kwargs)
        _check.positive_int("SelfAttention", heads=heads)
        _check.boolean("SelfAttention", relative=relative)
        self.heads, self.dropout, self.relative = heads, dropout, relative
        self._dense = dense
        self.weights_dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

    def build(self, input_shape):
        x = tuple(input_shape[0])
        sizes = dict.fromkeys(self.PARTS, x[-1])
        restore_dense(self, sizes, self._dense)
        for name in self.PARTS:
            getattr(self, name).build(x)
        if self.relative:
            self._build_gate(x[-1] // self.heads)

    def _build_gate(self, size):
        # Plain weights, because LoRA and quantization only apply to the large projections.
        self.gate_kernel = self.add_weight(
            shape=(size, 8), initializer="glorot_uniform", name="gate_kernel"
        )
        self.gate_bias = self.add_weight(shape=(8,), initializer="zeros", name="gate_bias")
        self.gate_scale = self.add_weight(
            shape=(1, self.heads, 1, 1), initializer="ones", name="gate_scale"
        )

    def call(self, inputs, training=None):
        x, valid = inputs[:2]
        batch = ops.shape(x)[0]
        q, k, v = (
            self._split(by_rows(getattr(self, name), x), batch) for name in self.PARTS[:3]
        )
        size = q.shape[-1]
        transposed = (0, 2, 1) if self.heads == 1 else (0, 1, 3, 2)
        scores = ops.matmul(q * size**-0.5, ops.transpose(k, transposed))
        if self.relative:
            scores = scores + self._gate(self._split(x, batch)) * inputs[2]
        excluded = _EXCLUDED.get(keras.backend.standardize_dtype(scores.dtype), -1e9)
        padding = ops.cast(ops.logical_not(valid), scores.dtype) * excluded
        new_axes = 1 if self.heads == 1 else (1, 2)
        weights = _softmax(scores + ops.expand_dims(padding, axis=new_axes))
        weights = self.weights_dropout(weights, training=training)
        y = ops.matmul(weights, v)
        y = y if self.heads == 1 else ops.transpose(y, (0, 2, 1, 3))
        return by_rows(self.out_proj, ops.reshape(y, (batch, -1, x.shape[-1])))

    def _gate(self, x):
        """Returns the gate of each frame and head: the shape of `x` with 1 channel."""
        # The original sums four projections for each of the two sigmoids.
        kernel = ops.sum(ops.reshape(self.gate_kernel, (-1, 2, 4)), axis=-1)
        bias = ops.sum(ops.reshape(self.gate_bias, (2, 4)), axis=-1)
        gate = ops.sigmoid(ops.matmul(x, kernel) + bias)
        scale = ops.reshape(self.gate_scale, (1, 1, 1)) if self.heads == 1 else self.gate_scale
        return gate[..., :1] * (gate[..., 1:] * scale - 1.0) + 2.0

    def _split(self, x, batch):
        """Reshapes `(batch, frames, channels)` to `(batch, heads, frames, size)`.

        A single head has no axis, because the converter to ONNX drops an axis of size 1.
        """
        if self.heads == 1:
            return x
        x = ops.reshape(x, (batch, -1, self.heads, x.shape[-1] // self.heads))
        return ops.transpose(x, (0, 2, 1, 3))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        names = ("heads", "dropout", "relative")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "dense": dense_configs(self)}


def _softmax(scores):
    # Keras warns about a softmax over one value, but a clip may have a single frame.
    return ops.ones_like(scores) if scores.shape[-1] == 1 else ops.softmax(scores, axis=-1)
