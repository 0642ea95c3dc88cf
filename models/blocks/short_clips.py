"""Puts short clips in the middle of silence, for networks that hear a word only as a whole."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.ops.masking import length_mask, lengths, zero_invalid
from kapre_like.ops.sizes import greatest


@keras.saving.register_keras_serializable(package="kapre_like")
class CenterShortClips(keras.layers.Layer):
    """Adds zeros before and after a clip that is too short, the same number on both sides.

    Args:
        samples: Int > 0, samples that a clip has at least afterwards.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[waveform, length]`: `(batch, time)` floating point, `(batch,)` integers.

    Output shape:
        A pair: `(batch, max(time, samples))` float32 with zeros past each clip's end, and the
        new length of each clip, `(batch,)` int32, added zeros included.

    Raises:
        ValueError: If `samples` is not an int > 0.
    """

    def __init__(self, *, samples, **kwargs):
        super().__init__(autocast=False, **kwargs)
        _check.positive_int("CenterShortClips", samples=samples)
        self.samples = samples

    def call(self, inputs):
        waveform, length = inputs
        waveform = ops.cast(waveform, "float32")
        mask = length_mask(waveform, length=length)
        x = zero_invalid(ops.expand_dims(waveform, -1), mask=mask)[..., 0]
        length = lengths(mask)
        half = self.samples // 2
        padded = ops.pad(x, [[0, 0], [half, self.samples]])
        width = greatest(ops.shape(waveform)[1], self.samples)
        start = half - ops.maximum(self.samples - length, 0) // 2
        return _shifted(padded, start, width), ops.maximum(length, self.samples)

    def compute_output_spec(self, inputs):
        batch, time = inputs[0].shape
        width = None if time is None else max(time, self.samples)
        return (
            keras.KerasTensor((batch, width), dtype="float32"),
            keras.KerasTensor((batch,), dtype="int32"),
        )

    def get_config(self):
        return {**super().get_config(), "samples": self.samples}


def _shifted(x, start, width):
    """Returns of each row `width` numbers from its `start` on."""
    ones = ops.ones_like(x, dtype="int32")
    # One long row, and where each clip begins in it: every export format gathers from that.
    clip = ops.cumsum(ones[:, :1], axis=0) - 1
    time = ops.sum(ones[:1], axis=1, keepdims=True)
    position = ops.cumsum(ones[:1, :width], axis=1) - 1
    index = position + ops.expand_dims(start, axis=1) + clip * time
    return ops.take(ops.reshape(x, (-1,)), index, axis=0)
