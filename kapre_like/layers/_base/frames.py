"""Base class of `Frame` and `Energy`."""

from keras import ops

from kapre_like import _check
from kapre_like.filters import FrameGrid
from kapre_like.layers._base.axes import FramingLayer
from kapre_like.layers._base.inputs import check_floating, working_dtype
from kapre_like.ops.framing import fill, frame, pad_end
from kapre_like.ops.sizes import channels_second


class FramedLayer(FramingLayer):
    """Computes each output frame from the samples of one frame.

    Args:
        frame_length: Int > 0, samples.
        hop_length: Int in 1 .. `frame_length`, samples; `None` means `frame_length // 4`.
        pad_end: Whether the clip is padded so that a frame starts at every hop inside it.
        pad_value: Number, value of the padding.
    """

    def __init__(self, *, frame_length, hop_length, pad_end, pad_value, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        _check.positive_int(owner, frame_length=frame_length)
        hop = max(1, frame_length // 4) if hop_length is None else hop_length
        _check.positive_int(owner, hop_length=hop)
        if hop > frame_length:
            rule = f"at most frame_length={frame_length}"
            fix = "Samples between the frames would be lost."
            _check.fail(owner, "hop_length", rule, hop, fix)
        _check.boolean(owner, pad_end=pad_end)
        _check.number(owner, pad_value=pad_value)
        self.frame_length, self.hop_length = frame_length, hop_length
        self.pad_end, self.pad_value = pad_end, pad_value
        # With padding, a frame exists if the clip contains its first sample.
        self.frame_grid = FrameGrid(1 if pad_end else int(frame_length), int(hop))

    def _cut(self, inputs, mask):
        """Returns `(batch, channels, frames, frame_length)` in the working dtype."""
        check_floating(type(self).__name__, inputs)
        x, value = ops.cast(inputs, working_dtype(self)), float(self.pad_value)
        x = channels_second(fill(x, mask=mask, value=value))
        sizes = {
            "frame_length": int(self.frame_length), "hop_length": self.frame_grid.hop_length
        }  # fmt: skip
        return frame(pad_end(x, value=value, every=self.pad_end, **sizes), **sizes)
