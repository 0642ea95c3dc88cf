"""Frames of a waveform as a layer. Arithmetic: `ops.framing`, `ops.end_padding`."""

import keras

from kapre_like.layers._base.frames import FramedLayer
from kapre_like.ops.axes import channels_last


@keras.saving.register_keras_serializable(package="kapre_like")
class Frame(FramedLayer):
    """Cuts every channel into overlapping frames.

    `y[t, n] = x[t * hop_length + n]`. A clip gives `1 + (samples - frame_length) //
    hop_length` frames and loses what is left at its end; with `pad_end` it gives
    `ceil(samples / hop_length)`, the last ones filled up with `pad_value`. A clip too short
    for a frame is filled up to give one.

    Under a mask over samples every clip is filled up at its own end, and the mask goes on
    over frames. The numbers are float32 under every policy but float64.

    Args:
        frame_length: Int > 0, samples.
        hop_length: Int in 1 .. `frame_length`, samples between frames. `None` means
            `frame_length // 4`.
        pad_end: Whether a frame starts at every hop inside the clip.
        pad_value: Number that fills up.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point.

    Output shape:
        `(batch, frames, frame_length, channels)`, float32.

    Raises:
        ValueError: If an argument is outside its domain, the input has no channel axis or no
            channel, or it is not floating point.

    Example:
        >>> frames = kapre_like.Frame(frame_length=3, hop_length=2, pad_end=True)
        >>> y = frames(np.arange(1.0, 5.0)[None, :, None])
        >>> keras.ops.convert_to_numpy(y)[0, :, :, 0].tolist()
        [[1.0, 2.0, 3.0], [3.0, 4.0, 0.0]]

    Source: Kapre 0.4.1 `Frame`; there a clip shorter than a frame gives none.
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
