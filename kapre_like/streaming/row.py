"""Layers in a row that run as one compiled function, and what each keeps between chunks."""

import keras
from keras import ops

from kapre_like.streaming.program import program


def no_frames(layer, shape, dtype="float32"):
    """Returns as array what a layer makes of inputs of a shape, without its frames."""
    # Nothing is computed: that would take the time of some chunks.
    spec = layer.compute_output_spec(keras.KerasTensor(shape, dtype=str(dtype)))
    empty = (spec.shape[0], 0, *spec.shape[2:])
    return ops.convert_to_numpy(ops.zeros(empty, dtype=spec.dtype))


class Plain:
    """A layer that looks at each frame by itself.

    Links of a row have `begin(nothing)`, which returns the result for no frames and the first
    state; `plan(count, last)`, which returns how many frames come out for `count` more, and
    where they are cut; and `run(x, state, cuts)` on tensors, which returns them and the state.
    """

    keeps = False

    def __init__(self, layer):
        self.layer = layer

    def begin(self, nothing):
        """Returns the layer's result for no frames; there is no state."""
        if not self.layer.built:
            self.layer.build(nothing.shape)
        return no_frames(self.layer, nothing.shape, nothing.dtype), None

    def plan(self, count, *, last):  # noqa: ARG002
        """As many frames as come in."""
        return count, ()

    def run(self, x, state, cuts):  # noqa: ARG002
        """Calls the layer."""
        return self.layer(x), None


class Recursive(Plain):
    """A recursion along the frames, `PCEN`: its state is kept."""

    def run(self, x, state, cuts):  # noqa: ARG002
        """Goes on from the state after the frames before."""
        return self.layer.stream(x, state)


class Looking(Plain):
    """A layer that looks some frames back and ahead, `Delta`: a window of frames is kept."""

    keeps = True

    def begin(self, nothing):
        """Starts with no frames."""
        self._kept, self._dropped, self._given = 0, 0, 0
        return super().begin(nothing)[0], nothing

    def plan(self, count, *, last):
        """Frames whose surroundings are complete."""
        window, self._kept = self.layer.win_length, self._kept + count
        total = self._dropped + self._kept
        # The first frames may depend on the first whole window, whatever the mode.
        ready = total if last else (total - window // 2 if total >= window else 0)
        ready = max(ready, self._given)
        drop = max(0, ready - window - self._dropped)
        cuts = (self._given - self._dropped, ready - self._dropped, drop)
        out, self._given = ready - self._given, ready
        self._dropped, self._kept = self._dropped + drop, self._kept - drop
        return out, cuts

    def run(self, x, state, cuts):
        """Returns what is complete, and keeps the frames that later ones look at."""
        start, stop, drop = cuts
        frames = ops.concatenate([ops.cast(state, x.dtype), x], axis=1)
        return self.layer(frames)[:, start:stop], frames[:, drop:]


class Head:
    """What makes frames of samples in front of a row of links.

    Args:
        function: `function(x, cuts)` on tensors.
    """

    def __init__(self, function):
        self._function = function

    def begin(self):
        """Returns tensors that hold for a whole clip: none."""
        return []

    def __call__(self, x, cuts, held):  # noqa: ARG002
        """Returns the frames of `x`; `held` is what `begin` returned."""
        return self._function(x, cuts)


class Row:
    """A stage of links in a row, perhaps behind a `Head` that makes frames of samples.

    Args:
        links: `Plain`, `Recursive`, `Looking`.
        layers: The links' layers, and those whose weights `head` reads.
        head: `Head` or `None`.
    """

    def __init__(self, links, *, layers, head=None):
        self._links, self._head, self._held = links, head, []
        self._program = program(self._all, layers)

    def begin(self, nothing):
        """Starts a clip whose frames, behind the head, are like these none."""
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
        """Returns what is ready after these frames."""
        return self.run(x, x.shape[1], last=last)

    def run(self, x, count, *, last, cuts=()):
        """The same, if the head makes `count` frames of `x` and is told `cuts`."""
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
        """Head and links; each link has three cuts or none."""
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
        """What the links still hold at the clip's end, when the head has no more frames."""
        x = ops.convert_to_tensor(self._start)
        y, _ = self._through(x, self._states, cuts)
        return ops.convert_to_numpy(ops.stop_gradient(y))
