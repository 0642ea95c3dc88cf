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
    """Context in which traced models use matrix products instead of Fourier transforms.

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
    """Returns whether only plain operators may be used now."""
    return _PLAIN.get() is not None


def doubles():
    """Returns whether float64 may be used now, on TensorFlow or in its graphs."""
    return not plain() or _PLAIN.get()["doubles"]


def channels_first():
    """Returns whether to use plain operators and convolutions of `(batch, channels, steps)`."""
    return plain() and _PLAIN.get()["channels_first"]


# Maximum number of pieces. TensorFlow's CPU FFT runs on one thread. Branches keep the cores
# busy, and a small piece fits into the cache: 16 clips of 10 s on two cores take 15 ms in four
# pieces and 13.5 ms in eight.
_PIECES = 8
# Minimum values per piece, 8 s at 16 kHz. Dispatching a smaller piece costs more than it saves.
_MIN_PIECE = 128_000


def over_clips(function, x, *more, max_pieces=_PIECES):
    """Returns `function(x, *more)`, computed in parts of the first axis where that is faster.

    TensorFlow runs independent branches of a graph in parallel. On other backends the batch
    is not split.

    Args:
        function: Function of tensors `(clips, ...)` that returns a tensor `(clips, ...)` and
            computes each clip independently.
        x: Tensor `(batch, ...)`.
        *more: Tensors `(batch, ...)`.
        max_pieces: Int > 0, maximum number of parts.
    """
    pieces = min(max_pieces, _pieces(x))
    if keras.config.backend() != "tensorflow" or pieces < 2 or plain():
        return function(x, *more)
    clips = ops.shape(x)[0]
    cuts = [piece * clips // pieces for piece in range(pieces + 1)]
    parts = [function(*(one[a:b] for one in (x, *more))) for a, b in pairwise(cuts)]
    return ops.concatenate(parts, axis=0)


def _pieces(x):
    """Returns how many parts of a batch are worth their cost."""
    sizes = [known(x, axis) for axis in range(len(x.shape))]
    clips = _PIECES if sizes[0] is None else min(_PIECES, sizes[0])
    return clips if None in sizes else min(clips, max(2, math.prod(sizes) // _MIN_PIECE))


def own_precision():
    """Returns a context without PyTorch's autocast; on other backends it does nothing.

    Arithmetic inside the context uses the dtypes of its tensors.
    """
    if keras.config.backend() != "torch":
        return contextlib.nullcontext()
    import torch

    device = "cuda" if torch.is_autocast_enabled("cuda") else "cpu"
    if not torch.is_autocast_enabled(device):
        return contextlib.nullcontext()
    return torch.autocast(device, enabled=False)
