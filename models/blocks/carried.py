"""What layers carry from one chunk of a stream to the next."""

import contextlib
import contextvars
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

_CARRIED: contextvars.ContextVar = contextvars.ContextVar("carried", default=None)


class Carried:
    """States that layers take at a chunk's begin and leave at its end, in the order of calls.

    Args:
        states: List of tensors that the chunk before left; empty at the begin of a clip.
    """

    def __init__(self, states: list[Any]):
        self._given, self.left = list(states), []

    def exchange(self, first: Any, after: Any) -> Any:
        """Returns a layer's state and keeps `after(state)` for the next chunk.

        Args:
            first: State at the begin of a clip.
            after: Function of the state.
        """
        state = self._given.pop(0) if self._given else first
        self.left.append(after(state))
        return state

    def with_context(self, x: Any, count: int) -> Any:
        """Returns `x` behind the `count` steps before it on axis 1: zeros at a clip's begin."""
        first = ops.zeros((ops.shape(x)[0], count, *x.shape[2:]), x.dtype)
        joined = []

        def after(state: Any) -> Any:
            joined.append(ops.concatenate([state, x], axis=1))
            return joined[0][:, -count:]

        self.exchange(first, after)
        return joined[0]


@contextlib.contextmanager
def carrying(states: list[Any]) -> Iterator[Carried]:
    """While it lasts, causal layers hear the chunk before instead of silence.

    Args:
        states: `left` of the chunk before; empty at the begin of a clip.
    """
    carried = Carried(states)
    token = _CARRIED.set(carried)
    try:
        yield carried
    finally:
        _CARRIED.reset(token)


def carried_by(tensor: Any) -> Carried | None:
    """Returns what is carried now, or `None` for whole clips and symbolic tensors."""
    return None if isinstance(tensor, keras.KerasTensor) else _CARRIED.get()
