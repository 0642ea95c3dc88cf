"""Base class of all front-end layers."""

import functools
import inspect
from types import MappingProxyType

import keras
import numpy as np
from keras import ops

from kapre_like.layers._base.inputs import (
    ADD_CHANNELS,
    SPECTROGRAM,
    WAVEFORM,
    check_dense,
    check_floating,
    check_shape,
    number,
    plain,
    working_dtype,
)
from kapre_like.ops.lowering import own_precision

_NAMED = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_ABSENT = object()
# The package of the layers of this library.
_LAYERS = "kapre_like.layers."
_ON_TORCH = keras.config.backend() == "torch"
if _ON_TORCH:
    from kapre_like.layers._base import one_operation
# Axes that a built layer expects, by rank.
_AXES = {3: (WAVEFORM, ADD_CHANNELS), 4: (SPECTROGRAM, "")}


class FrontEnd(keras.layers.Layer):
    """Computes in float32 under every policy, passes masks on, and accepts single clips.

    A layer takes its arguments by keyword. It stores each one unchanged in an attribute of its
    name. These attributes are its configuration.

    A subclass implements `_output_shape`. It also implements `_check_shape`, `_check_dtype` and
    `_output_dtype` where the defaults do not fit.
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            cls.__init__ = _with_python_numbers(cls.__init__)
        # A class of a user may compute something else than its parent, so it does not stream
        # unless it says that it does.
        if not cls.__module__.startswith(_LAYERS) and "stream_stage" not in vars(cls):
            cls.stream_stage = None

    # Attributes of arguments whose names are attributes of the Keras base class.
    _attribute_of = MappingProxyType({})

    # The `StreamStage` of the class, `None` if it does not stream.
    stream_stage = None

    # Whether the output has the dtype of the policy. Otherwise it has that of the arithmetic.
    _follows_policy = False

    def __init__(self, **kwargs):
        # Inputs must not be cast, because float16 would round the power of quiet clips to 0.
        super().__init__(autocast=False, **kwargs)
        self.supports_masking = True
        # Its entry in `one_operation`, on PyTorch.
        self._traced = None

    def __call__(self, inputs, *args, **kwargs):
        if _ON_TORCH and self._traced is not None and one_operation.compiling():
            # Models pass `training` to every layer, and `mask=None` to those that accept masks.
            given = [name for name, value in kwargs.items() if value is not None]
            masked = getattr(inputs, "_keras_mask", None) is not None
            if not args and not masked and given in ([], ["training"]):
                own = self._traced
                return one_operation.front_end(inputs, list(own.weights), own.number)
        owner = type(self).__name__
        check_dense(owner, inputs)
        # Checked before Keras does it, because its error message suggests no fix.
        rank = getattr(self.input_spec, "ndim", None)
        if rank in _AXES:
            check_shape(owner, getattr(inputs, "shape", np.shape(inputs)), *_AXES[rank])
        with own_precision():
            outputs = super().__call__(inputs, *args, **kwargs)
        if _ON_TORCH and self._traced is None:
            self._traced = one_operation.traced(self, outputs)
        return outputs

    def compute_output_shape(self, input_shape):
        shape = tuple(input_shape)
        self._check_shape(shape)
        return tuple(self._output_shape(shape))

    def compute_output_spec(self, inputs, *args, **kwargs):  # noqa: ARG002
        self._check_dtype(inputs)
        shapes = keras.tree.map_structure(lambda x: tuple(x.shape), inputs)
        shape = self.compute_output_shape(shapes)
        return keras.KerasTensor(shape, dtype=self._output_dtype(inputs))

    def _check_shape(self, shape):
        """Raises an error unless the layer accepts inputs of this shape."""

    def _check_dtype(self, inputs):
        """Raises an error unless the layer accepts inputs of this dtype."""
        check_floating(type(self).__name__, inputs)

    def _output_shape(self, shape):
        """Returns the output shape for an input shape that passed `_check_shape`."""
        return shape

    def _output_dtype(self, inputs):  # noqa: ARG002
        return self.compute_dtype if self._follows_policy else working_dtype(self)

    def stream_obstacle(self):
        """Returns why this layer cannot stream with its arguments, `None` if it can.

        The text follows the name of the class in an error message.
        """
        return None

    def one(self, inputs, training=None):
        """Returns the layer's output for one clip without a batch axis.

        Args:
            inputs: Input of the layer without its first axis. If Keras runs on TensorFlow, this
                also works in `tf.data.Dataset.map` before batching.
            training: Whether an augmentation changes the clip; other layers ignore it.
        """
        _check_backend(type(self).__name__, inputs)
        batch = keras.tree.map_structure(
            lambda x: ops.expand_dims(ops.convert_to_tensor(x), axis=0), inputs
        )
        options = {"training": training} if self._call_has_training_arg else {}
        outputs = self(batch, **options)
        return keras.tree.map_structure(lambda y: ops.squeeze(y, axis=0), outputs)

    def get_config(self):
        own = {
            name: plain(self._argument(name, owner)) for name, owner in _arguments(type(self))
        }
        return {**super().get_config(), **{k: v for k, v in own.items() if v is not _ABSENT}}

    def _argument(self, name, owner):
        """Returns the value of a constructor argument that the class `owner` declares."""
        value = getattr(self, self._attribute_of.get(name, name), _ABSENT)
        before = type(self).__mro__[: type(self).__mro__.index(owner) + 1]
        # The `get_config` of a user's class may add arguments that it stores elsewhere.
        if value is _ABSENT and not any("get_config" in vars(cls) for cls in before):
            raise ValueError(
                f"{owner.__name__}: keep the argument `{name}` in an attribute of its name, or "
                "override get_config(). A saved layer would lose it."
            )
        return value


def _arguments(cls):
    """Returns pairs of a constructor argument and the class that declares it.

    A class whose constructor has no `**kwargs` passes no arguments to its base classes.
    """
    found = {}
    for owner in cls.__mro__[: cls.__mro__.index(FrontEnd)]:
        if "__init__" not in vars(owner):
            continue
        parameters = list(inspect.signature(owner.__init__).parameters.values())[1:]
        for parameter in parameters:
            if parameter.kind in _NAMED:
                found.setdefault(parameter.name, owner)
        if not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
            break
    return found.items()


def _check_backend(owner, inputs):
    """Raises an error if TensorFlow traces a layer while Keras runs on another backend."""
    backend = keras.config.backend()
    traced = any(
        type(x).__module__.startswith("tensorflow.") and not hasattr(x, "numpy")
        for x in keras.tree.flatten(inputs)
    )
    if traced and backend != "tensorflow":
        raise ValueError(
            f"{owner}: tf.data.Dataset.map runs a layer only while Keras runs on TensorFlow. "
            f"Received: backend={backend!r}. Call the layer on the batches that the data set "
            "yields, or put it into the model."
        )


def _with_python_numbers(init):
    """Wraps a constructor so that it receives Python numbers instead of NumPy scalars."""

    @functools.wraps(init)
    def wrapper(self, *args, **kwargs):
        init(self, *map(number, args), **{name: number(v) for name, v in kwargs.items()})

    # Keras reads the signature of the wrapper itself.
    wrapper.__signature__ = inspect.signature(init)
    return wrapper
