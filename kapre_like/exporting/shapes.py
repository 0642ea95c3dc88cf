"""The input shape of a layer that is exported by itself."""

from typing import Any

import keras

from kapre_like import _check


def free_shapes(layer: keras.layers.Layer, input_shape: Any) -> Any:
    """Returns the input shape, or list of shapes, of `layer`; `None` is a dynamic axis.

    A built layer keeps its input shape, with dynamic batch and time axes. A layer that is not
    built takes `input_shape`, or the only shape that it accepts: mono waveforms or a spectrum.

    Args:
        layer: A layer, built or not.
        input_shape: As in `export`.
    """
    if isinstance(layer, keras.Sequential):
        return _of_sequential(layer, input_shape)
    if input_shape is not None:
        return _given(layer, input_shape)
    built = layer.get_build_config() if layer.built else None
    if built and built.get("input_shape") is not None:
        shape = keras.tree.map_shape_structure(_free, built["input_shape"])
        # A file takes a complex spectrum as pairs of real numbers.
        pairs = () if not isinstance(shape, tuple) else ((*shape, 2),)
        options = [option for option in (shape, *pairs) if _takes(layer, option)]
        if options:
            return options[0]
    return _only_one(layer)


def _of_sequential(model: keras.Sequential, input_shape: Any) -> Any:
    """Returns the shape of the model's `Input`, or the shape that its first layer takes.

    A `Sequential` without `Input` has the fixed shape of its first batch, which does not say
    which axes are dynamic.
    """
    inputs = getattr(model, "inputs", None)
    if input_shape is None and inputs and inputs[0].shape[0] is None:
        return tuple(inputs[0].shape)
    if not model.layers:
        _check.fail("export", "model", "a model with at least one layer", model)
    return free_shapes(model.layers[0], input_shape)


def _free(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    return (*(None,) * min(2, len(shape)), *shape[2:])


def _given(layer: keras.layers.Layer, input_shape: Any) -> Any:
    """Returns the argument `input_shape` as tuple or list of tuples; checks it."""
    rule = "a shape that the layer takes, batch axis first"
    if not isinstance(input_shape, (tuple, list)) or not input_shape:
        _check.fail("export", "input_shape", rule, input_shape)
    is_list = isinstance(input_shape[0], (tuple, list))
    axes = [n for shape in input_shape for n in shape] if is_list else input_shape
    if not all(n is None or (isinstance(n, int) and n >= 0) for n in axes):
        _check.fail("export", "input_shape", rule, input_shape)
    shape = [tuple(one) for one in input_shape] if is_list else tuple(input_shape)
    if not _takes(layer, shape):
        _check.fail("export", "input_shape", rule, input_shape)
    return shape


def _only_one(layer: keras.layers.Layer) -> Any:
    """Returns the only shape of this library's layers that an unbuilt layer accepts."""
    freqs = layer.n_fft // 2 + 1 if getattr(layer, "n_fft", None) else None
    waveform, spectrogram = (None, None, 1), (None, None, freqs, 1)
    options = [waveform, spectrogram, (*spectrogram, 2), [(None, None), (None,)]]
    fitting = [shape for shape in options if _takes(layer, shape)]
    if len(fitting) != 1:
        raise ValueError(
            f"export: `model` must have a known input shape. Received: an unbuilt "
            f"{type(layer).__name__}. Call it once on a batch, or pass "
            "input_shape=(None, None, channels) or (None, None, freqs, channels)."
        )
    return fitting[0]


def _takes(layer: keras.layers.Layer, shape: Any) -> bool:
    """Returns whether the layer accepts the shape. Calls a copy, so as not to build it."""
    try:
        trial = layer if layer.built else type(layer).from_config(layer.get_config())
        trial(keras.tree.map_shape_structure(symbolic, shape))
    except Exception:
        return False
    return True


def symbolic(shape: tuple[int | None, ...]) -> keras.KerasTensor:
    """Returns the input of a model. An input of one number per clip is a length, so int32."""
    return keras.Input(batch_shape=shape, dtype="int32" if len(shape) == 1 else "float32")
