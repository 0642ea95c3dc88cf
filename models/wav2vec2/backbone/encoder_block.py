"""A transformer block, with optional gradient checkpointing."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.wav2vec2.backbone.dense_parts import (
    by_rows,
    dense_configs,
    restore_dense,
)
from kapre_like.models.wav2vec2.backbone.self_attention import SelfAttention


@keras.saving.register_keras_serializable(package="kapre_like")
class EncoderBlock(keras.layers.Layer):
    """A transformer block with pre- or post-normalization, optionally skipped in training.

    Post-normalization (`stable=False`): `y = n1(x + a(x)); z = n2(y + f(y))`.
    Pre-normalization (`stable=True`): `y = x + a(n1(x)); z = y + f(n2(y))`, and with an adapter
    `z + w2 relu(w1 n3(z))`. `a` is self-attention. `f` are two dense layers with an activation.

    Args:
        heads: Int > 0, a divisor of the channels.
        intermediate: Int > 0, channels between the two dense layers.
        stable: Whether the block has pre-normalization.
        activation: Name in `dense_parts.ACTIVATIONS`.
        adapter: Int > 0, channels of the adapter, or `None`. Requires `stable=True`.
        epsilon: Float > 0, added to variances.
        dropout: Float in [0, 1), dropout of the values that are added to `x` and `y`.
        attention_dropout: Float in [0, 1), dropout of the attention weights.
        activation_dropout: Float in [0, 1), dropout after the activation.
        layer_drop: Float in [0, 1), share of training batches for which the block is skipped.
        relative: Whether attention has relative positions, see `SelfAttention`.
        gradient_checkpointing: Whether training stores the block's input only, and recomputes
            the activations in the backward pass. Needs less memory and more time.
        dense: Configurations of the dense layers from `get_config`. `None` creates new layers.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]`: `(batch, frames, channels)` and `(batch, frames)` bool. With
        `relative=True` also `(heads, frames, frames)`.

    Output shape:
        That of `x`.

    Source: Baevski et al. 2020; `layer_drop`: A. Fan et al., "Reducing Transformer Depth on
        Demand with Structured Dropout", ICLR 2020.
    """

    def __init__(
        self,
        *,
        heads,
        intermediate,
        stable=False,
        activation="gelu",
        adapter=None,
        epsilon=1e-5,
        dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        layer_drop=0.0,
        relative=False,
        gradient_checkpointing=False,
        dense=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check.positive_int("EncoderBlock", heads=heads, intermediate=intermediate)
        self.heads, self.intermediate, self.stable = heads, intermediate, stable
        self.activation, self.adapter, self.epsilon = activation, adapter, epsilon
        self.dropout, self.attention_dropout = dropout, attention_dropout
        self.activation_dropout, self.layer_drop = activation_dropout, layer_drop
        _check.boolean("EncoderBlock", gradient_checkpointing=gradient_checkpointing)
        self.gradient_checkpointing = gradient_checkpointing
        self._dense, self.relative = dense, relative
        policy = {"dtype": self.dtype_policy}
        self.attention = SelfAttention(
            heads=heads,
            dropout=attention_dropout,
            relative=relative,
            name="attention",
            **policy,
        )
        self.layer_norm = keras.layers.LayerNormalization(
            epsilon=epsilon, name="layer_norm", **policy
        )
        self.final_layer_norm = keras.layers.LayerNormalization(
            epsilon=epsilon, name="final_layer_norm", **policy
        )
        if adapter:
            self.adapter_norm = keras.layers.LayerNormalization(
                epsilon=1e-5, name="adapter_norm", **policy
            )
        self.residual_dropout = keras.layers.Dropout(dropout, **policy)
        self.inner_dropout = keras.layers.Dropout(activation_dropout, **policy)
        self.seed_generator = keras.random.SeedGenerator() if layer_drop else None

    @property
    def PARTS(self):
        return ("intermediate_dense", "output_dense") + (
            ("adapter_in", "adapter_out") if self.adapter else ()
        )

    def build(self, input_shape):
        x = tuple(input_shape[0])
        sizes = dict(
            zip(self.PARTS, (self.intermediate, x[-1], self.adapter, x[-1]), strict=False)
        )
        own, attention = (self._dense or {}).get("own"), (self._dense or {}).get("attention")
        restore_dense(self, sizes, own)
        self.attention._dense = attention
        self.attention.build(input_shape)
        for name in self.PARTS:
            wide = {"output_dense": self.intermediate, "adapter_out": self.adapter}
            getattr(self, name).build((*x[:-1], wide.get(name, x[-1])))
        for norm in ("layer_norm", "final_layer_norm", *["adapter_norm"][: bool(self.adapter)]):
            getattr(self, norm).build(x)

    def call(self, inputs, training=None):
        x, valid, *bias = inputs
        if training and self.gradient_checkpointing:
            block = lambda x, *bias: self._block(x, [valid, *bias], True)  # noqa: E731
            y = recomputed(self, block, x, *bias, draws=self._draws())
        else:
            y = self._block(x, [valid, *bias], training)
        if not training or not self.layer_drop:
            return y
        kept = keras.random.uniform((), seed=self.seed_generator) >= self.layer_drop
        return ops.where(kept, y, x)

    def _block(self, x, others, training):
        drop = self.residual_dropout
        if not self.stable:
            x = x + drop(self.attention([x, *others], training=training), training=training)
            x = self.layer_norm(x)
            return self.final_layer_norm(x + self._dense_pair(x, training))
        y = self.attention([self.layer_norm(x), *others], training=training)
        x = x + drop(y, training=training)
        x = x + self._dense_pair(self.final_layer_norm(x), training)
        if self.adapter:
            y = by_rows(self.adapter_in, self.adapter_norm(x), "relu")
            x = x + by_rows(self.adapter_out, y)
        return x

    def _draws(self):
        """Returns how often `_block` draws from each seed generator, as a dict."""
        once, twice = (
            (self.attention.weights_dropout, self.inner_dropout),
            self.residual_dropout,
        )
        used = {**dict.fromkeys(once, 1), twice: 2}
        return {layer.seed_generator: n for layer, n in used.items() if layer.rate}

    def _dense_pair(self, x, training):
        x = by_rows(self.intermediate_dense, x, self.activation)
        x = by_rows(self.output_dense, self.inner_dropout(x, training=training))
        return self.residual_dropout(x, training=training)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        names = (
            "heads", "intermediate", "stable", "activation", "adapter", "epsilon", "dropout",
            "attention_dropout", "activation_dropout", "layer_drop", "relative",
            "gradient_checkpointing",
        )  # fmt: skip
        dense = self._dense
        if self.built:
            dense = {"own": dense_configs(self), "attention": dense_configs(self.attention)}
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names},
            "dense": dense,
        }


def recomputed(
    layer: keras.layers.Layer, call: Callable[..., Any], *tensors: Any, draws: dict[Any, int]
) -> Any:
    """Returns `call(*tensors)` with gradient checkpointing: only `tensors` are stored.

    The seed generators advance as if `call` ran once, and the second run draws the same numbers
    as the first. Outputs and gradients are therefore those of a plain call.

    Args:
        layer: Layer with the variables that `call` reads.
        call: Function from tensors to a tensor without side effects except on random states.
        *tensors: Arguments of `call`. No other tensor gets a gradient.
        draws: Dict from each `keras.random.SeedGenerator` that `call` uses to its number of
            draws.
    """
    seeds = [(generator.state, _advance(generator, n)) for generator, n in draws.items()]
    learned, count = layer.trainable_variables, len(tensors)
    taken = {id(variable) for variable in [*learned, *(state for state, _ in seeds)]}
    fixed = [(v, _value(v)) for v in layer.variables if id(v) not in taken]

    def pure(*values: Any) -> Any:
        state = [*zip(learned, values[count:], strict=True), *fixed, *seeds]
        # Random states must not change outside of this function.
        with keras.StatelessScope(state_mapping=state):
            return call(*values[:count])

    return keras.remat(pure)(*tensors, *map(_value, learned))


def _advance(generator: keras.random.SeedGenerator, n: int) -> Any:
    """Returns the random state before `n` draws, and advances the generator past them."""
    first = generator.next()
    for _ in range(n - 1):
        generator.next()
    return first


def _value(variable: Any) -> Any:
    return keras.ops.convert_to_tensor(variable.value)
