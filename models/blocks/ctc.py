"""The CTC loss in log space, with a gradient that needs no second loop over the frames."""

import keras
from keras import ops

# Logarithm of probability 0. It is finite, because `inf - inf` is NaN.
NOTHING = -1e30


def log_space_ctc(labels, logits, label_count, frames, *, blank):
    """Returns the CTC loss of each clip, float32 `(batch,)`.

    The states of a text are its letters with a blank before, between and after them. `alpha`
    of a frame and a state is the log probability of all alignments up to this frame and state.
    After each frame the largest `alpha` of a clip is subtracted and added to the loss instead.
    Otherwise `alpha` would reach thousands, where float32 keeps three decimals, and the
    gradient would be wrong by 0.1 %. The backward pass runs the same loop on the reversed clip
    and text, as additional clips of the batch. Both passes together give the probability of
    each state in each frame, which is the gradient.

    On TensorFlow `keras.ops.ctc_loss` takes 9 to 19 times as long
    (`benchmarks/bench_deepspeech2.py`). The other backends' own losses are fast.

    Args:
        labels: int32 `(batch, letters)` with at least one column, letters first. The padding
            may have any value >= 0.
        logits: float32 `(batch, frames, tokens)`.
        label_count: int32 `(batch,)`, letters of each text. There must be an alignment.
        frames: int32 `(batch,)`, valid frames of each clip.
        blank: Int >= 0, index of the blank.

    Source: A. Graves et al., "Connectionist Temporal Classification", ICML 2006, section 4.
    """
    if keras.config.backend() != "tensorflow":
        return ops.ctc_loss(labels, logits, label_count, frames, mask_index=blank)
    states, last = _states(labels, blank), 2 * label_count

    @ops.custom_gradient
    def loss(logits):
        log_p = ops.maximum(ops.log_softmax(logits, axis=-1), NOTHING)
        losses, occupied = _losses(log_p, states, last, frames)

        def gradient(*args, upstream=None):
            upstream = args[0] if upstream is None else upstream
            tokens = ops.one_hot(states, logits.shape[-1], dtype=logits.dtype)
            slope = ops.exp(log_p) - ops.matmul(occupied, tokens)
            valid = ops.expand_dims(_until(frames, logits), axis=-1)
            return ops.where(valid, slope, 0.0) * ops.reshape(upstream, (-1, 1, 1))

        return losses, gradient

    return loss(logits)


def _states(labels, blank):
    """Returns the token of each state, `(batch, 2 * letters + 1)`."""
    pairs = ops.stack([ops.full_like(labels, blank), labels], axis=-1)
    pairs = ops.reshape(pairs, (-1, 2 * ops.shape(labels)[1]))
    return ops.concatenate([pairs, ops.full_like(labels[:, :1], blank)], axis=1)


def _losses(log_p, states, last, frames):
    """Returns the loss of each clip, and the probability of each state in each frame.

    Args:
        log_p: `(batch, frames, tokens)`.
        states: int32 `(batch, states)`.
        last: int32 `(batch,)`, index of the last state, the blank after the last letter.
        frames: int32 `(batch,)`.
    """
    clips, steps = ops.shape(states)[0], ops.maximum(frames, 1) - 1
    reversed_states = _reversed(states, last)
    emitted = _emitted(log_p, states)
    alphas, scales = _alphas(
        ops.concatenate([emitted, _emitted(_reversed(log_p, steps), reversed_states)], axis=0),
        ops.concatenate([states, reversed_states], axis=0),
    )
    forward, backward = alphas[:clips], _reversed(alphas[clips:], steps)
    backward = ops.transpose(_reversed(ops.transpose(backward, (0, 2, 1)), last), (0, 2, 1))
    at_end = ops.take_along_axis(forward, ops.reshape(steps, (-1, 1, 1)), axis=1)[:, 0]
    state = _index(states)
    last = ops.expand_dims(last, axis=1)
    final = ops.logical_and(state >= last - 1, state <= last)
    total = ops.logsumexp(ops.where(final, at_end, NOTHING), axis=1)
    scale = ops.sum(ops.where(_until(frames, log_p), scales[:clips], 0.0), axis=1)
    inside = ops.expand_dims(state <= last, axis=1)
    through = ops.where(inside, forward + backward - emitted, NOTHING)
    return ops.where(frames > 0, -(total + scale), 0.0), ops.softmax(through, axis=-1)


def _alphas(emitted, states):
    """Returns `alpha` minus its largest value per frame, and these largest values.

    Args:
        emitted: `(batch, frames, states)`, log probability of each state's token.
        states: int32 `(batch, states)`.

    Returns:
        `(batch, frames, states)` and `(batch, frames)`.
    """
    other = ops.not_equal(states[:, 2:], states[:, :-2])
    letter = ops.broadcast_to(_index(states)[:, 2:] % 2 == 1, ops.shape(other))
    # An alignment may skip the blank between two different letters.
    skips = ops.where(ops.logical_and(other, letter), 0.0, NOTHING)

    def step(carry, emitted):
        stay = carry[:, :-1]
        # `stay` shifted by one and by two states. There is no state before the first.
        nothing = ops.full_like(stay[:, :1], NOTHING)
        move = ops.concatenate([nothing, stay[:, :-1]], axis=1)
        skip = ops.concatenate([nothing, nothing, stay[:, :-2] + skips], axis=1)
        top = ops.maximum(ops.maximum(stay, move), skip)
        summed = ops.exp(stay - top) + ops.exp(move - top) + ops.exp(skip - top)
        alpha = top + ops.log(summed) + emitted
        scale = ops.max(alpha, axis=1, keepdims=True)
        carry = ops.concatenate([alpha - scale, scale], axis=1)
        return carry, carry

    # Before the first frame every alignment is at the first blank.
    nothing = ops.full_like(emitted[:, 0], NOTHING)
    start = ops.concatenate([ops.zeros_like(nothing[:, :1]), nothing], axis=1)
    _, carries = ops.scan(step, start, ops.transpose(emitted, (1, 0, 2)))
    carries = ops.transpose(carries, (1, 0, 2))
    return carries[..., :-1], carries[..., -1]


def _emitted(log_p, states):
    """Returns the log probability of the token of each state, `(batch, frames, states)`."""
    return ops.take_along_axis(log_p, ops.expand_dims(states, axis=1), axis=2)


def _reversed(x, last):
    """Reverses the first `last + 1` items on axis 1 of each clip. The others are arbitrary."""
    index = ops.maximum(ops.expand_dims(last, axis=1) - _index(x), 0)
    index = ops.reshape(index, (*ops.shape(index), *[1] * (len(x.shape) - 2)))
    return ops.take_along_axis(x, index, axis=1)


def _index(x):
    """Returns `0, 1, ...` along axis 1, `(1, size)` int32."""
    return ops.expand_dims(ops.arange(ops.shape(x)[1], dtype="int32"), axis=0)


def _until(frames, x):
    """Returns which frames are valid, `(batch, frames)` bool."""
    return _index(x) < ops.expand_dims(frames, axis=1)
