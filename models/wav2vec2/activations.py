"""Activations by the names that Hugging Face's configurations use."""

from keras import ops

_FUNCTIONS = {
    "gelu": lambda x: ops.gelu(x, approximate=False),
    "gelu_new": lambda x: ops.gelu(x, approximate=True),
    "relu": ops.relu,
    "silu": ops.silu,
}
ACTIVATIONS = tuple(_FUNCTIONS)


def activate(x, name):
    """Returns the activation `name` of `x`; `"gelu"` is exact, by the error function."""
    return _FUNCTIONS[name](x)
