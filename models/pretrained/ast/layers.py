"""Layers of the Audio Spectrogram Transformer that Keras does not have."""

from typing import Any

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.pretrained.ast.config import ACTIVATIONS
from kapre_like.ops.lowering import plain


@keras.saving.register_keras_serializable(package="kapre_like")
class AddTokens(keras.layers.Layer):
    """Prepends a class token and a distillation token, and adds position embeddings.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, tokens, channels)`.

    Output shape:
        `(batch, 2 + tokens, channels)`.

    Weights:
        `cls_token`, `distillation_token`: `(1, 1, channels)`; `position_embeddings`:
            `(1, 2 + tokens, channels)`.
    """

    def build(self, input_shape: Any) -> None:
        _, tokens, channels = input_shape
        shapes = {
            "cls_token": (1, 1, channels),
            "distillation_token": (1, 1, channels),
            "position_embeddings": (1, 2 + tokens, channels),
        }
        for name, shape in shapes.items():
            weight = self.add_weight(shape=shape, initializer="zeros", name=name)
            setattr(self, name, weight)

    def call(self, inputs: Any) -> Any:
        both = ops.concatenate([self.cls_token, self.distillation_token], axis=1)
        # Broadcasting instead of `ops.repeat`, because the batch size may be unknown.
        first = ops.zeros_like(inputs[:, :2]) + ops.cast(both, inputs.dtype)
        tokens = ops.concatenate([first, inputs], axis=1)
        return tokens + ops.cast(self.position_embeddings, inputs.dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, tokens, channels = input_shape
        return batch, 2 + tokens, channels


@keras.saving.register_keras_serializable(package="kapre_like")
class HeadAttention(keras.layers.Layer):
    """Multi-head scaled dot-product attention over given queries, keys and values.

    Args:
        heads: Int > 0, a divisor of the channels.
        dropout: Float in [0, 1), dropout of the attention weights.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[query, key, value]` of `(batch, tokens, channels)`, with a known number of
        tokens.

    Output shape:
        `(batch, tokens, channels)`.

    Raises:
        ValueError: If `heads` is not an int > 0.
    """

    def __init__(self, *, heads: int, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _check.positive_int("HeadAttention", heads=heads)
        self.heads, self.dropout = heads, dropout
        self.weights_dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

    def call(self, inputs: Any, training: Any = None) -> Any:
        query, key, value = (self._split(x) for x in inputs)
        scale = query.shape[-1] ** -0.5
        scores = ops.matmul(query * scale, ops.transpose(key, (0, 1, 3, 2)))
        # The sum over many tokens needs float32.
        weights = ops.softmax(ops.cast(scores, "float32"))
        weights = self.weights_dropout(ops.cast(weights, value.dtype), training=training)
        mixed = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
        return ops.reshape(mixed, (-1, *inputs[0].shape[1:]))

    def _split(self, x: Any) -> Any:
        """Returns `(batch, heads, tokens, channels per head)`."""
        tokens, channels = x.shape[1:]
        x = ops.reshape(x, (-1, tokens, self.heads, channels // self.heads))
        return ops.transpose(x, (0, 2, 1, 3))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads, "dropout": self.dropout}


@keras.saving.register_keras_serializable(package="kapre_like")
class BlockActivation(keras.layers.Layer):
    """The activation between the two dense layers of a block.

    Args:
        function: `"gelu"` (exact, with the error function), `"gelu_new"` (its tanh
            approximation) or `"relu"`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any.

    Output shape:
        The input's.

    Raises:
        ValueError: If `function` has another value.
    """

    def __init__(self, *, function: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _check.one_of("BlockActivation", ACTIVATIONS, function=function)
        self.function = function

    def call(self, inputs: Any) -> Any:
        if self.function == "relu":
            return ops.relu(inputs)
        if self.function == "gelu_new":
            return ops.gelu(inputs, approximate=True)
        if not plain():
            return ops.gelu(inputs, approximate=False)
        # onnxruntime and LiteRT recognize this formula as one operator.
        return 0.5 * inputs * (1.0 + ops.erf(inputs * 0.5**0.5))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "function": self.function}


@keras.saving.register_keras_serializable(package="kapre_like")
class FirstTokensMean(keras.layers.Layer):
    """Mean of the class token and the distillation token.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, 2 + tokens, channels)`.

    Output shape:
        `(batch, channels)`.
    """

    def call(self, inputs: Any) -> Any:
        return (inputs[:, 0] + inputs[:, 1]) / 2

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[0], input_shape[2]
