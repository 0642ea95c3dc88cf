"""Rows of layers that run as one compiled function, and their state between chunks."""

import keras
from keras import ops

from kapre_like.streaming.program import program


def no_frames(layer, shape, dtype="float32"):
    """Returns the output of a layer for inputs of a shape as an array without frames."""
    # Only the shape is inferred. A computation would take as long as some chunks.
    spec = layer.compute_output_spec(keras.KerasTensor(shape, dtype=str(dtype)))
    empty = (spec.shape[0], 0, *spec.shape[2:])
    return ops.convert_to_numpy(ops.zeros(empty, dtype=spec.dtype))


class Plain:
    """Link for a layer that processes each frame independently.

    A link has three methods. `begin(nothing)` returns the output for no frames and the first
    state. `plan(count, last)` returns the number of output frames for `count` more input
    frames, and the positions where they are cut. `run(x, state, cuts)` takes tensors and
    returns the output frames and the state.
    """

    keeps = False

    def __init__(self, layer):
        self.layer = layer

    def begin(self, nothing):
        """Returns the output for no frames, and no state."""
        if not self.layer.built:
            self.layer.build(nothing.shape)
        return no_frames(self.layer, nothing.shape, nothing.dtype), None

    def plan(self, count, *, last):  # noqa: ARG002
        """Returns as many output frames as input frames, and no cuts."""
        return count, ()

    def run(self, x, state, cuts):  # noqa: ARG002
        """Calls the layer."""
        return self.layer(x), None


class Recursive(Plain):
    """Link for a recursion along the frames, such as `PCEN`, whose state is kept."""

    def run(self, x, state, cuts):  # noqa: ARG002
        """Continues from the state after the previous frames."""
        return self.layer.stream(x, state)


class Looking(Plain):
    """Link for a layer that depends on a window of frames, such as `Delta`."""

    keeps = True

    def begin(self, nothing):
        """Starts a clip without frames."""
        self._kept, self._dropped, self._given = 0, 0, 0
        return super().begin(nothing)[0], nothing

    def plan(self, count, *, last):
        """Returns the frames whose windows are complete."""
        window, self._kept = self.layer.win_length, self._kept + count
        total = self._dropped + self._kept
        # In every mode the first frames may depend on the first whole window.
        ready = total if last else (total - window // 2 if total >= window else 0)
        ready = max(ready, self._given)
        drop = max(0, ready - window - self._dropped)
        cuts = (self._given - self._dropped, ready - self._dropped, drop)
        out, self._given = ready - self._given, ready
        self._dropped, self._kept = self._dropped + drop, self._kept - drop
        return out, cuts

    def run(self, x, state, cuts):
        """Returns the complete frames, and keeps those that later windows contain."""
        start, stop, drop = cuts
        frames = ops.concatenate([ops.cast(state, x.dtype), x], axis=1)
        return self.layer(frames)[:, start:stop], frames[:, drop:]


class Head:
    """Computes frames from samples before a row of links.

    Args:
        function: `function(x, cuts)` on tensors.
    """

    def __init__(self, function):
        self._function = function

    def begin(self):
        """Returns the tensors that are constant during a clip: none."""
        return []

    def __call__(self, x, cuts, held):  # noqa: ARG002
        """Returns the frames of `x`. `held` is the result of `begin`."""
        return self._function(x, cuts)


class Row:
    """Stage of links in a row, optionally after a `Head` that computes frames from samples.

    Args:
        links: List of `Plain`, `Recursive` and `Looking`.
        layers: Layers of the links, and layers whose weights `head` reads.
        head: `Head` or `None`.
    """

    def __init__(self, links, *, layers, head=None):
        self._links, self._head, self._held = links, head, []
        self._program = program(self._all, layers)

    def begin(self, nothing):
        """Starts a clip. `nothing` is an array like the output of the head, without frames."""
        self._program.begin()
        if self._head is not None:
            self._held = self._head.begin()
        self._states, self._start = [], nothing
        for link in self._links:
            nothing, state = link.begin(nothing)
            self._states.append(state)
        self._nothing = nothing
        return nothing

    def feed(self, x, *, last):
        """Returns the output frames that these frames complete."""
        return self.run(x, x.shape[1], last=last)

    def run(self, x, count, *, last, cuts=()):
        """Returns the output frames for `x`, from which the head computes `count` frames."""
        if not count and not (last and any(link.keeps for link in self._links)):
            return self._nothing
        out, own = self._plan(count, last)
        if not count:
            return self._flushed(own)
        y, self._states = self._program(x, self._states, (*cuts, *own), self._held)
        return y if out else self._nothing

    def _plan(self, count, last):
        cuts = ()
        for link in self._links:
            count, more = link.plan(count, last=last)
            cuts += more
        return count, cuts

    def _all(self, x, states, cuts, held):
        """Runs the head and the links. A link that keeps frames has three cuts."""
        own = 3 * sum(link.keeps for link in self._links)
        if self._head is not None:
            x = self._head(x, cuts[: len(cuts) - own], held)
        return self._through(x, states, cuts[len(cuts) - own :])

    def _through(self, x, states, cuts):
        after = []
        for link, state in zip(self._links, states, strict=True):
            mine, cuts = (cuts[:3], cuts[3:]) if link.keeps else ((), cuts)
            x, state = link.run(x, state, mine)
            after.append(state)
        return x, after

    def _flushed(self, cuts):
        """Returns the frames that the links keep when a clip ends without new frames."""
        x = ops.convert_to_tensor(self._start)
        y, _ = self._through(x, self._states, cuts)
        return ops.convert_to_numpy(ops.stop_gradient(y))
