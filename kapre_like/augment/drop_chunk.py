"""Random chunks of silence as a layer. Arithmetic: `ops.segments`."""

import keras

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.segments import in_chunks, one_of_ints


@keras.saving.register_keras_serializable(package="kapre_like")
class DropChunk(Augmentation):
    """Sets random chunks of each example to zero, as lost packets do.

    The number of chunks, the length of each and its start are uniform over integers. A chunk
    lies inside the valid samples and is no longer than these. Chunks may overlap, and are the
    same in all channels. At inference the result is the input.

    `y[n] = 0 if start <= n < start + width else x[n]`, for each chunk, with `width` uniform
    over `min_length .. max_length` and `start` over `0 .. length - width`.

    Args:
        min_chunks: Int >= 0, the smallest number of chunks.
        max_chunks: Int >= `min_chunks`, the largest number of chunks.
        min_length: Int > 0, samples of the shortest chunk.
        max_length: Int >= `min_length`, samples of the longest chunk.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples)` or `(batch, samples, channels)`, floating point, with or without a
        Keras mask; or a list `[waveform, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> drop = kapre_like.augment.DropChunk(max_chunks=1, min_length=3, max_length=3)
        >>> int(keras.ops.sum(drop(np.ones((1, 10)), training=True)))
        7

    Source: SpeechBrain, `augment.time_domain.DropChunk`.
    """

    def __init__(
        self,
        *,
        min_chunks=1,
        max_chunks=3,
        min_length=100,
        max_length=1000,
        probability=1.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(probability=probability, seed=seed, **kwargs)
        owner = "DropChunk"
        _check.non_negative_int(owner, min_chunks=min_chunks, max_chunks=max_chunks)
        _check.ordered(owner, min_chunks=min_chunks, max_chunks=max_chunks)
        _check.positive_int(owner, min_length=min_length, max_length=max_length)
        _check.ordered(owner, min_length=min_length, max_length=max_length)
        self.min_chunks, self.max_chunks = min_chunks, max_chunks
        self.min_length, self.max_length = min_length, max_length

    def draw(self, shape):
        if not self.max_chunks:
            return {}
        spans = self.uniform((shape[0], 2, self.max_chunks))
        return {"count": self.uniform(shape[:1]), "spans": spans}

    def transform(self, x, length, draws):
        if not draws:
            return x
        count = one_of_ints(
            draws["count"], min_value=self.min_chunks, max_value=self.max_chunks
        )
        dropped = in_chunks(
            x, count=count, draws=draws["spans"],
            min_length=self.min_length, max_length=self.max_length, length=length,
        )  # fmt: skip
        return zero_invalid(x, mask=~dropped)
