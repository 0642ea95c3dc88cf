"""Loudness of ITU-R BS.1770 as a layer. Arithmetic: `ops.iir`, `ops.loudness`."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.filters import FrameGrid
from kapre_like.filters.iir import block_filter
from kapre_like.filters.weighting import WEIGHTINGS, k_weighting
from kapre_like.layers._base.axes import FramingLayer
from kapre_like.layers._base.inputs import take_waveform
from kapre_like.ops.iir import iir
from kapre_like.ops.loudness import block_power, gated_power, lufs, power_of
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.sizes import known

# Hops of 100 ms per block.
_HOPS = {"integrated": 4, "momentary": 4, "short_term": 30}
_LAST_BLOCKS = ("rounded", "whole")
_STANDARD_WEIGHTS = (1.0, 1.0, 1.0, 1.41, 1.41)
_ABSOLUTE_GATE, _SILENCE = -70.0, -120.0


@keras.saving.register_keras_serializable(package="kapre_like")
class Loudness(FramingLayer):
    """Loudness in LUFS of a clip, or of blocks every 100 ms.

    `y = -0.691 + 10 * log10(sum_c w[c] * z[c])`, where `w[c]` is the weight of channel `c` and
    `z[c]` its mean square after K-weighting.

    - `"integrated"`: one value per clip. Blocks of 400 ms, every 100 ms, are averaged after two
      gates: blocks above -70 LUFS, then those of them less than 10 LU below their mean. A clip
      without a block above -70 LUFS returns -70.
    - `"momentary"`: each block of 400 ms, at least -120 LUFS.
    - `"short_term"`: each block of 3 s, one every 100 ms, at least -120 LUFS.

    A clip shorter than a block is padded with silence. The gradient is finite everywhere and
    zero in silence. With a mask over samples, each clip is measured over its own length, and
    block outputs carry a mask over blocks. The arithmetic is float32 under every dtype policy
    except float64. The output has the policy's compute dtype.

    Args:
        sample_rate: Number > 3400, Hz.
        mode: `"integrated"`, `"momentary"` or `"short_term"`.
        weighting: `"itu"`, the filters of the standard, whose response is the same at every
            sample rate to within 0.02 dB for rates from 8 kHz, and 0.2 dB below; or
            `"cookbook"`, the default filters of pyloudnorm and torchaudio, which return 0.04 LU
            less at 48 kHz and have a different response at low rates.
        channel_weights: Numbers >= 0, one per channel, or `None` for those of the standard:
            left, right and center 1, surrounds 1.41, in this order, for up to five channels.
        last_block: `"rounded"`: a last block that lacks less than half a hop is padded with
            silence, as in pyloudnorm. `"whole"`: only whole blocks count, as in the standard.
            Both agree for clips of whole tenths of seconds.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, full scale at 1.

    Output shape:
        `(batch, 1)` if `"integrated"`, else `(batch, blocks, 1)`, in LUFS; the policy's compute
        dtype.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point,
            lacks a channel axis or channels, or has more channels than weights.

    Example:
        >>> sine = np.sin(2 * np.pi * 997 / 48000 * np.arange(96000))[None, :, None]
        >>> got = kapre_like.Loudness(sample_rate=48000)(sine)
        >>> print(f"{keras.ops.convert_to_numpy(got)[0, 0]:.2f} LUFS")
        -3.01 LUFS

    Source: ITU-R BS.1770-4, annex 1; EBU Tech 3341 for the other two modes.
    """

    _follows_policy = True

    def __init__(
        self,
        *,
        sample_rate=16000,
        mode="integrated",
        weighting="itu",
        channel_weights=None,
        last_block="rounded",
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "Loudness"
        _check.positive(owner, sample_rate=sample_rate)
        if sample_rate <= 3400:
            fix = "The K-weighting's shelf at 1.7 kHz must lie below half the rate."
            _check.fail(owner, "sample_rate", "above 3400 Hz", sample_rate, fix)
        _check.one_of(owner, tuple(_HOPS), mode=mode)
        _check.one_of(owner, WEIGHTINGS, weighting=weighting)
        _check.one_of(owner, _LAST_BLOCKS, last_block=last_block)
        self._weights = _weights(owner, channel_weights)
        self.sample_rate, self.mode, self.weighting = sample_rate, mode, weighting
        self.channel_weights, self.last_block = channel_weights, last_block
        self._filter = block_filter(k_weighting(float(sample_rate), weighting))
        self._hop = round(sample_rate / 10)
        # The last block may lack less than half a hop.
        self._fill = (self._hop - 1) // 2 if last_block == "rounded" else 0
        self.frame_grid = FrameGrid(_HOPS[mode] * self._hop - self._fill, self._hop)

    def call(self, inputs, mask=None):
        x = iir(take_waveform(self, "Loudness", inputs, mask), block_filter=self._filter)
        if mask is not None:  # the filter rings on after a clip's end
            there = ops.expand_dims(ops.cast(mask, "bool"), axis=1)
            x = ops.where(there, x, ops.zeros_like(x))
        weights = self._weights_of(x)
        power = block_power(
            x, weights=weights, hop_length=self._hop, hops=_HOPS[self.mode], fill=self._fill
        )
        blocks = self._frame_mask(mask)
        if self.mode != "integrated":
            level = lufs(zero_invalid(power, mask=blocks), floor=_SILENCE)
            return self._given(ops.expand_dims(level, axis=-1), weights)
        power = gated_power(
            power, absolute=power_of(_ABSOLUTE_GATE), relative=0.1, valid=blocks
        )
        return self._given(lufs(power, floor=_ABSOLUTE_GATE), weights)

    def _weights_of(self, x):
        """Returns one weight per channel of `x`; NaN for channels without a weight."""
        channels = known(x, 1)
        if channels is not None:
            return ops.convert_to_tensor(self._weights[:channels], dtype=x.dtype)
        table = ops.convert_to_tensor(np.append(self._weights, np.nan), dtype=x.dtype)
        # Count the channels, because the size of the axis is unknown in this trace.
        position = ops.cumsum(ops.ones_like(ops.sum(x[:1], axis=(0, 2)), dtype="int32")) - 1
        return ops.take(table, ops.minimum(position, len(self._weights)), axis=0)

    def _given(self, level, weights):
        """Returns the output; adds NaN for channels without a weight, which gates drop."""
        return ops.cast(level + 0.0 * ops.sum(weights), self.compute_dtype)

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        return None if self.mode == "integrated" else self._frame_mask(previous_mask)

    def _output_shape(self, shape):
        return (shape[0], 1) if self.mode == "integrated" else super()._output_shape(shape)

    def _frame_shape(self, channels):  # noqa: ARG002
        return (1,)

    def _check_shape(self, shape):
        super()._check_shape(shape)
        if shape[-1] is not None and shape[-1] > len(self._weights):
            raise ValueError(
                f"Loudness: expects at most {len(self._weights)} channels. "
                f"Received: shape={tuple(shape)}. Give a weight for each in channel_weights."
            )


def _weights(owner, given):
    """Returns the channel weights as an array."""
    if given is None:
        return np.array(_STANDARD_WEIGHTS)
    rule = "numbers >= 0, one per channel, or None"
    try:
        values = np.asarray(given, "float64")
    except (ValueError, TypeError):
        _check.fail(owner, "channel_weights", rule, given)
    if values.ndim != 1 or not values.size or not (np.isfinite(values) & (values >= 0)).all():
        _check.fail(owner, "channel_weights", rule, given)
    return values
