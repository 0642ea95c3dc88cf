"""Energy of frames of a waveform as a layer. Arithmetic: `ops.framing`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.frames import FramedLayer
from kapre_like.ops.sizes import channels_last


@keras.saving.register_keras_serializable(package="kapre_like")
class Energy(FramedLayer):
    """Energy of overlapping frames of every channel, per reference duration.

    `y[t] = sum_n x[t * hop_length + n] ** 2 * ref_duration * sample_rate / frame_length`. The
    scale makes frames of different lengths comparable. The frames are those of `Frame`.

    With a mask over samples, each clip is padded at its own end, and the output carries a mask
    over frames. The arithmetic is float32 under every dtype policy except float64.

    Args:
        sample_rate: Number > 0, Hz.
        ref_duration: Number > 0, seconds, the duration that the energy is scaled to.
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
        `(batch, frames, channels)`, float32, in the squared unit of the input.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point
            or lacks a channel axis or channels.

    Example:
        >>> energy = kapre_like.Energy(ref_duration=1.0, frame_length=800, hop_length=800)
        >>> keras.ops.convert_to_numpy(energy(np.ones((1, 1600, 1)))).round(1).tolist()
        [[[16000.0], [16000.0]]]

    Source: Kapre 0.4.1 `Energy`, whose defaults are those of 22050 Hz.
    """

    def __init__(
        self,
        *,
        sample_rate=16000,
        ref_duration=0.1,
        frame_length=1600,
        hop_length=800,
        pad_end=False,
        pad_value=0.0,
        **kwargs,
    ):
        super().__init__(
            frame_length=frame_length, hop_length=hop_length, pad_end=pad_end,
            pad_value=pad_value, **kwargs,
        )  # fmt: skip
        _check.positive("Energy", sample_rate=sample_rate, ref_duration=ref_duration)
        self.sample_rate, self.ref_duration = sample_rate, ref_duration

    def call(self, inputs, mask=None):
        frames = self._cut(inputs, mask)
        scale = self.ref_duration * self.sample_rate / self.frame_length
        return channels_last(ops.sum(ops.square(frames), axis=-1) * float(scale))

    def _frame_shape(self, channels):
        return (channels,)
