"""Intermediate results of a network for one clip: front end, frames and logits."""

from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

import kapre_like.layers
from kapre_like.models.artifact.card import card_of
from kapre_like.models.artifact.length_rule import LengthRule
from kapre_like.models.artifact.stages import Stage, per_window
from kapre_like.models.blocks.clip_windows import rule_layer

_FRONT_ENDS = tuple(getattr(kapre_like.layers, name) for name in kapre_like.layers.__all__)


def explain_network(model: keras.Model, waveform: np.ndarray) -> list[Stage]:
    """Returns intermediate results of a network with a `ModelCard`, for each window.

    Args:
        model: Inputs `waveform (batch, samples)` and `length (batch,)`.
        waveform: 1-D float32 at the card's sample rate, the whole clip.

    Returns:
        The outputs of the front end: of each layer before the first one with weights that is
        not in `kapre_like.layers`. The number of frames and channels in the last layer with
        frames. For classes, also the logits before the softmax.
    """
    card = card_of(model)
    rule = LengthRule(card.length_rule, card.seconds)
    body = _body(model)
    windows = [_batch(window) for window in rule.cut(waveform, card.sample_rate)]
    stages = []
    for layer in _reported(body):
        stages.append((_title(layer), _per_window(windows, _inside(body, layer), _range)))
    last = _last_frames(body)
    if last is not None:
        shape = lambda x: {"frames": x.shape[1], "channels": x.shape[2]}  # noqa: E731
        stages.append(
            ("frames of the network", _per_window(windows, _inside(body, last), shape))
        )
    logits = _logits(body)
    if logits is not None and card.class_names is not None:
        by_class = partial(_by_class, card.class_names)
        stages.append(("logits", _per_window(windows, logits, by_class)))
    return stages


def _batch(window: np.ndarray) -> list[Any]:
    return [window[None].astype("float32"), np.array([len(window)], "int32")]


def _per_window(windows: list[list[Any]], run: Any, facts: Any) -> dict[str, Any]:
    """Returns the facts of one window, or those of several windows by their number."""
    return per_window([facts(ops.convert_to_numpy(run(window))) for window in windows])


def _body(model: keras.Model) -> keras.Model:
    """Returns the network without the layer that applies the length rule."""
    if rule_layer(model) is None:
        return model
    nested = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    return nested[0] if nested else model


def _first(output: Any) -> Any:
    return output[0] if isinstance(output, list | tuple) else output


def _inside(body: keras.Model, layer: keras.layers.Layer) -> Any:
    part = keras.Model(body.inputs, _first(layer.output))
    return lambda batch: part(batch, training=False)


def _reported(body: keras.Model) -> list[keras.layers.Layer]:
    """Returns the layers to report: those before the first learned layer."""
    reported: list[keras.layers.Layer] = []
    for layer in body.layers:
        front_end = isinstance(layer, _FRONT_ENDS)
        if layer.weights and not front_end:
            break
        if isinstance(layer, keras.layers.InputLayer | keras.layers.Reshape):
            continue
        if front_end or type(layer).__module__.startswith("kapre_like."):
            reported.append(layer)
    # `LengthMask` and `UnpackMask` do not change a clip without padding.
    return [layer for layer in reported if "Mask" not in type(layer).__name__]


def _title(layer: keras.layers.Layer) -> str:
    unit = ", dB" if getattr(layer, "top_db", None) is not None else ""
    return f"{layer.name} ({type(layer).__name__}{unit})"


def _range(x: np.ndarray) -> dict[str, Any]:
    x = x.astype("float64")
    return {
        "shape": list(x.shape[1:]),
        "min": float(x.min()),
        "max": float(x.max()),
        "mean": float(x.mean()),
        "std": float(x.std()),
    }


def _count(x: np.ndarray) -> dict[str, Any]:
    return {"frames": x.shape[1], "channels": x.shape[2]}


def _by_class(names: list[str], x: np.ndarray) -> dict[str, Any]:
    return dict(zip(names, x[0].tolist(), strict=True))


def _last_frames(body: keras.Model) -> keras.layers.Layer | None:
    """Returns the last layer with output `(batch, frames, channels)`, in networks on audio."""
    if any(len(_first(layer.output).shape) == 4 for layer in body.layers):
        return None
    framed = [
        layer
        for layer in body.layers
        if len(_first(layer.output).shape) == 3 and (_first(layer.output).shape[2] or 0) > 1
    ]
    return framed[-1] if framed else None


def _logits(body: keras.Model) -> Any:
    """Returns a function that computes the logits of a batch; `None` without a softmax."""
    for layer in reversed(body.layers):
        if isinstance(layer, keras.layers.Softmax):
            return _of(body, layer.input)
        if isinstance(layer, keras.layers.Dense):
            if layer.activation is keras.activations.linear:
                return _of(body, layer.output)
            if layer.activation is not keras.activations.softmax:
                return None
            below = _of(body, layer.input)
            return lambda batch: ops.matmul(below(batch), layer.kernel) + layer.bias
    return None


def _of(body: keras.Model, tensor: Any) -> Any:
    part = keras.Model(body.inputs, tensor)
    return lambda batch: part(batch, training=False)
