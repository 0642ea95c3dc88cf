"""Learned bias of attention by the distance of two frames, shared by all blocks of WavLM."""

import math

import keras
import numpy as np
from keras import ops

from kapre_like import _check


@keras.saving.register_keras_serializable(package="kapre_like")
class RelativePositions(keras.layers.Layer):
    """Returns a number per head for each pair of frames, by the distance between them.

    Distances share `num_buckets` numbers: half for frames behind, half for those ahead. Of
    each half the first half are single distances, the others ranges that grow exponentially
    up to `max_distance`; what is further is in the last.

    Args:
        heads: Int > 0.
        num_buckets: Int >= 4.
        max_distance: Int > `num_buckets // 4`, frames.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, channels)`, of which only the number of frames counts.

    Output shape:
        `(heads, frames, frames)`: row of the frame that asks, column of the frame asked.

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

    def build(self, input_shape):  # noqa: ARG002 -- Keras' words
        self.embedding = self.add_weight(
            shape=(self.num_buckets, self.heads), initializer="random_normal", name="embedding"
        )

    def call(self, inputs):
        # Ones that are summed count frames in a graph of unknown length.
        frame = ops.cumsum(ops.ones_like(inputs[0, :, 0], dtype="int32"))
        distance = ops.expand_dims(frame, 0) - ops.expand_dims(frame, 1)
        most = self.max_distance
        index = ops.clip(distance, -most, most) + most
        buckets = position_buckets(self.num_buckets, most)
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

    In float32, in the order of transformers: where a distance meets the end of a range, the
    last bit decides.
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
