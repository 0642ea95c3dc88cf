"""`MoveChannels`, which migrated models with `channels_first` need."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.ops.sizes import channels_last, channels_second


@keras.saving.register_keras_serializable(package="kapre_like")
class MoveChannels(FrontEnd):
    """Changes `channels_last` to `channels_first` or back, and keeps the dtype.

    Native layers support channels last only. `migrate` adds this layer before and after them
    in a `channels_first` model. The input may be complex. It may also be a spectrum of five
    axes whose last axis contains real and imaginary part, as in exports to LiteRT and ONNX.
    This last axis is not moved.

    Args:
        to: `"first"` moves the channels to axis 1, `"last"` to the last axis.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, ..., channels)` if `to="first"`, else `(batch, channels, ...)`. Three or four
        axes, and one more for a last axis of real and imaginary part.

    Output shape:
        `(batch, channels, ...)` if `to="first"`, else `(batch, ..., channels)`.

    Raises:
        ValueError: If `to` is neither `"first"` nor `"last"`.
    """

    def __init__(self, *, to, **kwargs):
        super().__init__(**kwargs)
        _check.one_of("MoveChannels", ("first", "last"), to=to)
        self.to = to

    def call(self, inputs):
        if len(inputs.shape) == 5:
            return ops.moveaxis(inputs, *self._axes(5))
        return channels_second(inputs) if self.to == "first" else channels_last(inputs)

    def compute_output_shape(self, input_shape):
        shape = list(input_shape)
        source, target = self._axes(len(shape))
        shape.insert(target, shape.pop(source))
        return tuple(shape)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype=inputs.dtype)

    def _axes(self, rank):
        last = 3 if rank == 5 else rank - 1
        return (last, 1) if self.to == "first" else (1, last)
