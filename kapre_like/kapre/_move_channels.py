"""The channel axis from the last place to the second or back, for migrated models."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.ops.sizes import channels_last, channels_second


@keras.saving.register_keras_serializable(package="kapre_like")
class MoveChannels(FrontEnd):
    """Turns `channels_last` into `channels_first` or back, and keeps the dtype.

    Native layers know one axis order. `migrate` puts this beside them where a model had the
    other one. Complex spectra pass, and so does a spectrum as a pair (five axes, the last of
    2), whose last axis stays where it is: what a complex one becomes in LiteRT and ONNX.

    Args:
        to: `"first"` (the channels become axis 1) or `"last"`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, ..., channels)` if `to="first"`, else `(batch, channels, ...)`; three axes or
        four, and one more for a pair.

    Output shape:
        The other of the two.

    Raises:
        ValueError: If `to` is neither.
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
