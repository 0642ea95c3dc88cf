"""Cuts or pads a clip to a fixed length as a layer."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import check_floating, working_dtype
from kapre_like.layers._base.stream_stage import FITTING
from kapre_like.ops.masking import replace_invalid


@keras.saving.register_keras_serializable(package="kapre_like")
class FitLength(FrontEnd):
    """Cuts or pads every clip to `length` steps along its second axis.

    `y[n] = x[n] if n < steps else value` for `0 <= n < length`.

    Use it for networks with a fixed input size, such as 30 seconds of samples or 1024 frames.
    The layer applies the input's mask, so a clip gets the same padding alone and in a padded
    batch. The output has no mask: all its steps are valid. The arithmetic is float32 under
    every dtype policy except float64.

    Args:
        length: Int > 0, steps.
        value: Number to pad with.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, steps, ...)`, floating point: samples, frames.

    Output shape:
        `(batch, length, ...)`, float32, in the unit of the input.

    Raises:
        ValueError: If an argument is outside its domain, or the input is not floating point.

    Example:
        >>> y = kapre_like.FitLength(length=4, value=-1.0)(np.ones((1, 2, 1)))
        >>> keras.ops.convert_to_numpy(y)[0, :, 0].tolist()
        [1.0, 1.0, -1.0, -1.0]

    Source: librosa 0.11 `util.fix_length`.
    """

    stream_stage = FITTING

    def __init__(self, *, length, value=0.0, **kwargs):
        super().__init__(**kwargs)
        _check.positive_int("FitLength", length=length)
        _check.number("FitLength", value=value)
        self.length, self.value = length, value
        self.input_spec = keras.layers.InputSpec(min_ndim=2)

    def call(self, inputs, mask=None):
        check_floating("FitLength", inputs)
        x = ops.cast(inputs, working_dtype(self))
        x = replace_invalid(x, mask=mask, value=self.value)[:, : self.length]
        edges = [(0, 0), (0, self.length)] + [(0, 0)] * (len(x.shape) - 2)
        return ops.pad(x, edges, constant_values=self.value)[:, : self.length]

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        return None

    def _output_shape(self, shape):
        return (shape[0], self.length, *shape[2:])

    def frame_lengths(self, length):
        """Returns `self.length` for every clip, int32."""
        return ops.full_like(ops.cast(length, "int32"), self.length)
