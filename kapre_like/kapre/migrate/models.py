"""`migrate`: copies a model and replaces Kapre's layers by native ones."""

import inspect
from collections.abc import Collection

import keras

from kapre_like import _check
from kapre_like.kapre.migrate.layers import kapre_name, replace_layer
from kapre_like.layers import Chain


def migrate(model, report=print):
    """Returns a copy of a model with native layers in place of Kapre's.

    The predictions stay equal wherever a native layer can compute them, so a trained network
    keeps working. The report lists what changes. The copy has the topology, names, weights and
    frozen layers of the model. If the model is compiled, the copy is compiled too, with the
    state of the optimizer. It saves, loads and exports without the facade. The exception is a
    `channels_first` model: a plain `keras.models.load_model` of its file needs
    `from kapre_like import kapre` first. The original model is not changed.

    A layer without a native equivalent remains a layer of the facade and is reported. Examples
    are an `InverseSTFT` whose window is longer than the FFT, and an `Energy` whose hop is
    longer than a frame.

    Args:
        model: Sequential or Functional `keras.Model` with layers of the facade or of Kapre 0.4
            itself. It may contain nested models.
        report: Function of one string. It is called once per layer of Kapre with the old layer,
            the new layer and what changes.

    Returns:
        `keras.Model`.

    Raises:
        ValueError: If `model` is not a Sequential or Functional model, contains no layer of
            Kapre, contains one inside a class of your own, or cannot be copied by Keras. Also
            if `report` is not a function.

    Example:
        >>> front = kapre_like.kapre.get_stft_magnitude_layer((2048, 1), n_fft=512)
        >>> native = kapre_like.kapre.migrate(front, report=lambda line: None)
        >>> [type(layer).__name__ for layer in native.layers]
        ['STFT', 'Magnitude']
    """
    if not callable(report):
        _check.fail("migrate", "report", "a function of one string", report)
    if not isinstance(model, keras.Model):
        fix = "Put layers into a keras.Sequential."
        _check.fail("migrate", "model", "a Keras model", model, fix)
    lines = []
    copy = _copy_model(model, lines)
    if not lines:
        fix = "There is nothing to migrate."
        _check.fail("migrate", "model", "a model with layers of Kapre", model, fix)
    _copy_state(model, copy)
    for line in lines:
        report(line)
    return copy


def _copy_model(model, lines):
    """Returns a copy with native layers but new weights; appends the report to `lines`."""

    def clone(layer):
        try:
            return _clone(layer, lines)
        except (TypeError, NotImplementedError) as error:
            rule = "a model whose layers Keras can copy"
            _check.fail("migrate", "model", rule, model, f"Layer {layer.name!r}: {error}")

    _check_hidden_layers(model)
    if not _is_graph(model):
        rule = "a Sequential or Functional model"
        fix = "Call its layers on a keras.Input instead of subclassing."
        _check.fail("migrate", "model", rule, model, fix)
    try:
        with keras.saving.custom_object_scope(_compiled_functions(model)):
            return keras.models.clone_model(model, clone_function=clone, recursive=True)
    except (TypeError, NotImplementedError) as error:
        rule = "a model that Keras can copy"
        _check.fail("migrate", "model", rule, model, str(error))


def _is_graph(model):
    """Whether the model is Sequential or Functional, so that Keras can repeat its calls."""
    return isinstance(model, keras.Sequential) or hasattr(model, "operations")


def _compiled_functions(model):
    """Returns loss functions by name, so that Keras finds those that are not registered."""
    if not getattr(model, "compiled", False):
        return {}
    losses = keras.tree.flatten(model.loss)
    return {loss.__name__: loss for loss in losses if inspect.isfunction(loss)}


def _check_hidden_layers(model):
    """Raises `ValueError` if a layer of Kapre is inside a class that cannot be rebuilt."""
    for layer in _leaves(model):
        if any(map(_holds_kapre, _attributes(layer))):
            rule = "a Sequential or Functional model that contains only such models"
            fix = (
                f"{type(layer).__name__} {layer.name!r} calls layers of Kapre in its own "
                "code. Call them on a keras.Input instead of subclassing."
            )
            _check.fail("migrate", "model", rule, model, fix)


def _attributes(layer):
    """Yields the layers in the attributes of a layer, also in its lists and dictionaries."""
    for value in vars(layer).values():
        values = value.values() if isinstance(value, dict) else value
        for part in values if isinstance(values, Collection) else [value]:
            if isinstance(part, keras.layers.Layer):
                yield part


def _leaves(model):
    """Returns the layers at any depth, without the models and wrappers that contain them."""
    if _inner(model) is not None:
        return [leaf for layer in _inner(model) for leaf in _leaves(layer)]
    if isinstance(model, keras.Sequential) or hasattr(model, "operations"):
        return [leaf for layer in model.layers for leaf in _leaves(layer)]
    return [model]


def _inner(layer):
    """Returns the layers inside a `Chain` or `TimeDistributed`; `None` for other layers."""
    if isinstance(layer, Chain):
        return layer.layers
    if isinstance(layer, keras.layers.TimeDistributed):
        return [layer.layer]
    return None


def _clone(layer, lines):
    """Returns one layer of the copy, with new weights."""
    if kapre_name(type(layer)) is not None:
        return replace_layer(layer, lines)
    base = next(filter(None, map(kapre_name, type(layer).__mro__)), None)
    if base is not None:
        kind = type(layer).__name__
        lines.append(
            f"{layer.name}: {kind} is kept, because it is your own subclass of {base}."
        )
    if type(layer) is keras.layers.Lambda:
        return _copy_lambda(layer)
    config = layer.get_config()
    inner = _inner(layer)
    if inner is not None and any(map(_holds_kapre, inner)):
        copies = [_copy_inner(part, lines) for part in inner]
        copies = [keras.saving.serialize_keras_object(part) for part in copies]
        config |= {"layers": copies} if isinstance(layer, Chain) else {"layer": copies[0]}
    return type(layer).from_config(config)


def _copy_lambda(layer):
    """Returns a copy with the same function. Keras refuses to deserialize a Lambda layer."""
    return keras.layers.Lambda(
        layer.function, output_shape=getattr(layer, "_output_shape", None), mask=layer.mask,
        arguments=layer.arguments, name=layer.name, dtype=layer.dtype_policy,
        trainable=layer.trainable,
    )  # fmt: skip


def _copy_inner(layer, lines):
    """Returns a copy of a layer or model that is inside another layer."""
    return _copy_model(layer, lines) if _is_model(layer) else _clone(layer, lines)


def _is_model(layer):
    return isinstance(layer, keras.Model)


def _holds_kapre(layer):
    return any(kapre_name(type(leaf)) is not None for leaf in _leaves(layer))


def _copy_state(model, copy):
    """Copies weights, frozen layers and, for a compiled model, the optimizer's state."""
    if model.built and copy.built:
        copy.set_weights(model.get_weights())
    _copy_freezing(model, copy)
    if getattr(model, "compiled", False):
        with keras.saving.custom_object_scope(_compiled_functions(model)):
            copy.compile_from_config(model.get_compile_config())
        old, new = model.optimizer.variables, copy.optimizer.variables
        if [tuple(v.shape) for v in old] == [tuple(v.shape) for v in new]:
            for source, target in zip(old, new, strict=True):
                # A NumPy copy, because JAX donates the optimizer's buffers at each step.
                target.assign(keras.ops.convert_to_numpy(source))


def _copy_freezing(model, copy):
    # The outer model first, because setting its `trainable` sets that of all its layers.
    copy.trainable = model.trainable
    if _is_model(model):
        for old, new in zip(model.layers, copy.layers, strict=True):
            _copy_freezing(old, new)
