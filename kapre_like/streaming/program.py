"""One compiled function per row of layers, called once per chunk.

Uncompiled, the operations of a front end take some milliseconds for chunks of any size.
"""

import keras
import numpy as np


def program(function, layers):
    """Compiles `function` for the current backend and wraps it to take NumPy arrays.

    Args:
        function: `function(x, states, cuts, held)` returns `y, states`. `states` is a list of
            tensors or `None`. `cuts` contains ints, or int tensors inside a graph. `held` is a
            list of tensors.
        layers: Layers whose weights the function reads.

    Returns:
        A callable that takes an array, the states of the previous call, a tuple of ints, and
        tensors, and returns an array and states. Its method `begin()` reads the weights again.
    """
    kinds = {"tensorflow": _Graph, "jax": _Jitted, "torch": _Traced}
    return kinds[keras.config.backend()](function, layers)


class _Graph:
    """TensorFlow: one graph for any number of samples or frames."""

    def __init__(self, function, layers):  # noqa: ARG002
        self._function, self._graphs = function, {}

    def begin(self):
        """Does nothing, because a graph reads variables when it runs."""

    def __call__(self, x, states, cuts, held):
        import tensorflow as tf

        given = [tf.constant(x)] + [tf.convert_to_tensor(s) for s in states if s is not None]
        there = tuple(state is not None for state in states)
        key = (there, *((len(v), *v.shape[2:], v.dtype) for v in given))
        key += tuple(v.shape for v in held)
        if key not in self._graphs:
            self._graphs[key] = self._traced(given, there, len(cuts), held)
        given += held
        if cuts:
            given.append(tf.constant(cuts, "int32"))
        y, states = self._graphs[key](*given)
        return y.numpy(), states

    def _traced(self, given, there, cut_count, held):
        import tensorflow as tf

        def flat(x, *rest):
            rest = list(rest)
            cuts = tf.unstack(rest.pop(), cut_count) if cut_count else ()
            states = [rest.pop(0) if known else None for known in there]
            return self._function(x, states, cuts, rest)

        # States of a recursion have no time axis. Kept frames and chunks have one.
        specs = [_any_length(tf, given[0])] + [
            _any_length(tf, v) if len(v.shape) > 3 else _as_it_is(tf, v) for v in given[1:]
        ]
        specs += [_as_it_is(tf, v) for v in held]
        if cut_count:
            specs.append(tf.TensorSpec((cut_count,), "int32"))
        return tf.function(flat, autograph=False).get_concrete_function(*specs)


def _any_length(tf, x):
    return tf.TensorSpec((x.shape[0], None, *x.shape[2:]), x.dtype)


def _as_it_is(tf, x):
    return tf.TensorSpec(x.shape, x.dtype)


class _Jitted:
    """JAX: one compiled function for each number of frames."""

    def __init__(self, function, layers):
        self._plain, self._layers, self._run = function, layers, None

    def begin(self):
        """Reads the current weights."""
        import jax

        self._variables = [v for layer in self._layers for v in layer.variables]
        self._values = [v.value for v in self._variables]
        if self._run is None:
            self._run = jax.jit(self._function, static_argnums=3)

    def _function(self, values, x, states, cuts, held):
        with keras.StatelessScope(list(zip(self._variables, values, strict=True))):
            return self._plain(keras.ops.convert_to_tensor(x), states, cuts, held)

    def __call__(self, x, states, cuts, held):
        y, states = self._run(self._values, x, states, cuts, held)
        return np.asarray(y), states


class _Traced:
    """PyTorch: the traced operations without Keras, for sizes that occur again.

    Layers with weights run through Keras, because their values may select operations.
    """

    def __init__(self, function, layers):
        self._function, self._layers, self._sizes = function, layers, {}

    def begin(self):
        """Does nothing, because layers read their weights when they run."""

    def __call__(self, x, states, cuts, held):
        import torch

        with torch.no_grad():
            states_given = (s for s in states if s is not None)
            given = [keras.ops.convert_to_tensor(x), *states_given, *held]
            there = tuple(state is not None for state in states)
            size = (there, cuts, *((v.shape, v.dtype) for v in given))
            if size in self._sizes and self._sizes[size] is None:
                self._sizes[size] = self._trace(given, there, cuts)
            run = self._sizes.setdefault(size, None) or self._flat(there, cuts)
            y, *after = run(*given)
            return keras.ops.convert_to_numpy(y), [
                after.pop(0) if known else None for known in self._kept
            ]

    def _trace(self, given, there, cuts):
        from torch.fx.experimental.proxy_tensor import make_fx

        flat = self._flat(there, cuts)
        if any(layer.weights for layer in self._layers):
            return flat
        return make_fx(flat)(*given)

    def _flat(self, there, cuts):
        """Returns the function with a flat list of tensors as arguments and results."""

        def flat(x, *rest):
            rest = list(rest)
            states = [rest.pop(0) if known else None for known in there]
            y, after = self._function(x, states, cuts, rest)
            self._kept = [state is not None for state in after]
            return [y, *(state for state in after if state is not None)]

        return flat
