"""Which other frames of a clip the true one must be told from."""

import keras
from keras import ops


def random_negatives(hidden, *, count, seed):
    """Returns frames drawn from the other hidden frames of the same clip.

    Each draw is by itself and each of the other frames equally likely. A clip's only hidden
    frame, and a frame that is not hidden, gets itself.

    Args:
        hidden: Bool `(batch, frames)`.
        count: Int > 0, draws per frame.
        seed: `keras.random.SeedGenerator`.

    Returns:
        int32 `(batch, frames, count)`, positions within the clip.
    """
    hidden = ops.cast(hidden, "bool")
    ones = ops.cast(hidden, "int32")
    position = ops.cumsum(ops.ones_like(ones), axis=1) - 1
    rank = (ops.cumsum(ones, axis=1) - 1)[..., None]
    others = ops.sum(ones, axis=1)[:, None, None] - 1
    batch, frames = ops.shape(hidden)[:2]
    u = keras.random.uniform((batch, frames, count), seed=seed)
    draw = ops.cast(ops.floor(u * ops.cast(others, "float32")), "int32")
    draw = ops.clip(draw, 0, ops.maximum(others - 1, 0))
    # Those from the frame itself on move up by one: it is left out, and the rest stays even.
    draw = draw + ops.cast(draw >= rank, "int32")
    # Hidden frames first, in their order: from a rank to a position.
    order = ops.argsort(ops.where(hidden, position, position + frames), axis=1)
    order = ops.cast(order, "int32")
    draw = ops.minimum(draw, frames - 1)
    found = ops.take_along_axis(order, ops.reshape(draw, (batch, -1)), axis=1)
    found = ops.reshape(found, (batch, frames, count))
    usable = ops.logical_and(hidden[..., None], others > 0)
    return ops.where(usable, found, position[..., None])
