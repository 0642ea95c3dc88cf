"""Splits a batch for backends that run independent branches of a graph side by side."""

import math
from itertools import pairwise

import keras
from keras import ops

from kapre_like.ops.lowering import plain
from kapre_like.ops.sizes import known

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
