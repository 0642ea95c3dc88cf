"""Padding for convolutions over time, centered or causal."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.blocks.carried import carried_by


@keras.saving.register_keras_serializable(package="kapre_like")
class TimePadding(keras.layers.Layer):
    """Adds frames of zeros before and after, and zero frequencies below and above.

    The padding does not depend on the number of frames, so a clip gives the same result alone
    and in a longer batch. Keras's `padding="same"` with stride 2 differs between even and odd
    lengths.

    Args:
        before: Int >= 0, frames added before the first. A causal convolution needs them as
            context. On a stream they are the last frames of the previous chunk.
        after: Int >= 0, frames added after the last. 0 is causal.
        freqs: Int >= 0, frequencies added on both sides of a spectrogram.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, channels)` or `(batch, frames, freqs, channels)`.

    Output shape:
        The same with more frames and frequencies.
    """

    def __init__(self, *, before, after=0, freqs=0, **kwargs):
        super().__init__(**kwargs)
        _check.non_negative_int("TimePadding", before=before, after=after, freqs=freqs)
        self.before, self.after, self.freqs = before, after, freqs

    def call(self, inputs):
        carried, before = carried_by(inputs), self.before
        if carried is not None and before:
            inputs, before = carried.with_context(inputs, before), 0
        width = [(0, 0), (before, self.after), (0, 0)]
        if len(inputs.shape) == 4:
            width.insert(2, (self.freqs, self.freqs))
        return ops.pad(inputs, width)

    def compute_output_shape(self, input_shape):
        batch, frames, *others = input_shape
        frames = None if frames is None else frames + self.before + self.after
        if len(others) == 2 and others[0] is not None:
            others[0] += 2 * self.freqs
        return batch, frames, *others

    def get_config(self):
        names = ("before", "after", "freqs")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
