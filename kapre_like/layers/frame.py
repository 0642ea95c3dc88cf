"""Frames of a waveform as a layer. Arithmetic: `ops.framing`."""

import keras

from kapre_like.layers._base.frames import FramedLayer
from kapre_like.ops.sizes import channels_last


@keras.saving.register_keras_serializable(package="kapre_like")
class Frame(FramedLayer):
    """Cuts every channel into overlapping frames.

    `y[t, n] = x[t * hop_length + n]`. A clip has `1 + (samples - frame_length) // hop_length`
    frames, and the samples after the last frame are dropped. With `pad_end` it has
    `ceil(samples / hop_length)` frames, padded with `pad_value`. A clip shorter than a frame is
    padded to one frame.

    With a mask over samples, each clip is padded at its own end, and the output carries a mask
    over frames. The arithmetic is float32 under every dtype policy except float64.

    Args:
        frame_length: Int > 0, samples.
        hop_length: Int in 1 .. `frame_length`, samples between frames. `None` means
            `frame_length // 4`.
        pad_end: Whether a frame starts at every hop inside the clip; padding completes the last
            frames.
        pad_value: Number to pad with.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point.

    Output shape:
        `(batch, frames, frame_length, channels)`, float32, in the unit of the input.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point
            or lacks a channel axis or channels.

    Example:
        >>> frames = kapre_like.Frame(frame_length=3, hop_length=2, pad_end=True)
        >>> y = frames(np.arange(1.0, 5.0)[None, :, None])
        >>> keras.ops.convert_to_numpy(y)[0, :, :, 0].tolist()
        [[1.0, 2.0, 3.0], [3.0, 4.0, 0.0]]

    Source: Kapre 0.4.1 `Frame`; there a clip shorter than a frame has no frames.
    """

    def __init__(
        self, *, frame_length=2048, hop_length=None, pad_end=False, pad_value=0.0, **kwargs
    ):
        super().__init__(
            frame_length=frame_length, hop_length=hop_length, pad_end=pad_end,
            pad_value=pad_value, **kwargs,
        )  # fmt: skip

    def call(self, inputs, mask=None):
        return channels_last(self._cut(inputs, mask))

    def _frame_shape(self, channels):
        return (int(self.frame_length), channels)
