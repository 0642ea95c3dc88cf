"""One layer of Kapre's becomes native, with a line for the report of `migrate`."""

import inspect

import keras

from kapre_like.kapre.migrate import equivalents
from kapre_like.layers import Chain

# Kapre does not register these three.
_BARE = ("MagnitudeTflite", "PhaseTflite", "STFTTflite")
# Arguments of every layer.
_BASE = ("self", "kwargs", "name", "dtype", "trainable", "autocast", "activity_regularizer")


def kapre_name(kind):
    """The name of Kapre's class, the facade's or Kapre's own; `None` for any other class."""
    package, _, name = keras.saving.get_registered_name(kind).rpartition(">")
    known = name in equivalents.NAMES and package in ("Kapre", "" if name in _BARE else "Kapre")
    return name if known else None


def replaced(layer, lines):
    """Returns native layers for one of Kapre's and adds what changes to `lines`."""
    name = kapre_name(type(layer))
    try:
        parts, changes = equivalents.equivalent(name, layer)
        made = _made(parts, layer)
        _fits(made, layer)
    except ValueError as error:
        made = _facade(name, layer)
        changes = f"It stays Kapre's, since no native layer does the same ({error}).".replace(
            "\n", " "
        )
    lines.append(f"{layer.name}: {_written(layer)} -> {_written(made)}. {changes}")
    return made


def _made(parts, layer):
    """The native layers under the name, policy and freezing of the one that they replace."""
    shared = {"dtype": layer.dtype_policy}
    own = {**shared, "name": layer.name, "trainable": layer.trainable}
    if len(parts) == 1:
        ((kind, arguments),) = parts
        return kind(**arguments, **own)
    return Chain(layers=[kind(**arguments, **shared) for kind, arguments in parts], **own)


def _fits(made, layer):
    """Raises where native layers refuse what the layer was called on."""
    try:
        made.compute_output_spec(layer.input)
    except AttributeError:  # it was called on no tensor of a model, or on several
        shape = equivalents.built_shape(layer)
        if shape is not None:
            made.compute_output_shape(tuple(shape))


def _facade(name, layer):
    from kapre_like import kapre

    return getattr(kapre, name).from_config(layer.get_config())


def _written(layer):
    """A layer as it is written in a program: its class and what is not its default."""
    if isinstance(layer, Chain):
        return "Chain(" + ", ".join(map(_written, layer.layers)) + ")"
    config, said = layer.get_config(), []
    for name, parameter in inspect.signature(type(layer).__init__).parameters.items():
        value = config.get(name, parameter.default)
        if name not in _BASE and value != parameter.default:
            said.append(f"{name}={_short(value)}")
    return f"{type(layer).__name__}({', '.join(said)})"


def _short(value):
    long = isinstance(value, (list, tuple)) and len(value) > 4
    return f"<{len(value)} numbers>" if long else repr(value)
