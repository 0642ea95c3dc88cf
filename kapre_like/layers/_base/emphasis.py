"""Base class of `PreEmphasis` and `DeEmphasis`."""

from kapre_like import _check
from kapre_like.layers._base.axes import WaveformLayer
from kapre_like.layers._base.inputs import take_waveform
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.sizes import channels_last


class Emphasis(WaveformLayer):
    """Maps a waveform to one of the same shape, zero where the mask is false.

    A subclass implements `_arithmetic(x, mask)` on `(batch, channels, samples)`.
    """

    def __init__(self, *, coefficient=0.97, start="zero", **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        _check.non_negative(owner, coefficient=coefficient)
        if coefficient > 1:
            _check.fail(owner, "coefficient", "a number in 0 .. 1", coefficient)
        _check.one_of(owner, ("zero", "repeat", "extrapolate"), start=start)
        self.coefficient, self.start = coefficient, start

    def call(self, inputs, mask=None):
        x = take_waveform(self, type(self).__name__, inputs, mask)
        return zero_invalid(channels_last(self._arithmetic(x, mask)), mask=mask)

    def _arithmetic(self, x, mask):
        raise NotImplementedError
