"""What `Frame` and `Energy` share."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.filters import frame_count
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import (
    check_floating,
    check_waveform_shape,
    working_dtype,
)
from kapre_like.ops.framing import fill, frame, pad_end
from kapre_like.ops.masking import frame_mask
from kapre_like.ops.sizes import channels_second


class Frames:
    """Arguments checked, frame counts and masks, and the cutting itself.

    Args:
        owner: Class name for messages.
        frame_length: Int > 0, samples.
        hop_length: Int in 1 .. `frame_length`, samples; `None` means `frame_length // 4`.
        pad_end: Whether a frame starts at every hop inside the clip, filled up at the end.
        pad_value: Number that fills up.
    """

    def __init__(self, owner, *, frame_length, hop_length, pad_end, pad_value):
        _check.positive_int(owner, frame_length=frame_length)
        hop_length = max(1, frame_length // 4) if hop_length is None else hop_length
        _check.positive_int(owner, hop_length=hop_length)
        if hop_length > frame_length:
            rule = f"at most frame_length={frame_length}"
            fix = "Samples between the frames would be lost."
            _check.fail(owner, "hop_length", rule, hop_length, fix)
        _check.boolean(owner, pad_end=pad_end)
        _check.number(owner, pad_value=pad_value)
        self.frame_length, self.hop_length = int(frame_length), int(hop_length)
        self.pad_end, self.pad_value = pad_end, float(pad_value)
        # With padding, the first sample of a frame decides whether the frame exists.
        self._needed = 1 if pad_end else self.frame_length

    def count(self, samples):
        """Frames of a clip of `samples`, an int or `None`."""
        if samples is None:
            return None
        return frame_count(samples, self._needed, self.hop_length, False)

    def mask(self, mask):
        """The frame mask that belongs to a sample mask; `None` stays `None`."""
        if mask is None:
            return None
        return frame_mask(mask, n_fft=self._needed, hop_length=self.hop_length, center=False)

    def lengths(self, length):
        """Frames of clips with `length` samples each, as int32 tensor of the same shape."""
        hops = (ops.cast(length, "int32") - self._needed) // self.hop_length
        return ops.maximum(1 + hops, 1)

    def cut(self, x):
        """`(batch, channels, samples)` to `(batch, channels, frames, frame_length)`."""
        x = pad_end(
            x, frame_length=self.frame_length, hop_length=self.hop_length,
            value=self.pad_value, every=self.pad_end,
        )  # fmt: skip
        return frame(x, frame_length=self.frame_length, hop_length=self.hop_length)


class FramedLayer(FrontEnd):
    """A layer whose result has frames cut by `Frames` where the input has samples."""

    def __init__(self, *, frame_length, hop_length, pad_end, pad_value, **kwargs):
        super().__init__(**kwargs)
        self._frames = Frames(
            type(self).__name__, frame_length=frame_length, hop_length=hop_length,
            pad_end=pad_end, pad_value=pad_value,
        )  # fmt: skip
        self.frame_length, self.hop_length = frame_length, hop_length
        self.pad_end, self.pad_value = pad_end, pad_value

    def build(self, input_shape):
        check_waveform_shape(type(self).__name__, input_shape)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        return self._frames.mask(previous_mask)

    def compute_output_spec(self, inputs, mask=None):  # noqa: ARG002
        check_floating(type(self).__name__, inputs)
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=working_dtype(self))

    def frame_lengths(self, length):
        """Returns the valid frames of clips with `length` valid samples, int32."""
        return self._frames.lengths(length)

    def _frames_shape(self, input_shape):
        check_waveform_shape(type(self).__name__, input_shape)
        batch, samples, channels = input_shape
        return (batch, self._frames.count(samples), channels)

    def _taken(self, inputs, mask):
        """`(batch, channels, samples)` in the working dtype, `pad_value` where masked."""
        check_floating(type(self).__name__, inputs)
        x = ops.cast(inputs, working_dtype(self))
        return channels_second(fill(x, mask=mask, value=self._frames.pad_value))
