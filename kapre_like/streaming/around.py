"""Stages of layers whose outputs depend on the samples before and after them."""

import numpy as np

from kapre_like.streaming.row import Head, Recursive, Row, no_frames


class Around:
    """Runs a layer on the samples that its next outputs depend on, and on no others.

    The samples that it keeps start with a whole step.

    Args:
        row: `Row` whose head takes samples, and two cuts: start and stop of its outputs.
        context: `StreamContext` of the layer.
        count: Function from the number of samples of a whole clip to that of its outputs.
        nothing: Function from an array without samples to one without outputs.
    """

    def __init__(self, row, context, *, count, nothing):
        self._row, self._unit, self._outputs = row, context.unit, context.outputs
        self._past, self._ahead = context.past, context.ahead
        self._count, self._of_nothing = count, nothing

    def begin(self, nothing):
        """Starts a clip without samples."""
        self._kept = nothing
        self._total = self._given = self._dropped = 0
        return self._row.begin(self._of_nothing(nothing))

    def feed(self, x, *, last):
        """Returns the outputs of whole steps, and all remaining ones at the end of the clip."""
        self._kept, self._total = (
            np.concatenate([self._kept, x], axis=1),
            self._total + len(x[0]),
        )
        enough = self._total >= self._ahead
        steps = 1 + (self._total - self._ahead) // self._unit if enough else 0
        done, steps = self._given, max(steps, self._given)
        stop = self._count(self._total) if last else steps * self._outputs
        start, first = done * self._outputs, self._dropped * self._outputs
        end = self._kept.shape[1]
        if not last:
            end = min(end, (steps - 1 - self._dropped) * self._unit + self._ahead)
        part = self._kept[:, : max(end, 0)]
        y = self._row.run(part, stop - start, last=last, cuts=(start - first, stop - first))
        self._drop(steps)
        return y

    def _drop(self, steps):
        dropped = max(0, steps - self._past)
        self._kept = self._kept[:, (dropped - self._dropped) * self._unit :]
        self._given, self._dropped = steps, dropped


def around(layer):
    """Returns the stage of a layer with a `stream_context`, `None` if it has no context."""
    context = layer.stream_context()
    if context is None:
        return None
    return Around(
        Row([], layers=[layer], head=Head(lambda x, cuts: layer(x)[:, cuts[0] : cuts[1]])),
        context, count=lambda n: layer.compute_output_shape((1, n, 1))[1],
        nothing=lambda x: _built(layer, x),
    )  # fmt: skip


def learned_bands(layer, links, layers):
    """Returns the stage of learned bands and of the links after them."""

    def nothing(x):
        _built(layer, x)
        return np.zeros((len(x), x.shape[2], 0, layer.n_filters), "float32")

    return Around(
        Row(
            [_Compressing(layer), *links], layers=[layer, *layers], head=_Energies(layer),
        ),
        layer.stream_context(), count=layer.frame_grid.count, nothing=nothing,
    )  # fmt: skip


class _Energies(Head):
    """Computes the energies of learned bands. Their filters are computed once per clip."""

    def __init__(self, layer):
        self._layer = layer

    def begin(self):
        """Returns the current filters as matrices."""
        self._direct, matrices = self._layer.stream_filters()
        return matrices

    def __call__(self, x, cuts, held):
        """Returns the energies. Each method has matrices of other shapes, so its own graph."""
        return self._layer.stream_energies(x, (self._direct, held), *cuts)


class _Compressing(Recursive):
    """Compresses the energies of learned bands."""

    def begin(self, nothing):
        """Returns the output of the layer without frames, and no state."""
        return no_frames(self.layer, (nothing.shape[0], 1, nothing.shape[1])), None


def _built(layer, nothing):
    """Builds the layer if necessary and returns an output without samples."""
    if not layer.built:
        layer.build((nothing.shape[0], None, nothing.shape[2]))
    return np.zeros(nothing.shape, "float32")
