"""Dense layers inside other layers, with quantization and low-rank adaptation; activations.

`enable_lora` and `quantize` change the configuration of a Dense layer. A layer that contains
Dense layers therefore saves their configurations in its own.
"""

from collections.abc import Sequence

import keras
from keras import ops

from kapre_like import _check
from kapre_like.ops.lowering import plain


def _gelu(x):
    if not plain():
        return ops.gelu(x, approximate=False)
    # onnxruntime and LiteRT recognize this formula as one operator.
    return 0.5 * x * (1.0 + ops.erf(x * 0.5**0.5))


_FUNCTIONS = {
    "gelu": _gelu,
    "gelu_new": lambda x: ops.gelu(x, approximate=True),
    "relu": ops.relu,
    "silu": ops.silu,
}
ACTIVATIONS = tuple(_FUNCTIONS)


def activate(x, name):
    """Applies the activation `name`. `"gelu"` is exact, with the error function."""
    return _FUNCTIONS[name](x)


def restore_dense(layer, sizes, configs):
    """Creates the Dense layers of `layer` from their configurations.

    Args:
        layer: Keras layer that will contain the Dense layers.
        sizes: Dict from name to output channels.
        configs: Configurations from `dense_configs`, or `None` for new layers.
    """
    for name, units in sizes.items():
        if configs:
            dense = keras.saving.deserialize_keras_object(configs[name])
        else:
            dense = keras.layers.Dense(units, name=name, dtype=layer.dtype_policy)
        setattr(layer, name, dense)


def by_rows(dense, x, activation=None):
    """Returns `activation(dense(x))` for `x (batch, frames, channels)`, computed on rows.

    TensorFlow fuses a product of two dimensions with its bias and activation into one pass over
    memory. With three dimensions Keras inserts a reshape, which prevents this.
    """
    y = dense(ops.reshape(x, (-1, x.shape[-1])))
    y = y if activation is None else activate(y, activation)
    return ops.reshape(y, (*ops.shape(x)[:-1], y.shape[-1]))


def dense_configs(layer):
    """Returns the serialized Dense layers in `layer.PARTS`, or `None` before they are built."""
    if not layer.built:
        return layer._dense
    parts = {name: getattr(layer, name) for name in layer.PARTS}
    configs = {n: keras.saving.serialize_keras_object(part) for n, part in parts.items()}
    for config in configs.values():
        # The containing layer builds them, and Keras does not build a layer twice.
        config.pop("build_config", None)
    return configs


def enable_lora(
    model: keras.Model, rank: int, *, parts: Sequence[str] | None = ("q_proj", "v_proj")
) -> int:
    """Adds trainable low-rank matrices to Dense layers at any depth, and freezes their kernels.

    Keras merges the low-rank matrices into the kernels of a saved model, and loads both factors
    as zeros. Their gradients are then zero, so call this function again to initialize new ones.

    Args:
        model: A model of this package, or any other Keras model.
        rank: Int > 0, rank of the matrices.
        parts: Names of Dense layers. `None` selects all of them.

    Returns:
        Number of layers with low-rank matrices.

    Raises:
        ValueError: If no layer has a name in `parts`, or one has low-rank matrices that are
            not zero.

    Example:
        >>> from kapre_like.models.wav2vec2 import Wav2Vec2Config, wav2vec2
        >>> from kapre_like.models.wav2vec2.backbone.dense_parts import enable_lora
        >>> config = Wav2Vec2Config(hidden_size=32, num_attention_heads=4, num_hidden_layers=2)
        >>> enable_lora(wav2vec2(config), 4)
        4

    Source: E. Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022,
        section 4.2, according to which these two parts have the largest effect.
    """
    _check.positive_int("enable_lora", rank=rank)
    dense = [x for x in model._flatten_layers() if isinstance(x, keras.layers.Dense)]
    chosen = [layer for layer in dense if parts is None or layer.name in parts]
    if not chosen:
        _check.fail("enable_lora", "parts", f"some of {sorted({x.name for x in dense})}", parts)
    for layer in chosen:
        if layer.lora_enabled:
            _initialize_again(layer, rank)
        else:
            layer.enable_lora(rank)
    return len(chosen)


def _initialize_again(layer: keras.layers.Dense, rank: int) -> None:
    """Initializes the first factor again if both are zero, as in a loaded model."""
    if layer.lora_rank != rank:
        _check.fail("enable_lora", "rank", f"{layer.lora_rank}, as in {layer.path}", rank)
    factors = (layer.lora_kernel_a, layer.lora_kernel_b)
    if any(keras.ops.convert_to_numpy(factor).any() for factor in factors):
        rule = "layers without low-rank matrices, or with those of a loaded model"
        _check.fail("enable_lora", "parts", rule, layer.path)
    start = keras.initializers.HeUniform()
    layer.lora_kernel_a.assign(start(layer.lora_kernel_a.shape, "float32"))
