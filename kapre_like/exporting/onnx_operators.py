"""ONNX implementations of TensorFlow operators that tf2onnx lacks or converts wrongly."""

from collections.abc import Callable
from typing import Any

import numpy as np

# NumPy's names of floating dtypes, by ONNX's codes.
_FLOATS = {1: "float32", 10: "float16", 11: "float64"}


def _rewrite(formula: Callable[..., str]) -> tuple[Callable, list]:
    """Returns a handler for tf2onnx from a formula `(op, constant, *inputs)`.

    `op(kind, *inputs)` makes a node and `constant(value)` a number of the first input's dtype.
    Both return the name of their output tensor, and so does the formula.
    """

    def handle(context: Any, node: Any, name: str, _: Any) -> None:
        inputs, shapes, dtypes = list(node.input), node.output_shapes, node.output_dtypes
        dtype = context.get_dtype(inputs[0])

        def op(kind, *names):
            return context.make_node(kind, list(names)).output[0]

        def constant(value):
            array = np.array(value, _FLOATS.get(dtype, "int32"))
            return context.make_const(f"{name}_{value}", array).output[0]

        own = {"floating": dtype in _FLOATS} if formula in (_floor_div, _floor_mod) else {}
        result = formula(op, constant, *inputs, **own)
        context.remove_node(node.name)
        context.make_node(
            "Identity", [result], name=name, outputs=node.output, shapes=shapes, dtypes=dtypes
        )

    return handle, []


def _log1p(op, constant, x):
    """Computes `x * log(u) / (u - 1)` with `u = 1 + x`, because `log(1 + x)` loses digits.

    Source: D. Goldberg, What every computer scientist should know about floating-point
        arithmetic, 1991, theorem 4.
    """
    one = constant(1.0)
    u = op("Add", x, one)
    step = op("Sub", u, one)
    tiny = op("Equal", step, constant(0.0))
    ratio = op("Div", x, op("Where", tiny, one, step))
    return op("Where", tiny, x, op("Mul", op("Log", u), ratio))


def _erfc(op, constant, x):
    return op("Sub", constant(1.0), op("Erf", x))


def _expm1(op, constant, x):
    """Computes `tanh(x / 2) * (exp(x) + 1)`, without a difference of similar numbers."""
    return op(
        "Mul", op("Tanh", op("Mul", x, constant(0.5))), op("Add", op("Exp", x), constant(1.0))
    )


def _floor_mod(op, _, x, y, *, floating):
    """Computes the floored remainder. ONNX's `Mod` does so for integers; tf2onnx truncates."""
    if not floating:
        return op("Mod", x, y)
    return op("Sub", x, op("Mul", op("Floor", op("Div", x, y)), y))


def _floor_div(op, constant, x, y, *, floating):
    """Subtracts the remainder of integers first, because `Div` truncates."""
    if floating:
        return op("Floor", op("Div", x, y))
    return op("Div", op("Sub", x, _floor_mod(op, constant, x, y, floating=False)), y)


HANDLERS = {
    "Erfc": _rewrite(_erfc),
    "Expm1": _rewrite(_expm1),
    "FloorDiv": _rewrite(_floor_div),
    "FloorMod": _rewrite(_floor_mod),
    "Log1p": _rewrite(_log1p),
}
