"""Stages of `Pad` and `FitLength`, which copy samples without arithmetic."""

import numpy as np
from keras import ops


class Padding:
    """Adds samples before and after the clip, as `Pad` does: zeros or reflection."""

    def __init__(self, layer):
        self._layer, self._mirror = layer, layer.mode == "reflect"
        self._side = max(layer.before, layer.after) if self._mirror else 0

    def begin(self, nothing):
        """Starts a clip without samples."""
        self._nothing, self._started = nothing, False
        self._waiting = self._tail = nothing
        return nothing

    def feed(self, x, *, last):
        """Returns these samples, with the padding at the ends of the clip."""
        # Reflection needs the first and the last samples of the clip.
        self._tail = np.concatenate([self._tail, x], axis=1)[:, -(self._side + 1) :]
        if not self._started:
            x = self._waiting = np.concatenate([self._waiting, x], axis=1)
            if self._mirror and x.shape[1] <= self._side:
                # The layer reflects so short a clip more than once.
                return ops.convert_to_numpy(self._layer(x)) if last else self._nothing
            x = np.concatenate([self._before(x), x], axis=1)
            self._started = True
        return np.concatenate([x, self._after()], axis=1) if last else x

    def _before(self, x):
        count = self._layer.before
        return x[:, count:0:-1] if self._mirror else self._zeros(x, count)

    def _after(self):
        count = self._layer.after
        if not self._mirror:
            return self._zeros(self._tail, count)
        return self._tail[:, ::-1][:, 1 : count + 1]

    @staticmethod
    def _zeros(like, count):
        return np.zeros((like.shape[0], count, *like.shape[2:]), like.dtype)


class Fitting:
    """Cuts or pads the clip to a number of samples or frames, as `FitLength` does."""

    def __init__(self, layer):
        self._layer = layer

    def begin(self, nothing):
        """Starts a clip without samples or frames."""
        self._left = self._layer.length
        return ops.convert_to_numpy(self._layer(nothing))[:, :0]

    def feed(self, x, *, last):
        """Returns the samples up to the length, and the padding at the end of the clip."""
        x = x[:, : self._left]
        self._left -= x.shape[1]
        if not last:
            return x
        shape = (x.shape[0], self._left, *x.shape[2:])
        return np.concatenate([x, np.full(shape, self._layer.value, x.dtype)], axis=1)
