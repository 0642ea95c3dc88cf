"""Samples beside a clip as a layer. Arithmetic: `ops.framing`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.axes import WaveformLayer
from kapre_like.layers._base.inputs import take_waveform
from kapre_like.layers._base.stream_stage import PADDING
from kapre_like.ops.axes import channels_last
from kapre_like.ops.framing import pad_waveform
from kapre_like.ops.masking import longer_mask, zero_invalid


@keras.saving.register_keras_serializable(package="kapre_like")
class Pad(WaveformLayer):
    """Puts samples before and after each clip: zeros, or the clip mirrored.

    With `STFT(center=False)` behind it, frames start and end where another program's do:
    `STFT(center=True)` is `Pad(before=n_fft // 2, after=n_fft // 2)`.

    With a mask, the samples after a clip stand at its own end, not at the batch's, and count
    as valid. The arithmetic is float32 under every policy but float64.

    Args:
        before: Int >= 0, samples.
        after: Int >= 0, samples.
        mode: `"constant"` (zeros) or `"reflect"`, which mirrors the clip around its first and
            its last sample, again and again if it is shorter than what is added.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point.

    Output shape:
        `(batch, before + samples + after, channels)`, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input is not such a waveform.

    Example:
        >>> x = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)
        >>> y = kapre_like.Pad(before=1, after=2, mode="reflect")(x)
        >>> keras.ops.convert_to_numpy(y)[0, :, 0].tolist()
        [2.0, 1.0, 2.0, 3.0, 2.0, 1.0]
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
        # Both ends alike, as the transforms need them; then what is too much comes off.
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
        """Returns the valid samples after it of clips with `length` samples before, int32."""
        return ops.cast(length, "int32") + (self.before + self.after)
