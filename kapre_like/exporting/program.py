"""`Program`, a model or layer as one function of named inputs and outputs, to be exported."""

import dataclasses
import re
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from kapre_like import _check
from kapre_like.exporting.shapes import free_shapes, symbolic
from kapre_like.exporting.transcripts import with_label_ids
from kapre_like.saving import find_card

# Outputs that keep their name in the files. Those of any other model are named `outputs`.
_NAMED = ("probabilities", "score")
# Names that Keras generates for unnamed inputs.
_MADE_UP = re.compile(r"(keras_tensor|input_layer)(_\d+)*$")


@dataclasses.dataclass(frozen=True)
class Program:
    """A functional model with the names of its inputs and outputs in the file.

    Attributes:
        model: `keras.Model` with the inputs and outputs of the file.
        inputs: `(name, shape, dtype)` per input; `None` in a shape is a dynamic axis.
        outputs: Name per output.
        card: Contents of the model's `ModelCard`, or `None`.
    """

    model: keras.Model
    inputs: tuple[tuple[str, tuple[int | None, ...], str], ...]
    outputs: tuple[str, ...]
    card: dict[str, Any] | None

    def __call__(self, tensors: Sequence[Any]) -> dict[str, Any]:
        """Computes the outputs with the model itself, and returns them by name."""
        return self._named(self.model(self._packed(tensors), training=False))

    def values(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Returns the values of the trainable weights, and those of the others."""
        learned, other = self.model.trainable_variables, self.model.non_trainable_variables
        numpy = keras.ops.convert_to_numpy
        return [numpy(weight) for weight in learned], [numpy(weight) for weight in other]

    def stateless(self, weights: Sequence[Any], tensors: Sequence[Any]) -> dict[str, Any]:
        """Computes the outputs with other weights, a pair of lists as from `values`."""
        outputs, _ = self.model.stateless_call(*weights, self._packed(tensors), training=False)
        return self._named(outputs)

    def _packed(self, tensors: Sequence[Any]) -> Any:
        return keras.tree.pack_sequence_as(self.model.input, list(tensors))

    def _named(self, outputs: Any) -> dict[str, Any]:
        return dict(zip(self.outputs, keras.tree.flatten(outputs), strict=True))


def make_program(
    model: keras.Model | keras.layers.Layer, input_shape: Any, *, in_float32: bool
) -> Program:
    """Returns the program that `export` writes.

    Args:
        model: A Keras model or layer, built or not.
        input_shape: As in `export`.
        in_float32: Whether layers of half precision compute in float32 in the file. Their
            weights are float32 in any case.

    Raises:
        ValueError: If the model cannot be exported.
    """
    if not isinstance(model, keras.layers.Layer):
        _check.fail("export", "model", "a Keras model or a layer of this library", model)
    if not _is_functional(model):
        model = _around(model, input_shape)
    card = _card(model)
    model = with_label_ids(model, card)
    if in_float32:
        model = _in_float32(model)
    for kind in ("inputs", "outputs"):
        _refuse_complex(kind, getattr(model, kind))
    inputs = tuple(
        (name, tuple(tensor.shape), keras.backend.standardize_dtype(tensor.dtype))
        for name, tensor in zip(_input_names(model), model.inputs, strict=True)
    )
    return Program(model, inputs, _output_names(model, card), card)


def _card(model: keras.Model) -> dict[str, Any] | None:
    """Returns the contents of the model's `ModelCard`; `None` if it has none."""
    try:
        return find_card(model.get_config())
    except (NotImplementedError, TypeError):  # a custom layer that cannot be saved
        return None


def _is_functional(model: keras.layers.Layer) -> bool:
    """Returns whether the model declares its inputs. A `Sequential` may infer them."""
    if isinstance(model, keras.Sequential):
        return False
    return isinstance(model, keras.Model) and bool(getattr(model, "inputs", None))


def _around(layer: keras.layers.Layer, input_shape: Any) -> keras.Model:
    """Returns the layer, or the layers of a `Sequential`, as a functional model."""
    inputs = keras.tree.map_shape_structure(symbolic, free_shapes(layer, input_shape))
    parts = layer.layers if isinstance(layer, keras.Sequential) else [layer]
    outputs = inputs
    for part in parts:
        outputs = part(outputs)
    return keras.Model(inputs, outputs, name=layer.name)


def _in_float32(model: keras.Model) -> keras.Model:
    """Returns a copy that computes in float32 if a layer computes in half precision."""
    return in_dtype(model, "float32", _is_half) if _holds_half(model) else model


def in_dtype(
    model: keras.Model, dtype: str, chosen: Callable[[keras.layers.Layer], bool]
) -> keras.Model:
    """Returns a copy with the same weights whose chosen layers compute in `dtype`."""

    def other(layer):
        config = layer.get_config()
        return type(layer).from_config({**config, "dtype": dtype} if chosen(layer) else config)

    copy = keras.models.clone_model(model, clone_function=other, recursive=True)
    copy.set_weights(model.get_weights())
    return copy


def _holds_half(model: keras.Model) -> bool:
    """Returns whether a layer, also one of a nested model, computes in half precision."""
    return any(
        _holds_half(layer) if isinstance(layer, keras.Model) else _is_half(layer)
        for layer in model.layers
    )


def _is_half(layer: Any) -> bool:
    # `model.layers` also contains plain operations, which have no dtype policy.
    return getattr(layer, "compute_dtype", None) in ("float16", "bfloat16")


def _refuse_complex(kind: str, tensors: Sequence[Any]) -> None:
    dtypes = [keras.backend.standardize_dtype(tensor.dtype) for tensor in tensors]
    if any("complex" in dtype for dtype in dtypes):
        raise ValueError(
            f"export: `model` must have real {kind}. Received: {kind}={dtypes}. "
            'Use STFT(output="real_imag"): the layers after it accept the pair.'
        )


def _input_names(model: keras.Model) -> list[str]:
    """Returns valid names for a signature; `inputs` for names that Keras generated."""
    names = [re.sub(r"\W", "_", tensor.name) for tensor in model.inputs]
    made_up = "inputs" if len(names) == 1 else "inputs_{}"
    return [made_up.format(i) if _MADE_UP.match(name) else name for i, name in enumerate(names)]


def _output_names(model: keras.Model, card: dict[str, Any] | None) -> tuple[str, ...]:
    count = len(model.outputs)
    if isinstance(model.output, dict):
        return tuple(sorted(model.output))
    if count > 1:
        return tuple(f"outputs_{i}" for i in range(count))
    named = card is not None and card["output"] in _NAMED
    return (card["output"] if named else "outputs",)
