"""Wraps a layer as one operation, because PyTorch's compiler cannot trace NumPy constants.

If tracing stops inside a layer, Keras's loop over layers is not traced either. PyTorch then
compiles every later layer for symbolic sizes, with which convolutions fail.
"""

import dataclasses
import itertools
import weakref
from concurrent.futures import ThreadPoolExecutor

import keras
import torch
from torch.library import custom_op

_numbers = itertools.count()
_layers = weakref.WeakValueDictionary()


@dataclasses.dataclass(eq=False)
class Traced:
    """Data for a call of the operation.

    Attributes:
        number: Key of the layer in `_layers`.
        dtype: Dtype of the output.
        weights: All weights of the layer.
    """

    number: int
    dtype: torch.dtype
    weights: tuple[torch.Tensor, ...]

    def __deepcopy__(self, memo):
        # A copy of the layer is another layer, which gets its own entry at its first call.
        return None


def traced(layer, outputs):
    """Returns the entry of a layer that was called, `None` if PyTorch has to trace it.

    Random layers and layers with state are traced, because an operation would hide both.
    """
    # Not `value`, which has no data while Keras infers shapes.
    weights = tuple(variable._value for variable in layer.variables)
    whole = hasattr(outputs, "dtype") and all(weight is not None for weight in weights)
    if layer._call_has_training_arg or not whole:
        return None
    number = next(_numbers)
    _layers[number] = layer
    dtype = getattr(torch, keras.backend.standardize_dtype(outputs.dtype))
    return Traced(number, dtype, weights)


def compiling():
    """Returns whether PyTorch compiles. An exported program must contain the arithmetic."""
    return torch.compiler.is_dynamo_compiling() and not torch.compiler.is_exporting()


@custom_op("kapre_like::front_end", mutates_args=())
def front_end(x: torch.Tensor, weights: list[torch.Tensor], number: int) -> torch.Tensor:  # noqa: ARG001
    """Calls the layer. The weights are arguments so that the compiler tracks them."""
    y = _layers[number](x)
    # The output of an operation must not share memory with its inputs.
    return y.detach().clone(memory_format=torch.contiguous_format)


@front_end.register_fake
def _(x, weights, number):  # noqa: ARG001
    layer = _layers[number]
    return x.new_empty(layer.compute_output_shape(x.shape), dtype=layer._traced.dtype)


@custom_op("kapre_like::front_end_gradient", mutates_args=())
def front_end_gradient(
    slope: torch.Tensor,
    x: torch.Tensor,
    weights: list[torch.Tensor],  # noqa: ARG001
    number: int,
) -> list[torch.Tensor]:
    """Returns the gradients with respect to `x` and the weights, from a second forward pass."""
    # In another thread, because PyTorch records no gradients inside an operation.
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(_gradients, slope, x, _layers[number]).result()
    return [part.clone(memory_format=torch.contiguous_format) for part in found]


def _gradients(slope, x, layer):
    # The weights of the layer itself, because the operation may have received copies.
    weights = [variable.value for variable in layer.variables]
    x = x.detach().requires_grad_()
    sources = [x, *(weight for weight in weights if weight.requires_grad)]
    found = iter(torch.autograd.grad(layer(x), sources, slope, materialize_grads=True))
    by_x = next(found)
    return [by_x, *(next(found) if w.requires_grad else torch.zeros_like(w) for w in weights)]


@front_end_gradient.register_fake
def _(slope, x, weights, number):  # noqa: ARG001
    return [torch.empty_like(t, memory_format=torch.contiguous_format) for t in (x, *weights)]


def _remember(ctx, inputs, output):  # noqa: ARG001
    x, weights, ctx.number = inputs
    ctx.save_for_backward(x, *weights)


def _backward(ctx, slope):
    x, *weights = ctx.saved_tensors
    own, *parts = front_end_gradient(slope.contiguous(), x, weights, ctx.number)
    return own, parts, None


front_end.register_autograd(_backward, setup_context=_remember)
