"""Runs recurrent layers as loops over plain tensors, for any batch size and length in LiteRT.

Keras stores the steps of a loop in TensorFlow's tensor lists. LiteRT supports these only for
a fixed batch size.
"""

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

# All recurrent layers of Keras. A wrapper such as `Bidirectional` calls one of these.
_CLASSES = (keras.layers.RNN, keras.layers.GRU, keras.layers.LSTM)


@contextlib.contextmanager
def plain_loops() -> Iterator[None]:
    """Context in which recurrent layers with `unroll=False` run the loop of this module."""
    kept = {kind: kind.inner_loop for kind in _CLASSES}

    def loop(layer, sequences, initial_state, mask, training=False):
        if layer.unroll:
            return kept[keras.layers.RNN](layer, sequences, initial_state, mask, training)
        return _loop(layer, sequences, initial_state, mask)

    for kind in _CLASSES:
        kind.inner_loop = loop
    try:
        yield
    finally:
        for kind, own in kept.items():
            kind.inner_loop = own


def _loop(layer: Any, sequences: Any, initial_state: Any, mask: Any) -> tuple:
    """Returns what `RNN.inner_loop` does: the last output, all outputs, the last states."""
    nested = initial_state if keras.tree.is_nested(initial_state) else [initial_state]
    states = tuple(keras.tree.flatten(nested))
    mask = mask[0] if keras.tree.is_nested(mask) else mask
    steps = ops.shape(sequences)[1]

    def step(time, output, *states):
        at = steps - 1 - time if layer.go_backwards else time
        new, after = _call_cell(
            layer.cell,
            ops.take(sequences, at, axis=1),
            keras.tree.pack_sequence_as(nested, states),
        )
        if mask is None:
            return new, after
        valid = ops.cast(ops.take(mask, at, axis=1), "bool")
        skipped = ops.zeros_like(new) if layer.zero_output_for_mask else output
        return _where(valid, new, skipped), [
            _where(valid, *pair) for pair in zip(after, states, strict=True)
        ]

    # Run one step only for the shape of the output.
    first, _ = _call_cell(layer.cell, sequences[:, 0], nested)
    output, stored, states = _run(
        step, steps, ops.zeros_like(first), states, layer.return_sequences
    )
    outputs = stored if layer.return_sequences else ops.expand_dims(output, axis=1)
    return output, outputs, keras.tree.pack_sequence_as(nested, states)


def _run(step: Any, steps: Any, output: Any, states: tuple, keep: bool) -> tuple:
    """Returns the last output, all outputs `(batch, time, ...)` if `keep`, the last states."""
    repeats = (1, steps) + (1,) * (len(output.shape) - 1)
    stored = ops.tile(ops.expand_dims(output, axis=1), repeats) if keep else output
    zeros = [0] * (len(output.shape) - 1)

    def body(time, output, stored, *states):
        output, states = step(time, output, *states)
        if keep:
            stored = ops.slice_update(
                stored, [0, time, *zeros], ops.expand_dims(output, axis=1)
            )
        else:
            stored = output
        return (time + 1, output, stored, *states)

    variables = (ops.zeros((), "int32"), output, stored, *states)
    _, output, stored, *states = ops.while_loop(lambda time, *_: time < steps, body, variables)
    return output, stored, states


def _call_cell(cell: Any, x: Any, states: Any) -> tuple:
    """Runs one step of the cell; returns its output and its states as a flat list."""
    takes_training = "training" in inspect.signature(cell.call).parameters
    output, after = cell(x, states, **({"training": False} if takes_training else {}))
    return output, keras.tree.flatten(after)


def _where(valid: Any, new: Any, old: Any) -> Any:
    """Returns `new` for clips with true `valid`, `(batch,)` or `(batch, 1)`, else `old`."""
    shape = (-1,) + (1,) * (len(new.shape) - 1)
    return ops.where(ops.reshape(valid, shape), new, old)
