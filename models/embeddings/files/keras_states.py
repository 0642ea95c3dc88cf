"""Makes a Keras network in a file a part of a larger Keras model, which can be exported."""

import math
from typing import Any

import keras

from kapre_like.models.blocks.clip_windows import clip_inputs
from kapre_like.models.blocks.patches import CutPatches, PatchPadding, PerPatch
from kapre_like.models.embeddings.files.layouts import Layout


def window_model(samples: int, hop: int) -> keras.Model:
    """Returns a Keras model that cuts windows as `feeds.Windows` does.

    Args:
        samples: Int > 0, window length in samples.
        hop: Int in 1 .. `samples`, hop length in samples.

    Returns:
        A model that maps `waveform (batch, samples)` and `length (batch,)` to windows `(batch,
        windows, samples, 1, 1)` and their number, int32 `(batch,)`.
    """
    waveform, length = clip_inputs()
    pad = PatchPadding(samples=samples, hop_length=hop, partial="pad", name="padding")
    x, longer = pad([waveform, length])
    x = keras.layers.Reshape((-1, 1, 1), dtype="float32", name="samples")(x)
    rows, _ = CutPatches(frames=samples, hop=hop, dtype="float32", name="cut")(x)
    return keras.Model([waveform, length], [rows, (longer - samples) // hop + 1])


def keras_states(
    model: keras.Model, output: Any, layout: Layout, feed: keras.Model
) -> keras.Model | None:
    """Returns a model of hidden states, see `FrozenNetwork.states`; `None` if impossible.

    Args:
        model: The network of the file.
        output: Its output tensor that is the hidden state.
        layout: The axes of its input.
        feed: Maps `waveform` and `length` to rows `(batch, rows, ..., 1)` and their number.
    """
    if layout.batch is not None or len(model.inputs) != 1 or len(output.shape) not in (2, 3):
        return None
    *frames, channels = output.shape[1:]
    if None in (*frames, channels):
        return None
    row = keras.Input(feed.outputs[0].shape[2:], name="row")
    axes = [axis + 1 for axis in layout.axes if axis is not None]
    x = keras.layers.Reshape(row.shape[1 : 1 + len(axes)], name="without_channels")(row)
    x = keras.layers.Permute(axes, name="order")(x) if axes != sorted(axes) else x
    x = keras.layers.Reshape(layout.tensor.shape[1:], name="axes")(x)
    one = keras.Model(model.inputs, output, name="network")
    per_row = PerPatch(network=keras.Model(row, one(x), name="per_row"), name="rows")
    waveform, length = clip_inputs()
    rows, count = feed([waveform, length])
    state = keras.layers.Reshape((-1, channels), name="frames")(per_row(rows))
    return keras.Model([waveform, length], [[state, count * math.prod(frames)]], name="states")
