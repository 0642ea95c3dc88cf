"""A part of a layer that is computed again in the backward pass, so that it need not be kept.

`keras.RematScope` around a layer repeats its random draws (a second draw is another dropout
mask, so a wrong gradient), fails on inputs that are no floats, and is forgotten by `.keras`
files; `keras.remat` around a function without side effects, as here, is right.
"""

from collections.abc import Callable
from typing import Any

import keras


def recomputed(
    layer: keras.layers.Layer, call: Callable[[Any], Any], x: Any, *, draws: dict[Any, int]
) -> Any:
    """Returns `call(x)`, of which only `x` is kept for the backward pass.

    The random state advances as if `call` ran once, and the second run draws what the first
    drew: outputs and gradients are those of a plain call.

    Args:
        layer: Whose variables `call` reads.
        call: Takes a tensor, gives a tensor, and changes nothing but random states.
        x: Tensor.
        draws: For each `keras.random.SeedGenerator` that `call` uses, how often.
    """
    seeds = [(generator.state, _advance(generator, n)) for generator, n in draws.items()]
    learned = layer.trainable_variables
    taken = {id(variable) for variable in [*learned, *(state for state, _ in seeds)]}
    fixed = [(v, _value(v)) for v in layer.variables if id(v) not in taken]

    def pure(x: Any, *values: Any) -> Any:
        state = [*zip(learned, values, strict=True), *fixed, *seeds]
        # What is drawn here stays here.
        with keras.StatelessScope(state_mapping=state):
            return call(x)

    return keras.remat(pure)(x, *map(_value, learned))


def _advance(generator: keras.random.SeedGenerator, n: int) -> Any:
    """The state before the next `n` draws, which are taken."""
    first = generator.next()
    for _ in range(n - 1):
        generator.next()
    return first


def _value(variable: Any) -> Any:
    return keras.ops.convert_to_tensor(variable.value)
