"""Stages of layers whose outputs look at the samples around them, on both sides."""

import math

import numpy as np

from kapre_like.streaming.row import Head, Recursive, Row, no_frames


class Around:
    """Runs a layer on the samples that the next outputs need, and leaves out the others.

    Args:
        row: `Row` whose head takes samples, and where its outputs are cut: start and stop.
        unit: Int > 0, samples per step; outputs come in whole steps, and what is kept begins
            with one.
        gives: Int > 0, outputs per step.
        past: Int >= 0, steps before a step that its outputs look at.
        ahead: Int > 0, samples from the start of a step on that its outputs look at.
        count: Function from the samples of a whole clip to its outputs.
        nothing: Function from no samples to no outputs, as arrays.
    """

    def __init__(self, row, *, unit, gives, past, ahead, count, nothing):
        self._row, self._unit, self._gives, self._past = row, unit, gives, past
        self._ahead, self._count, self._of_nothing = ahead, count, nothing

    def begin(self, nothing):
        """Starts with no samples."""
        self._kept = nothing
        self._total = self._given = self._dropped = 0
        return self._row.begin(self._of_nothing(nothing))

    def feed(self, x, *, last):
        """Returns the outputs of whole steps; at the clip's end, all that are left."""
        self._kept, self._total = (
            np.concatenate([self._kept, x], axis=1),
            self._total + len(x[0]),
        )
        enough = self._total >= self._ahead
        steps = 1 + (self._total - self._ahead) // self._unit if enough else 0
        done, steps = self._given, max(steps, self._given)
        stop = self._count(self._total) if last else steps * self._gives
        start, first = done * self._gives, self._dropped * self._gives
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


def resampling(layer):
    """Returns the stage of `Resample`, whose blocks of outputs are matrix products."""
    plan = layer._resampler
    ahead = 2 * plan.source - plan.reach
    if plan.starts is not None:
        ahead = max(plan.source, int(plan.starts[-1]) + plan.kernels.shape[1] - plan.reach)
    return Around(
        Row([], layers=[layer], head=_cut(layer)),
        unit=plan.source, gives=plan.target, past=math.ceil(plan.reach / plan.source),
        ahead=ahead, count=lambda n: layer.compute_output_shape((1, n, 1))[1],
        nothing=lambda x: _built(layer, x),
    )  # fmt: skip


def emphasis(layer):
    """Returns the stage of `PreEmphasis`, which looks one sample back."""
    # The clip's start may look at its first two samples.
    ahead = 2 if layer.start == "extrapolate" else 1
    return Around(
        Row([], layers=[layer], head=_cut(layer)),
        unit=1, gives=1, past=1, ahead=ahead, count=lambda n: n,
        nothing=lambda x: _built(layer, x),
    )  # fmt: skip


def learned_bands(layer, links, layers):
    """Returns the stage of `GaborFrontEnd` or `SincFrontEnd` and of the links behind it."""
    hop, reach = int(layer.hop_length), layer._reach
    # Half a sample more than the window's own reach, as `ops.band_energy` counts it.
    edge = 0.5 if getattr(layer, "pooling", "") is None else layer._pool_reach + 0.5
    before, after = math.ceil(edge / hop), math.floor(edge / hop)

    def nothing(x):
        _built(layer, x)
        return np.zeros((len(x), x.shape[2], 0, layer.n_filters), "float32")

    return Around(
        Row(
            [_Compressing(layer), *links], layers=[layer, *layers], head=_Energies(layer),
        ),
        unit=hop, gives=1, past=before + math.ceil(reach / hop) + 1,
        ahead=(after + 1) * hop + reach + 1, count=lambda n: max(1, -(-n // hop)),
        nothing=nothing,
    )  # fmt: skip


class _Energies(Head):
    """The energies of learned bands, whose filters are computed once per clip."""

    def __init__(self, layer):
        self._layer = layer

    def begin(self):
        """Returns the filters of this moment, as matrices."""
        self._direct, matrices = self._layer.stream_filters()
        return matrices

    def __call__(self, x, cuts, held):
        """Whether they run directly shows in the matrices' shapes: no graph mixes it up."""
        return self._layer.stream_energies(x, (self._direct, held), *cuts)


class _Compressing(Recursive):
    """The compression of learned bands behind their energies."""

    def begin(self, nothing):
        """The layer's own frames, of which there are none."""
        return no_frames(self.layer, (nothing.shape[0], 1, nothing.shape[1])), None


def _cut(layer):
    return Head(lambda x, cuts: layer(x)[:, cuts[0] : cuts[1]])


def _built(layer, nothing):
    """The layer's outputs for no samples: none, in the same shape."""
    if not layer.built:
        layer.build((nothing.shape[0], None, nothing.shape[2]))
    return np.zeros(nothing.shape, "float32")
