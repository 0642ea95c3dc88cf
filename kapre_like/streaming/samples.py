"""Stages that cut, pad and mirror without arithmetic: `Pad`, `FitLength`."""

import numpy as np
from keras import ops


class Padding:
    """Samples before and after the clip, `Pad`: zeros, or the clip mirrored."""

    def __init__(self, layer):
        self._layer, self._mirror = layer, layer.mode == "reflect"
        self._side = max(layer.before, layer.after) if self._mirror else 0

    def begin(self, nothing):
        """Starts with no samples."""
        self._nothing, self._started = nothing, False
        self._waiting = self._tail = nothing
        return nothing

    def feed(self, x, *, last):
        """Returns these samples, with what stands beside them at the clip's ends."""
        # A mirror needs the samples around the clip's ends.
        self._tail = np.concatenate([self._tail, x], axis=1)[:, -(self._side + 1) :]
        if not self._started:
            x = self._waiting = np.concatenate([self._waiting, x], axis=1)
            if self._mirror and x.shape[1] <= self._side:
                # A clip this short is mirrored more than once, as the layer does.
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
    """Cuts or fills the clip up to a number of samples or frames, `FitLength`."""

    def __init__(self, layer):
        self._layer = layer

    def begin(self, nothing):
        """Starts with nothing."""
        self._left = self._layer.length
        return ops.convert_to_numpy(self._layer(nothing))[:, :0]

    def feed(self, x, *, last):
        """Returns what still fits; at the clip's end, what is missing as well."""
        x = x[:, : self._left]
        self._left -= x.shape[1]
        if not last:
            return x
        shape = (x.shape[0], self._left, *x.shape[2:])
        return np.concatenate([x, np.full(shape, self._layer.value, x.dtype)], axis=1)
