"""A gated recurrent unit (GRU) that trains faster than Keras's on a processor."""

import keras
from keras import ops

from kapre_like.models.blocks.carried import carried_by

# If it is added to the update gate's input, the gate is exactly 1 in every float type.
_KEEP = 1e4


@keras.saving.register_keras_serializable(package="kapre_like")
class FasterGRU(keras.layers.GRU):
    """`keras.layers.GRU` with a gradient that is computed in fewer steps.

    Automatic differentiation stores every intermediate value of each step, and adds up the
    gradient of the weights step by step. This layer's loop stores its outputs only. The
    backward pass recomputes the gates of all steps in one matrix product, has one small product
    per step, and computes the gradient of the weights in one product at the end. The update
    gate of a masked step is set to 1, which keeps the state, so the loop needs no selection.

    Outputs and weights equal those of `keras.layers.GRU`. In inference, and with arguments that
    `benchmarks/bench_deepspeech2.py` does not need (dropout, other activations,
    `reset_after=False`), the layer runs Keras's loop, which the export formats support.

    Args:
        *args: As in `keras.layers.GRU`.
        **kwargs: As in `keras.layers.GRU`.

    Input shape:
        `(batch, frames, features)`; `mask (batch, frames)` is bool.

    Output shape:
        As `keras.layers.GRU`.

    Source: K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", EMNLP
        2014; the variant with two biases (`reset_after`) is cuDNN's and PyTorch's.
    """

    def inner_loop(self, sequences, initial_state, mask, training=False):
        carried = carried_by(sequences)
        if carried is not None:
            return self._carried_on(carried, sequences, initial_state, mask)
        if not training or not self._is_plain():
            return super().inner_loop(sequences, initial_state, mask, training=training)
        state = initial_state[0] if isinstance(initial_state, (list, tuple)) else initial_state
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        cell = self.cell
        gates = ops.matmul(sequences, cell.kernel) + cell.bias[0]
        if mask is not None:
            gates = _keep_where_masked(gates, mask, self.units)
        gates = ops.transpose(gates, (1, 0, 2))
        if self.go_backwards:
            gates = ops.flip(gates, axis=0)
        # Slices, because TensorFlow rejects variables in a function with a custom gradient.
        outputs = _gru(gates, state, cell.recurrent_kernel[:], cell.bias[1])
        last = outputs[-1]
        outputs = ops.transpose(outputs, (1, 0, 2)) if self.return_sequences else last[:, None]
        if mask is not None and self.zero_output_for_mask and self.return_sequences:
            valid = ops.flip(mask, axis=1) if self.go_backwards else mask
            outputs = ops.where(valid[..., None], outputs, ops.zeros((), outputs.dtype))
        return last, outputs, [last]

    def _carried_on(self, carried, sequences, initial_state, mask):
        """Runs the loop from the state of the previous chunk."""
        results = []

        def after(state):
            results.append(super(FasterGRU, self).inner_loop(sequences, [state], mask))
            return results[0][2][0]

        carried.exchange(keras.tree.flatten(initial_state)[0], after)
        return results[0]

    def _is_plain(self):
        """Returns whether `_gru_gradient` is the gradient of this layer's unit."""
        named = (self.activation, self.recurrent_activation)
        usual = named == (keras.activations.tanh, keras.activations.sigmoid)
        drops = self.dropout or self.recurrent_dropout
        return usual and self.cell.reset_after and self.use_bias and not drops


def _keep_where_masked(gates, mask, units):
    """Adds a large number to the update gate's input, in the first `units` columns."""
    keep = ops.where(mask[..., None], ops.zeros((), gates.dtype), _KEEP)
    keep = ops.cast(keep, gates.dtype)
    return ops.concatenate([gates[..., :units] + keep, gates[..., units:]], axis=-1)


def _parts(gates, from_state, units):
    """Returns update gate, reset gate, candidate, and the candidate's part of `from_state`."""
    both = ops.sigmoid(gates[..., : 2 * units] + from_state[..., : 2 * units])
    update, reset = both[..., :units], both[..., units:]
    recalled = from_state[..., 2 * units :]
    return update, reset, ops.tanh(gates[..., 2 * units :] + reset * recalled), recalled


@ops.custom_gradient
def _gru(gates, state, recurrent, bias):
    """Returns the states after each step.

    Args:
        gates: The input's part of the gates, `(frames, batch, 3 * units)`.
        state: `(batch, units)`, before the first step.
        recurrent: `(units, 3 * units)`.
        bias: `(3 * units,)`, added to the product of state and `recurrent`.
    """
    units = recurrent.shape[0]

    def step(state, gates):
        from_state = ops.matmul(state, recurrent) + bias
        update, _, candidate, _ = _parts(gates, from_state, units)
        state = candidate + update * (state - candidate)
        return state, state

    _, states = ops.scan(step, state, gates)

    def gradient(*args, upstream=None):
        return _gru_gradient(args[0] if upstream is None else upstream, states, inputs)

    inputs = gates, state, recurrent, bias
    return states, gradient


def _gru_gradient(upstream, states, inputs):
    """Returns the gradients of the four inputs of `_gru`."""
    gates, state, recurrent, bias = inputs
    units = recurrent.shape[0]
    before = ops.concatenate([state[None], states[:-1]], axis=0)
    rows = ops.reshape(before, (-1, units))
    from_state = ops.reshape(ops.matmul(rows, recurrent), ops.shape(gates)) + bias
    update, reset, candidate, recalled = _parts(gates, from_state, units)
    # Derivatives of a state with respect to the inputs of its gates.
    by_update = (before - candidate) * update * (1 - update)
    by_candidate = (1 - update) * (1 - candidate * candidate)
    by_reset = by_candidate * recalled * reset * (1 - reset)
    by_gates = ops.concatenate([by_update, by_reset, by_candidate * reset], axis=-1)
    transposed = ops.transpose(recurrent)

    def step(later, given):
        own = later + given[..., :units]
        thrice = ops.concatenate([own, own, own], axis=-1)
        of_product = thrice * given[..., 2 * units :]
        return own * given[..., units : 2 * units] + ops.matmul(of_product, transposed), own

    # One tensor, because on TensorFlow Keras's scan fails for several of unknown length.
    given = ops.concatenate([upstream, update, by_gates], axis=-1)
    of_state, own = ops.scan(step, ops.zeros_like(state), ops.flip(given, axis=0))
    own = ops.flip(own, axis=0)
    of_product = ops.concatenate([own, own, own], axis=-1) * by_gates
    of_gates = ops.concatenate([of_product[..., : 2 * units], own * by_candidate], axis=-1)
    columns = ops.reshape(of_product, (-1, 3 * units))
    of_recurrent = ops.matmul(ops.transpose(rows), columns)
    return of_gates, of_state, of_recurrent, ops.sum(columns, axis=0)
