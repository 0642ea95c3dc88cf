"""Stages of `Streaming` that keep the steps of their input, and the graphs that they run in."""

import keras
import numpy as np


class Program:
    """A function of tensors as one graph for chunks of any size, where that is faster.

    TensorFlow runs the many small operations of a front end one by one otherwise. JAX would
    compile anew for each size of a chunk, and PyTorch is quick as it is.
    """

    def __init__(self, function):
        self._function, self._likeness = function, None

    def __call__(self, *inputs):
        """Returns the function's result, or results, as arrays."""
        if keras.config.backend() != "tensorflow":
            return keras.tree.map_structure(keras.ops.convert_to_numpy, self._function(*inputs))
        likeness = [(len(x), *x.shape[2:], str(x.dtype)) for x in inputs]
        if self._likeness != likeness:
            self._likeness, self._model = likeness, self._built(inputs)
        return self._model.predict_on_batch(list(inputs))

    def _built(self, inputs):
        symbols = [
            keras.Input(batch_shape=(len(x), None, *x.shape[2:]), dtype=str(x.dtype))
            for x in inputs
        ]
        model = keras.Model(symbols, self._function(*symbols))
        # XLA would compile anew for each size of a chunk.
        model.jit_compile = False
        return model


class Pointwise:
    """Frame by frame: nothing is kept."""

    def __init__(self, layer):
        self._layer, self._run = layer, Program(layer)

    def begin(self, nothing):
        """Returns the result without frames."""
        self._nothing = self._run(nothing)
        return self._nothing

    def feed(self, x, *, last):  # noqa: ARG002
        """Returns the layer's result for these frames."""
        return self._run(x) if x.shape[1] else self._nothing


class Emphasis(Pointwise):
    """Looks one sample back, `PreEmphasis`: the last sample is kept."""

    def begin(self, nothing):
        """Starts with no samples."""
        self._nothing, self._kept, self._started = nothing, nothing, False
        return nothing

    def feed(self, x, *, last):
        """Returns these samples, and those that waited for the second of a clip."""
        x = np.concatenate([self._kept, x], axis=1)
        # The clip's start may look at its first two samples.
        if x.shape[1] < 2 and not (last and x.shape[1] and not self._started):
            self._kept = x
            return self._nothing
        y = self._run(x)[:, 1 if self._started else 0 :]
        self._kept, self._started = x[:, -1:], True
        return y


class Padding(Pointwise):
    """Zeros before and after the clip, `Pad`."""

    def begin(self, nothing):
        """Starts with no samples."""
        self._started = False
        return nothing

    def feed(self, x, *, last):
        """Returns these samples, with what stands beside them at the clip's ends."""
        before = 0 if self._started else self._layer.before
        self._started = True
        after = self._layer.after if last else 0
        return np.pad(x, [(0, 0), (before, after), (0, 0)])
