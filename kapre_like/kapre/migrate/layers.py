"""Replaces one layer of Kapre by native layers and writes its line of the report."""

import inspect

import keras

from kapre_like.kapre.migrate import equivalents
from kapre_like.layers import Chain

# Kapre does not register these three classes.
_UNREGISTERED = ("MagnitudeTflite", "PhaseTflite", "STFTTflite")
# Arguments of every layer.
_BASE = ("self", "kwargs", "name", "dtype", "trainable", "autocast", "activity_regularizer")


def kapre_name(kind):
    """Returns the name of a class of the facade or of Kapre itself; `None` for others."""
    package, _, name = keras.saving.get_registered_name(kind).rpartition(">")
    packages = ("Kapre", "") if name in _UNREGISTERED else ("Kapre",)
    known = name in equivalents.NAMES and package in packages
    return name if known else None


def replace_layer(layer, lines):
    """Returns the native equivalent of a layer and appends a line of the report to `lines`."""
    name = kapre_name(type(layer))
    try:
        parts, changes = equivalents.equivalent(name, layer)
        new = _build_native(parts, layer)
        _check_input(new, layer)
    except ValueError as error:
        new = _facade_layer(name, layer)
        reason = str(error).replace("\n", " ")
        changes = f"It is kept, because no native layer computes the same ({reason})."
    lines.append(f"{layer.name}: {_as_code(layer)} -> {_as_code(new)}. {changes}")
    return new


def _build_native(parts, layer):
    """Returns the native layers, with the name, dtype policy and `trainable` of `layer`."""
    shared = {"dtype": layer.dtype_policy}
    own = {**shared, "name": layer.name, "trainable": layer.trainable}
    if len(parts) == 1:
        ((kind, arguments),) = parts
        return kind(**arguments, **own)
    return Chain(layers=[kind(**arguments, **shared) for kind, arguments in parts], **own)


def _check_input(new, layer):
    """Raises `ValueError` if the native layers refuse the input of the old layer."""
    try:
        new.compute_output_spec(layer.input)
    except AttributeError:  # the layer has no symbolic input, or several
        shape = equivalents.built_shape(layer)
        if shape is not None:
            new.compute_output_shape(tuple(shape))


def _facade_layer(name, layer):
    from kapre_like import kapre

    return getattr(kapre, name).from_config(layer.get_config())


def _as_code(layer):
    """Returns a layer as Python code: its class and the arguments that are not defaults."""
    if isinstance(layer, Chain):
        return "Chain(" + ", ".join(map(_as_code, layer.layers)) + ")"
    config, arguments = layer.get_config(), []
    for name, parameter in inspect.signature(type(layer).__init__).parameters.items():
        value = config.get(name, parameter.default)
        if name not in _BASE and value != parameter.default:
            arguments.append(f"{name}={_short_repr(value)}")
    return f"{type(layer).__name__}({', '.join(arguments)})"


def _short_repr(value):
    long = isinstance(value, (list, tuple)) and len(value) > 4
    return f"<{len(value)} numbers>" if long else repr(value)
