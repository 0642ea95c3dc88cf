"""Base classes of the facade: data formats, dtypes, output shapes and random layers."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.kapre._graphs import in_graph, uniform
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
    """Base class of Kapre's layers, which converts between data formats.

    A subclass passes its data formats to the constructor and sets `_order` to the axis order of
    its computation. It implements `_arithmetic(x)` and `_arithmetic_shape(shape)` in that
    order. This class transposes the input before the computation and the output after it.

    Args:
        formats: Dictionary from argument name to data format: `data_format` for input and
            output, or `input_data_format` and `output_data_format`. Empty for a layer that
            works on any axes. Each format is resolved into an attribute of the same name;
            `get_config` returns it as given.
        **kwargs: Base layer arguments, such as `name` and `dtype`.
    """

    # Axis order of `_arithmetic`: `(batch, channels, time, ...)`, or channels last.
    _order = _CH_FIRST_STR
    # Allowed ranks of the input; `None` allows any.
    _ranks = None
    _takes_complex = False
    # Constructor arguments besides data formats. `get_config` reads the attributes.
    _arguments = ()

    def __init__(self, *, formats=None, **kwargs):
        # No autocast of the input: float16 would round quiet bins to zero.
        super().__init__(**{**kwargs, "autocast": False})
        # A tuple, because Keras would save a dictionary with the layer's state.
        self._formats = tuple((formats or {}).items())
        for name, given in self._formats:
            _check_data_format(type(self).__name__, name, given)
            resolved = _get_image_data_format() if given == _CH_DEFAULT_STR else given
            setattr(self, name, resolved)
            # Kapre stores the argument as given in these two attributes.
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
        """Returns the dtype of the real numbers in the computation.

        It is float64 for complex128 input and for real input under a float64 policy, else
        float32.
        """
        if is_complex(x):
            wide = keras.backend.standardize_dtype(x.dtype) == "complex128"
        else:
            wide = self.compute_dtype == "float64"
        return "float64" if wide else "float32"

    def _enter(self, x):
        """Returns the input in `_order`; real input is cast to the working dtype."""
        x = x if is_complex(x) else ops.cast(x, self._working_dtype(x))
        return self._into_order(x)

    def _leave(self, y):
        return self._out_of_order(y)

    def _into_order(self, x):
        return _reordered_tensor(x, self._format("input"), self._order)

    def _out_of_order(self, y):
        return _reordered_tensor(y, self._order, self._format("output"))

    def _format(self, side):
        """Returns the data format of `"input"` or `"output"`; `_order` if there is none."""
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


class RandomLayer(KapreLayer):
    """Base class of Kapre's augmentations, which change the input in training only.

    Floating-point input is cast to float32, or to float64 under a float64 policy.
    Half-precision input keeps its dtype under a half-precision policy. The layer never casts
    float32 to half precision, since no computation would become faster. Integers stay integers.

    A subclass implements `_augmented(x)` and may extend `_check_input(shape)`. As in Kapre, the
    input is checked in training only. The state of the random generator is not saved, so files
    from Kapre, which have none, load.
    """

    def __init__(self, *, data_format, **kwargs):
        super().__init__(formats={"data_format": data_format}, **kwargs)
        # The state of the generator is a variable, so a graph draws new numbers at each call.
        # Inside a graph no variable can be created, and TensorFlow keeps the state instead.
        self.seed_generator = None if in_graph() else keras.random.SeedGenerator()

    def call(self, x, training=None):
        x = ops.cast(x, self._result_dtype(x))
        if not training:
            return x
        self._check_input(x.shape)
        return self._augmented(x)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def compute_output_spec(self, x, training=None):
        if training:
            self._check_input(x.shape)
        return keras.KerasTensor(x.shape, dtype=self._result_dtype(x))

    def _result_dtype(self, x):
        dtype = keras.backend.standardize_dtype(x.dtype)
        half = dtype in HALVES and self.compute_dtype in HALVES
        if half or is_complex(x) or not keras.backend.is_float_dtype(dtype):
            return dtype
        return self._working_dtype(x)

    def get_config(self):
        # As in Kapre, an augmentation saves the resolved format instead of "default".
        return {**super().get_config(), "data_format": self.data_format}

    def _check_input(self, shape):
        self._check_rank(shape)

    def _augmented(self, x):
        raise NotImplementedError

    def _draws(self, *shape):
        if self.seed_generator is None:
            return uniform(shape)
        return keras.random.uniform(shape, dtype="float32", seed=self.seed_generator)


def _reordered(shape, source, target):
    """Returns a shape with the channel axis moved from one data format to another."""
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


def check_flags(owner, **values):
    """Raises `ValueError` unless each value is a bool, 0, 1 or `None`."""
    for name, value in values.items():
        known = isinstance(value, (bool, int, np.bool_, np.integer)) and value in (0, 1)
        if value is not None and not known:
            _check.fail(owner, name, "True or False", value)
