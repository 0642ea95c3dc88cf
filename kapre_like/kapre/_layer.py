"""What all layers of the facade have in common: data formats, dtypes, declared results."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.kapre.backend import (
    _CH_DEFAULT_STR,
    _CH_FIRST_STR,
    _CH_LAST_STR,
    _check_data_format,
    _get_image_data_format,
)
from kapre_like.layers._base.inputs import plain
from kapre_like.ops.polar import is_complex
from kapre_like.ops.sizes import channels_last, channels_second

HALVES = ("float16", "bfloat16")


class KapreLayer(keras.layers.Layer):
    """A layer with Kapre's arguments over arithmetic that knows one order of axes.

    A subclass names its data formats in the constructor, says in `_order` where its arithmetic
    wants the channels, and has `_arithmetic(x)` and `_arithmetic_shape(shape)`, both in that
    order. Everything between the two orders happens here.

    Args:
        formats: Data format strings by argument name: `data_format` for both sides, or
            `input_data_format` and `output_data_format`; empty if axes do not matter. Each
            is resolved into an attribute of its name and kept as given for `get_config`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.
    """

    # Channels second, `(batch, channels, time, ...)`, or last, for the arithmetic.
    _order = _CH_FIRST_STR
    # Ranks of input that the layer takes; `None` for any.
    _ranks = None
    _takes_complex = False
    # Constructor arguments besides data formats; `get_config` reads attributes of their names.
    _arguments = ()

    def __init__(self, *, formats=None, **kwargs):
        # Inputs arrive as they are: float16 would flush quiet bins to zero.
        super().__init__(**{**kwargs, "autocast": False})
        # No tracked dictionary: it would be part of the saved state.
        self._formats = tuple((formats or {}).items())
        for name, given in self._formats:
            _check_data_format(type(self).__name__, name, given)
            resolved = _get_image_data_format() if given == _CH_DEFAULT_STR else given
            setattr(self, name, resolved)
            # Kapre's two names for what was given.
            setattr(self, f"{name}_original", given)
            if name == "data_format":
                self.data_format_str = given

    def call(self, x):
        self._check_rank(x.shape)
        self._check_input(x)
        return self._leave(self._arithmetic(self._enter(x)))

    def compute_output_shape(self, input_shape):
        self._check_rank(input_shape)
        enters = _reordered(input_shape, self._format("input"), self._order)
        leaves = self._arithmetic_shape(enters)
        return _reordered(leaves, self._order, self._format("output"))

    def compute_output_spec(self, x, **kwargs):  # noqa: ARG002
        self._check_input(x)
        return keras.KerasTensor(self.compute_output_shape(x.shape), self._result_dtype(x))

    def get_config(self):
        own = {name: plain(getattr(self, name)) for name in self._arguments}
        return {**super().get_config(), **own, **dict(self._formats)}

    def _arithmetic(self, x):
        raise NotImplementedError

    def _arithmetic_shape(self, shape):
        return shape

    def _result_dtype(self, x):
        return self._working_dtype(x)

    def _working_dtype(self, x):
        """float32 under every policy but float64; complex numbers keep their own width."""
        if is_complex(x):
            wide = keras.backend.standardize_dtype(x.dtype) == "complex128"
        else:
            wide = self.compute_dtype == "float64"
        return "float64" if wide else "float32"

    def _enter(self, x):
        """The input in the arithmetic's order of axes, reals in its dtype."""
        x = x if is_complex(x) else ops.cast(x, self._working_dtype(x))
        return self._into_order(x)

    def _leave(self, y):
        return self._out_of_order(y)

    def _into_order(self, x):
        return _reordered_tensor(x, self._format("input"), self._order)

    def _out_of_order(self, y):
        return _reordered_tensor(y, self._order, self._format("output"))

    def _format(self, side):
        """The data format of one side; the arithmetic's own if the layer knows none."""
        names = dict(self._formats)
        if "data_format" in names:
            return self.data_format
        return getattr(self, f"{side}_data_format") if names else self._order

    def _check_input(self, x):
        if is_complex(x) and not self._takes_complex:
            fix = "Put Magnitude or Phase before it."
            _check.fail(type(self).__name__, "inputs", "real", x.dtype, fix)

    def _check_rank(self, shape):
        if self._ranks is not None and len(shape) not in self._ranks:
            axes = {3: "a waveform with a channel axis", 4: "a spectrogram with channels"}
            expected = " or ".join(axes[rank] for rank in self._ranks)
            raise ValueError(
                f"{type(self).__name__}: expects {expected}, {self._format('input')}. "
                f"Received: shape={tuple(shape)}."
            )


def _reordered(shape, source, target):
    """A shape with its channels moved from where one data format has them to another's."""
    shape = tuple(shape)
    if source == target:
        return shape
    if target == _CH_LAST_STR:
        return (shape[0], *shape[2:], shape[1])
    return (shape[0], shape[-1], *shape[1:-1])


def _reordered_tensor(x, source, target):
    if source == target:
        return x
    return channels_last(x) if target == _CH_LAST_STR else channels_second(x)


def truth(owner, **values):
    """Raises unless each value is true or false: a bool, 0, 1 or `None`."""
    for name, value in values.items():
        known = isinstance(value, (bool, int, np.bool_, np.integer)) and value in (0, 1)
        if value is not None and not known:
            _check.fail(owner, name, "True or False", value)
