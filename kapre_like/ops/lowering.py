"""How arithmetic is lowered: plain operators, branches of a graph, precision.

File formats for phones and other runtimes have no complex numbers and no Fourier transform of
arbitrary size. The export therefore traces the model inside `plain_operators()`: functions of
`kapre_like.ops` then use matrix products, slices and reshapes instead.
"""

import contextlib
import contextvars
import math
from itertools import pairwise

import keras
from keras import ops

from kapre_like.ops.sizes import known

_PLAIN = contextvars.ContextVar("plain_operators", default=None)


@contextlib.contextmanager
def plain_operators(*, doubles=False, channels_first=False):
    """While it lasts, what is traced holds matrix products instead of Fourier transforms.

    Args:
        doubles: Whether the format has float64 arithmetic.
        channels_first: Whether the format's convolutions take `(batch, channels, steps)`.
    """
    token = _PLAIN.set({"doubles": doubles, "channels_first": channels_first})
    try:
        yield
    finally:
        _PLAIN.reset(token)


def plain():
    """Whether only plain operators may be used now."""
    return _PLAIN.get() is not None


def doubles():
    """Whether float64 may be used now, on TensorFlow or in its graphs."""
    return not plain() or _PLAIN.get()["doubles"]


def channels_first():
    """Whether plain operators are wanted, and convolutions of `(batch, channels, steps)`."""
    return plain() and _PLAIN.get()["channels_first"]


# TensorFlow's CPU FFT runs on one thread. Branches keep the cores busy and a piece nearer to
# the cache: for 16 clips of 10 s on two cores four take 15 ms and eight 13.5 ms.
_PIECES = 8
# A smaller piece costs more to dispatch than it saves: 8 s at 16 kHz.
_LEAST = 128_000


def over_clips(function, x, *more, most=_PIECES):
    """Returns `function(x, *more)`, computed in parts of the first axis where that is faster.

    Args:
        function: Maps tensors `(clips, ...)` to one `(clips, ...)`, each clip by itself.
        x: Tensor `(batch, ...)`.
        *more: Tensors `(batch, ...)`.
        most: Int > 0, at most so many parts.
    """
    pieces = min(most, _pieces(x))
    if keras.config.backend() != "tensorflow" or pieces < 2 or plain():
        return function(x, *more)
    clips = ops.shape(x)[0]
    cuts = [piece * clips // pieces for piece in range(pieces + 1)]
    parts = [function(*(one[a:b] for one in (x, *more))) for a, b in pairwise(cuts)]
    return ops.concatenate(parts, axis=0)


def _pieces(x):
    """How many parts of a batch pay, if it is known how large it is."""
    sizes = [known(x, axis) for axis in range(len(x.shape))]
    clips = _PIECES if sizes[0] is None else min(_PIECES, sizes[0])
    return clips if None in sizes else min(clips, max(2, math.prod(sizes) // _LEAST))


def own_precision():
    """Returns a context in which PyTorch casts nothing by itself; empty on other backends."""
    if keras.config.backend() != "torch":
        return contextlib.nullcontext()
    import torch

    device = "cuda" if torch.is_autocast_enabled("cuda") else "cpu"
    if not torch.is_autocast_enabled(device):
        return contextlib.nullcontext()
    return torch.autocast(device, enabled=False)
