"""Padding of waveforms as a layer. Arithmetic: `ops.framing`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.axes import WaveformLayer
from kapre_like.layers._base.inputs import take_waveform
from kapre_like.layers._base.stream_stage import PADDING
from kapre_like.ops.framing import pad_waveform
from kapre_like.ops.masking import longer_mask, zero_invalid
from kapre_like.ops.sizes import channels_last


@keras.saving.register_keras_serializable(package="kapre_like")
class Pad(WaveformLayer):
    """Pads each clip with samples before and after it: zeros or reflection.

    `y[n] = x[n - before]` inside the clip. Outside, `y` is 0 with `mode="constant"`. With
    `mode="reflect"`, the clip continues mirrored: `y[before - n] = x[n]` before its first
    sample, and `y[before + samples - 1 + n] = x[samples - 1 - n]` after its last.

    `STFT(center=True)` pads like `Pad(before=n_fft // 2, after=n_fft // 2)`. Use `Pad` before
    `STFT(center=False)` to reproduce the frame positions of another program.

    With a mask, each clip is padded at its own end, and the padded samples count as valid. The
    arithmetic is float32 under every dtype policy except float64.

    Args:
        before: Int >= 0, samples.
        after: Int >= 0, samples.
        mode: `"constant"` (zeros) or `"reflect"`, which mirrors the clip at its first and its
            last sample, repeatedly if the clip is shorter than the padding.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point.

    Output shape:
        `(batch, before + samples + after, channels)`, float32, in the unit of the input.

    Raises:
        ValueError: If an argument is outside its domain, or the input is not such a waveform.

    Example:
        >>> x = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)
        >>> y = kapre_like.Pad(before=1, after=2, mode="reflect")(x)
        >>> keras.ops.convert_to_numpy(y)[0, :, 0].tolist()
        [2.0, 1.0, 2.0, 3.0, 2.0, 1.0]

    Source: NumPy, `pad` with the modes of these names.
    """

    stream_stage = PADDING

    def __init__(self, *, before=0, after=0, mode="constant", **kwargs):
        super().__init__(**kwargs)
        _check.non_negative_int("Pad", before=before, after=after)
        _check.one_of("Pad", ("constant", "reflect"), mode=mode)
        self.before, self.after, self.mode = before, after, mode

    def call(self, inputs, mask=None):
        x = take_waveform(self, "Pad", inputs, mask)
        length = None if mask is None else ops.sum(ops.cast(mask, "int32"), axis=1)
        # `pad_waveform` pads both ends by the same amount. The slice removes the excess.
        side = max(self.before, self.after)
        x = pad_waveform(x, n_fft=2 * side, center=True, pad_mode=self.mode, length=length)
        end = ops.shape(x)[2] - (side - self.after)
        x = channels_last(x[:, :, side - self.before : end])
        return zero_invalid(x, mask=self.compute_mask(inputs, mask))

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        added = self.before + self.after
        if previous_mask is None or not added:
            return previous_mask
        return longer_mask(previous_mask, by=added)

    def _output_shape(self, shape):
        batch, samples, channels = shape
        added = self.before + self.after
        return (batch, None if samples is None else samples + added, channels)

    def frame_lengths(self, length):
        """Returns the valid samples of the padded clips, int32."""
        return ops.cast(length, "int32") + (self.before + self.after)
