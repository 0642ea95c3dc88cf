"""Activations by the names that Hugging Face's configurations use."""

from keras import ops

from kapre_like.ops.lowering import plain


def _gelu(x):
    if not plain():
        return ops.gelu(x, approximate=False)
    # The form that onnxruntime and LiteRT know as one operator.
    return 0.5 * x * (1.0 + ops.erf(x * 0.5**0.5))


_FUNCTIONS = {
    "gelu": _gelu,
    "gelu_new": lambda x: ops.gelu(x, approximate=True),
    "relu": ops.relu,
    "silu": ops.silu,
}
ACTIVATIONS = tuple(_FUNCTIONS)


def activate(x, name):
    """Returns the activation `name` of `x`; `"gelu"` is exact, by the error function."""
    return _FUNCTIONS[name](x)
