"""Learned attention bias by the distance of two frames, which all blocks of WavLM share."""

import math

import keras
import numpy as np
from keras import ops

from kapre_like import _check


@keras.saving.register_keras_serializable(package="kapre_like")
class RelativePositions(keras.layers.Layer):
    """Returns a learned bias per head for each pair of frames, by the distance between them.

    Distances are grouped into `num_buckets` buckets, half of them for earlier and half for
    later frames. In each half, the first half of the buckets contains one distance each. The
    others contain ranges that grow exponentially up to `max_distance`. The last one also
    contains all larger distances.

    Args:
        heads: Int > 0, number of attention heads.
        num_buckets: Int >= 4, number of buckets.
        max_distance: Int > `num_buckets // 4`, frames.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, channels)`. Only the number of frames is used.

    Output shape:
        `(heads, frames, frames)`: rows are queries, columns are keys.

    Weights:
        `embedding (num_buckets, heads)`.

    Source: S. Chen et al., "WavLM", IEEE Journal of Selected Topics in Signal Processing 2022,
        section III-A; the buckets are those of C. Raffel et al., "T5", JMLR 2020.
    """

    def __init__(self, *, heads, num_buckets=320, max_distance=800, **kwargs):
        super().__init__(**kwargs)
        _check.positive_int(
            "RelativePositions", heads=heads, num_buckets=num_buckets, max_distance=max_distance
        )
        self.heads, self.num_buckets, self.max_distance = heads, num_buckets, max_distance

    def build(self, input_shape):  # noqa: ARG002 -- Keras's signature
        self.embedding = self.add_weight(
            shape=(self.num_buckets, self.heads), initializer="random_normal", name="embedding"
        )

    def call(self, inputs):
        # `cumsum` of ones numbers the frames in a graph of unknown length.
        frame = ops.cumsum(ops.ones_like(inputs[0, :, 0], dtype="int32"))
        distance = ops.expand_dims(frame, 0) - ops.expand_dims(frame, 1)
        limit = self.max_distance
        index = ops.clip(distance, -limit, limit) + limit
        buckets = position_buckets(self.num_buckets, limit)
        by_distance = ops.transpose(ops.take(self.embedding, buckets, axis=0))
        return ops.take(by_distance, index, axis=1)

    def compute_output_spec(self, inputs):
        frames = inputs.shape[1]
        return keras.KerasTensor((self.heads, frames, frames), dtype=self.compute_dtype)

    def get_config(self):
        names = ("heads", "num_buckets", "max_distance")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def position_buckets(num_buckets: int, max_distance: int) -> np.ndarray:
    """Returns the bucket of each distance from `-max_distance` to `max_distance`, int32.

    Computes in float32 and in the order of operations of transformers, because the last bit
    decides for distances at the end of a range.
    """
    half = num_buckets // 2
    exact = half // 2
    signed = np.arange(-max_distance, max_distance + 1)
    distance = np.abs(signed)
    share = np.log(np.maximum(distance, 1).astype("float32") / np.float32(exact))
    share = share / np.float32(math.log(max_distance / exact)) * np.float32(half - exact)
    ranged = np.minimum((exact + share).astype("int32"), half - 1)
    bucket = np.where(distance < exact, distance, ranged)
    return (bucket + half * (signed > 0)).astype("int32")
