"""Base class of `PreEmphasis` and `DeEmphasis`."""

import keras

from kapre_like import _check
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import (
    check_floating,
    check_waveform_shape,
    take_waveform,
    working_dtype,
)
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.sizes import channels_last


class Emphasis(FrontEnd):
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

    def build(self, input_shape):
        check_waveform_shape(type(self).__name__, input_shape)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def call(self, inputs, mask=None):
        x = take_waveform(self, type(self).__name__, inputs, mask)
        return zero_invalid(channels_last(self._arithmetic(x, mask)), mask=mask)

    def compute_output_shape(self, input_shape):
        check_waveform_shape(type(self).__name__, input_shape)
        return tuple(input_shape)

    def compute_output_spec(self, inputs, mask=None):  # noqa: ARG002
        check_floating(type(self).__name__, inputs)
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=working_dtype(self))

    def _arithmetic(self, x, mask):
        raise NotImplementedError
