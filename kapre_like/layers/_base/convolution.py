"""Checks and resolves the arguments of a two-dimensional convolution."""

import keras

from kapre_like import _check

# Function that makes an object of each kind from a name, a configuration or an object.
_KINDS = {
    "activation": keras.activations.get,
    "initializer": keras.initializers.get,
    "regularizer": keras.regularizers.get,
    "constraint": keras.constraints.get,
}
_SERIALIZE = {
    "activation": keras.activations.serialize,
    "initializer": keras.initializers.serialize,
    "regularizer": keras.regularizers.serialize,
    "constraint": keras.constraints.serialize,
}


def _kind(name):
    return name.rpartition("_")[2]


def pair(value):
    """Returns a tuple of two ints for one int or for two."""
    return tuple(map(int, value)) if isinstance(value, (tuple, list)) else (int(value),) * 2


def spans(kernel_size, dilation_rate):
    """Returns the frames and freqs that a dilated kernel spans."""
    both = zip(pair(kernel_size), pair(dilation_rate), strict=True)
    return tuple((size - 1) * rate + 1 for size, rate in both)


def check_pairs(owner, **values):
    """Raises an error unless each value is an int > 0 or two of them."""
    for name, value in values.items():
        several = isinstance(value, (tuple, list))
        if several and len(value) != 2:
            _check.fail(owner, name, "an int > 0 or two of them", value)
        for one in value if several else [value]:
            try:
                _check.positive_int(owner, **{name: one})
            except ValueError:
                _check.fail(owner, name, "an int > 0 or two of them", value)


def check_steps(owner, strides, dilation_rate):
    """Raises an error if both the dilation rate and the strides are above 1."""
    if max(pair(strides)) > 1 and max(pair(dilation_rate)) > 1:
        rule = f"1 where dilation_rate={dilation_rate!r} is above 1"
        _check.fail(owner, "strides", rule, strides)


def resolved(owner, objects):
    """Resolves activations, initializers, regularizers and constraints by argument name.

    Raises:
        ValueError: If Keras has no object of that name.
    """
    return {name: _resolved(owner, name, value) for name, value in objects.items()}


def _resolved(owner, name, value):
    kind = _kind(name)
    rule = f"a Keras {kind} or the name of one"
    try:
        found = _KINDS[kind](value)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        _check.fail(owner, name, rule, value, str(error).partition("\n")[0])
    if found is not None and not callable(found):
        _check.fail(owner, name, rule, value)
    if found is None and kind == "initializer":
        _check.fail(owner, name, rule, value)
    return found


def serialized(objects):
    """Returns the configurations of the objects that `resolved` returned."""
    return {name: _SERIALIZE[_kind(name)](value) for name, value in objects.items()}
