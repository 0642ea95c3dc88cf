"""States that layers keep from one chunk of a stream to the next."""

import contextlib
import contextvars
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

_CARRIED: contextvars.ContextVar = contextvars.ContextVar("carried", default=None)


class Carried:
    """States of layers at the start and the end of a chunk, in the order of the layers' calls.

    Args:
        states: List of tensors, the states at the end of the previous chunk. Empty at the start
            of a clip.

    Attributes:
        left: List of tensors, the states at the end of this chunk.
    """

    def __init__(self, states: list[Any]):
        self._given, self.left = list(states), []

    def exchange(self, first: Any, after: Any) -> Any:
        """Returns a layer's state and keeps `after(state)` for the next chunk.

        Args:
            first: State at the start of a clip.
            after: Function from the state before this chunk to the state after it.
        """
        state = self._given.pop(0) if self._given else first
        self.left.append(after(state))
        return state

    def with_context(self, x: Any, count: int) -> Any:
        """Returns `x` with the `count` previous steps before it on axis 1.

        The previous steps are zeros at the start of a clip.
        """
        first = ops.zeros((ops.shape(x)[0], count, *x.shape[2:]), x.dtype)
        joined = []

        def after(state: Any) -> Any:
            joined.append(ops.concatenate([state, x], axis=1))
            return joined[0][:, -count:]

        self.exchange(first, after)
        return joined[0]


@contextlib.contextmanager
def carrying(states: list[Any]) -> Iterator[Carried]:
    """Context manager in which causal layers continue from the previous chunk.

    Outside of it they pad with zeros.

    Args:
        states: `Carried.left` of the previous chunk. Empty at the start of a clip.
    """
    carried = Carried(states)
    token = _CARRIED.set(carried)
    try:
        yield carried
    finally:
        _CARRIED.reset(token)


def carried_by(tensor: Any) -> Carried | None:
    """Returns the current `Carried`, or `None` for whole clips and symbolic tensors."""
    return None if isinstance(tensor, keras.KerasTensor) else _CARRIED.get()
