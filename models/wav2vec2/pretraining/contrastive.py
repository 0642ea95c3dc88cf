"""The contrastive task of pretraining: identify the code of a masked frame."""

import keras
from keras import ops

from kapre_like import _check

_FIGURES = ("loss", "contrastive_loss", "diversity_loss", "accuracy", "hidden_frames")


@keras.saving.register_keras_serializable(package="kapre_like")
class ContrastiveTask(keras.layers.Layer):
    """The loss of wav2vec 2.0: contrastive loss plus diversity loss.

    The contrastive loss of a masked frame is `-log(exp(s_0 / t) / sum_i exp(s_i / t))`. `s_0`
    is the cosine similarity of the prediction to the frame's own target. `s_i` are those to the
    targets of `negatives` other masked frames of the clip. Negatives with the same codes as the
    frame itself are excluded. The loss is summed over the frames of the batch. The diversity
    loss is `masked frames * (1 - perplexity / codes)`, and `loss = contrastive_loss + diversity
    * diversity_loss`.

    One matrix product computes the similarities of all pairs of a clip's frames, from which
    those of the negatives are gathered. This needs no copy of a target per negative.

    Args:
        negatives: Int > 0, negatives per masked frame.
        temperature: Float > 0, `t`.
        diversity: Float >= 0, weight of the diversity loss.
        codes: Int > 0, number of codes: groups times entries.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[predicted, targets, codes, hidden, perplexity]`: `(batch, frames, dim)`,
        `(batch, frames, dim)`, int32 `(batch, frames, groups)`, bool `(batch, frames)` (masked
        frames) and `()`. An optional sixth tensor, integers `(batch, frames, n)`, contains the
        negatives instead of random ones: positions in the clip or, as in `transformers`, in the
        flattened batch.

    Output shape:
        A dict of float32 `()`: `loss`, `contrastive_loss`, `diversity_loss`, `accuracy` (share
        of masked frames whose prediction is closer to their own target than to any negative)
        and `hidden_frames` (number of masked frames).

    Source: Baevski et al. 2020, section 3.2; `Wav2Vec2ForPreTraining` of transformers 5.23.
    """

    def __init__(self, *, negatives=100, temperature=0.1, diversity=0.1, codes=640, **kwargs):
        # Similarities near 1 divided by 0.1 are too imprecise in half precision.
        super().__init__(autocast=False, **kwargs)
        _check.positive_int("ContrastiveTask", negatives=negatives, codes=codes)
        _check.positive("ContrastiveTask", temperature=temperature)
        _check.non_negative("ContrastiveTask", diversity=diversity)
        self.negatives, self.temperature = negatives, temperature
        self.diversity, self.codes = diversity, codes
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs):
        predicted, targets, codes, hidden, perplexity, *given = inputs
        frames = ops.shape(targets)[1]
        if given:
            drawn = ops.cast(given[0], "int32") % frames
        else:
            drawn = random_negatives(hidden, count=self.negatives, seed=self.seed_generator)
        own, others = _similarities(predicted, targets, codes, drawn)
        logits = ops.concatenate([own, others], axis=-1) / self.temperature
        weight = ops.cast(hidden, "float32")
        count = ops.sum(weight)
        surprise = ops.logsumexp(logits, axis=-1) - logits[..., 0]
        contrastive = ops.sum(surprise * weight)
        diversity = count * (1.0 - ops.cast(perplexity, "float32") / self.codes)
        right = ops.cast(own[..., 0] > ops.max(others, axis=-1), "float32")
        figures = (
            contrastive + self.diversity * diversity,
            contrastive,
            diversity,
            ops.sum(right * weight) / ops.maximum(count, 1.0),
            count,
        )
        return dict(zip(_FIGURES, figures, strict=True))

    def compute_output_spec(self, inputs):
        del inputs
        return {name: keras.KerasTensor((), "float32") for name in _FIGURES}

    def get_config(self):
        names = ("negatives", "temperature", "diversity", "codes")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _similarities(predicted, targets, codes, drawn):
    """Returns cosines to the target `(..., 1)` and to the negatives `(..., n)`."""
    predicted, targets = _unit(predicted), _unit(targets)
    own = ops.sum(predicted * targets, axis=-1, keepdims=True)
    pairs = ops.matmul(predicted, ops.transpose(targets, (0, 2, 1)))
    same = ops.all(codes[:, :, None] == codes[:, None], axis=-1)
    # Far below every cosine, so that its exponential is exactly 0, but finite.
    pairs = ops.where(same, -1e9, pairs)
    return own, ops.take_along_axis(pairs, drawn, axis=2)


def _unit(x):
    """Scales vectors to unit length. Zero vectors stay zero, with a finite gradient."""
    x = ops.cast(x, "float32")
    square = ops.sum(x * x, axis=-1, keepdims=True)
    return x * ops.rsqrt(ops.maximum(square, 1e-16))


def random_negatives(hidden, *, count, seed):
    """Draws negatives from the other masked frames of the same clip.

    Draws are independent, and each of the other masked frames is equally likely. Unmasked
    frames, and the only masked frame of a clip, get their own position.

    Args:
        hidden: Bool `(batch, frames)`, masked frames.
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
    # Increase indices from that of the frame itself by one, so that it is never drawn.
    draw = draw + ops.cast(draw >= rank, "int32")
    # Sort masked frames first, to convert a rank to a position.
    order = ops.argsort(ops.where(hidden, position, position + frames), axis=1)
    order = ops.cast(order, "int32")
    draw = ops.minimum(draw, frames - 1)
    found = ops.take_along_axis(order, ops.reshape(draw, (batch, -1)), axis=1)
    found = ops.reshape(found, (batch, frames, count))
    usable = ops.logical_and(hidden[..., None], others > 0)
    return ops.where(usable, found, position[..., None])
