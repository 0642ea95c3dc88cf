"""Pads a spectrogram, instead of its waveform, to a whole number of patches."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.ops.masking import replace_invalid
from kapre_like.ops.sizes import every, greatest


@keras.saving.register_keras_serializable(package="kapre_like")
class FillPatches(keras.layers.Layer):
    """Pads the frames of each clip to a whole number of patches, at least one.

    For networks that were trained with a constant in the frames past a clip's end, instead of
    the frames of a silent waveform. The patches do not overlap.

    Args:
        frames: Int > 0, frames of a patch.
        value: Number, the value of all frames past a clip's end.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, time, freqs, channels)`, with or without a Keras mask `(batch, time)`.

    Output shape:
        `(batch, n * frames, freqs, channels)` with a Keras mask of the patches of each clip.

    Raises:
        ValueError: If an argument is out of its domain.
    """

    def __init__(self, *, frames, value=0.0, **kwargs):
        super().__init__(autocast=False, **kwargs)
        _check.positive_int("FillPatches", frames=frames)
        _check.number("FillPatches", value=value)
        self.frames, self.value = frames, value
        self.supports_masking = True

    def call(self, inputs, mask=None):
        x = replace_invalid(inputs, mask=mask, value=self.value)
        x = ops.pad(x, [[0, 0], [0, self.frames], [0, 0], [0, 0]], constant_values=self.value)
        return x[:, : self._whole(greatest(ops.shape(inputs)[1], 1))]

    def compute_mask(self, inputs, mask=None):
        del inputs
        if mask is None:
            return None
        # A patch is valid if its first frame is. The first patch is always valid.
        later = every(
            ops.cast(mask, "bool"), start=self.frames, step=self.frames,
            count=lambda time: (greatest(time, self.frames) - 1) // self.frames,
        )  # fmt: skip
        first = ops.ones_like(ops.any(mask, axis=1, keepdims=True))
        return ops.repeat(ops.concatenate([first, later], axis=1), self.frames, axis=1)

    def _whole(self, frames):
        return (frames + self.frames - 1) // self.frames * self.frames

    def compute_output_spec(self, inputs, mask=None):
        del mask
        batch, time, *inner = inputs.shape
        time = None if time is None else self._whole(max(time, 1))
        return keras.KerasTensor((batch, time, *inner), dtype=inputs.dtype)

    def get_config(self):
        return {**super().get_config(), "frames": self.frames, "value": self.value}
