"""Models of Kapre's layers rebuilt with native ones: `migrate`. Their twins: `_twins`."""

import inspect
from collections.abc import Collection

import keras

from kapre_like import _check
from kapre_like.kapre.migrate.layers import kapre_name, replaced
from kapre_like.layers import Chain


def migrate(model, report=print):
    """Returns a copy of a model with native layers in place of Kapre's.

    Predictions stay equal wherever a native layer can give them, so a trained network goes on
    working; where something changes, the report says what. The copy has the topology, names,
    weights and frozen layers of the model, is compiled again if that was, with the state of its
    optimizer, saves, loads and exports without the facade (but for `channels_first` models,
    which need `from kapre_like import kapre` before a plain `keras.models.load_model`). The
    model itself stays as it is.

    A layer that no native one can stand for (a window longer than the FFT on the way back, a
    hop longer than a frame of `Energy`) stays Kapre's, the facade's, and is reported.

    Args:
        model: Sequential or Functional `keras.Model`, nested or not, with layers of the facade
            or of Kapre 0.4 itself.
        report: Function of one string, called once per layer of Kapre's: what it was, what it
            is, and what changes.

    Returns:
        `keras.Model`.

    Raises:
        ValueError: If the model is none of these, holds no layer of Kapre's or holds one
            inside a class of the user's, cannot be copied by Keras, or `report` is no function.

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
    copy = _copied(model, lines)
    if not lines:
        fix = "There is nothing to migrate."
        _check.fail("migrate", "model", "a model with layers of Kapre's", model, fix)
    _copy_state(model, copy)
    for line in lines:
        report(line)
    return copy


def _copied(model, lines):
    """The model with twins, not yet its weights; adds to the report's lines."""

    def clone(layer):
        try:
            return _clone(layer, lines)
        except (TypeError, NotImplementedError) as error:
            rule = "a model whose layers Keras can copy"
            _check.fail("migrate", "model", rule, model, f"Layer {layer.name!r}: {error}")

    _refuse_hidden(model)
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
    """Whether the model is a Sequential or was made of tensors: its calls are on record."""
    return isinstance(model, keras.Sequential) or hasattr(model, "operations")


def _compiled_functions(model):
    """Losses that are plain functions, by the names under which Keras looks for them."""
    if not getattr(model, "compiled", False):
        return {}
    losses = keras.tree.flatten(model.loss)
    return {loss.__name__: loss for loss in losses if inspect.isfunction(loss)}


def _refuse_hidden(model):
    """Raises where a layer of Kapre's is part of a class that nobody here can rebuild."""
    for layer in _leaves(model):
        if any(map(_holds_kapre, _attributes(layer))):
            rule = "a Sequential or Functional model, and so must be the models inside"
            fix = (
                f"{type(layer).__name__} {layer.name!r} calls layers of Kapre's in its own "
                "code. Call them on a keras.Input instead of subclassing."
            )
            _check.fail("migrate", "model", rule, model, fix)


def _attributes(layer):
    """Layers in the attributes of a layer, and in lists and dictionaries there."""
    for value in vars(layer).values():
        values = value.values() if isinstance(value, dict) else value
        for part in values if isinstance(values, Collection) else [value]:
            if isinstance(part, keras.layers.Layer):
                yield part


def _leaves(model):
    """Layers at any depth that are neither models made of tensors nor known to hold others."""
    if _inner(model) is not None:
        return [leaf for layer in _inner(model) for leaf in _leaves(layer)]
    if isinstance(model, keras.Sequential) or hasattr(model, "operations"):
        return [leaf for layer in model.layers for leaf in _leaves(layer)]
    return [model]


def _inner(layer):
    """Layers inside a layer that can be made anew around others; `None` if it is none."""
    if isinstance(layer, Chain):
        return layer.layers
    if isinstance(layer, keras.layers.TimeDistributed):
        return [layer.layer]
    return None


def _clone(layer, lines):
    """One layer of the copy, without its weights."""
    if kapre_name(type(layer)) is not None:
        return replaced(layer, lines)
    base = next(filter(None, map(kapre_name, type(layer).__mro__)), None)
    if base is not None:
        kind = type(layer).__name__
        lines.append(f"{layer.name}: {kind} stays as it is: a class of yours, of {base}.")
    if type(layer) is keras.layers.Lambda:
        return _lambda(layer)
    config = layer.get_config()
    inner = _inner(layer)
    if inner is not None and any(map(_holds_kapre, inner)):
        copies = [_any_copy(part, lines) for part in inner]
        copies = [keras.saving.serialize_keras_object(part) for part in copies]
        config |= {"layers": copies} if isinstance(layer, Chain) else {"layer": copies[0]}
    return type(layer).from_config(config)


def _lambda(layer):
    """A copy with the same function: it need not go through a file, where Keras refuses it."""
    return keras.layers.Lambda(
        layer.function, output_shape=getattr(layer, "_output_shape", None), mask=layer.mask,
        arguments=layer.arguments, name=layer.name, dtype=layer.dtype_policy,
        trainable=layer.trainable,
    )  # fmt: skip


def _any_copy(layer, lines):
    """A copy of a layer or model that stands inside another layer."""
    return _copied(layer, lines) if _is_model(layer) else _clone(layer, lines)


def _is_model(layer):
    return isinstance(layer, keras.Model)


def _holds_kapre(layer):
    return any(kapre_name(type(leaf)) is not None for leaf in _leaves(layer))


def _copy_state(model, copy):
    """Weights, freezing, and the optimizer's state if the model was compiled."""
    if model.built and copy.built:
        copy.set_weights(model.get_weights())
    _copy_freezing(model, copy)
    if getattr(model, "compiled", False):
        with keras.saving.custom_object_scope(_compiled_functions(model)):
            copy.compile_from_config(model.get_compile_config())
        old, new = model.optimizer.variables, copy.optimizer.variables
        if [tuple(v.shape) for v in old] == [tuple(v.shape) for v in new]:
            for source, target in zip(old, new, strict=True):
                # As numbers: JAX gives an optimizer's buffers away when it takes a step.
                target.assign(keras.ops.convert_to_numpy(source))


def _copy_freezing(model, copy):
    # Outside first: a model's own switch sets those of everything inside.
    copy.trainable = model.trainable
    if _is_model(model):
        for old, new in zip(model.layers, copy.layers, strict=True):
            _copy_freezing(old, new)
