"""Base class of `GaborFrontEnd` and `SincFrontEnd`: pooling, compression, weights, frames."""

import math
from functools import partial

import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.filters import FrameGrid
from kapre_like.filters.decimation import decimated_groups, undecimated_groups
from kapre_like.layers._base.axes import FramingLayer
from kapre_like.layers._base.inputs import constant, take_waveform, working_dtype
from kapre_like.layers._base.kept import Between, kept
from kapre_like.layers._base.stream_stage import LEARNED_BANDS, StreamContext
from kapre_like.ops.band_energy import GaussianPooling, band_energy, band_matrices
from kapre_like.ops.lowering import over_clips
from kapre_like.ops.masking import lengths
from kapre_like.ops.pcen import first_frame, pcen
from kapre_like.ops.sizes import channels_last, known

LEARN = (None, "bands", "all")
METHODS = ("decimated", "direct")
COMPRESSIONS = (None, "log", "pcen")

# Initial values of LEAF. Widths of pooling windows are fractions of half the window.
_POOLING = 0.4
_PCEN = {"gain": 0.96, "smoothing": 0.04, "bias": 2.0, "root": 2.0}
# Limits within which the compression is defined and PCEN's gradients are finite.
_LIMITS = {
    "gain": (0.0, 1.0),
    "smoothing": (1e-3, 1.0),
    "bias": (1e-3, 1e3),
    "root": (1.0, 1e2),
}
# Filters per product of the direct method, which stores every sample of their outputs.
_TOGETHER = 4
# Energies sampled at a rate r, of a spectrum and a pooling whose Gaussians have the standard
# deviations s and p, are wrong by `2 * exp(-r ** 2 / (2 * (s ** 2 + p ** 2)))`: 1 % at this
# step times the root of the sum. The second is where the direct method takes over.
PLANNED, TRUSTED = 0.31, 0.34
# The same for compressed energies and an error of 0.2 %, relative to each energy itself.
PLANNED_BESIDE_ITSELF, TRUSTED_BESIDE_ITSELF = 0.27, 0.29


class LearnedBands(FramingLayer):
    """Filters the waveform, pools the energies and compresses them.

    A subclass sets `self._initial` and `self._limits` in its constructor (arrays by name of
    what its filters are made of), and implements `_filters`, `_steps` and `_trusted`.
    """

    stream_stage = LEARNED_BANDS

    def _set_up(self, owner, filter_arguments, pool_length):
        """Checks what both layers take; to be called when all arguments are attributes."""
        self._owner, self._bands = owner, tuple(filter_arguments)
        _check.positive_int(owner, hop_length=self.hop_length)
        _check.one_of(owner, COMPRESSIONS, compression=self.compression)
        _check.positive(owner, eps=self.eps)
        _check.one_of(owner, LEARN, learn=self.learn)
        _check.one_of(owner, METHODS, method=self.method)
        self.frame_grid = FrameGrid(self.win_length, int(self.hop_length), center=True)
        self._reach, self._pool_reach = self.win_length // 2, pool_length // 2
        rest = {"pooling": _POOLING, **(_PCEN if self.compression == "pcen" else {})}
        full = {name: np.full(self.n_filters, value) for name, value in rest.items()}
        self._initial = {**filter_arguments, **full}
        self._limits = {**self._limits, "pooling": (2 / pool_length, 0.5), **_LIMITS}
        step, reach = self._steps()
        hop = int(self.hop_length)
        every = np.arange(self.n_filters)
        self._every_sample = undecimated_groups(every, self._reach, hop, _TOGETHER)
        self._groups = (
            *undecimated_groups(every[step <= 1], self._reach, hop, _TOGETHER),
            *decimated_groups(step, reach, hop, every[step > 1]),
        )

    pooling = "gaussian"

    # Whether the decimated method is too inaccurate for the steps after it.
    _always_direct = False

    @property
    def _learned(self):
        return {None: (), "bands": self._bands, "all": tuple(self._initial)}[self.learn]

    def build(self, input_shape):
        super().build(input_shape)
        for name in self._learned:
            weight = self.add_weight(
                name=name,
                shape=(self.n_filters,),
                initializer=constant(self._initial[name]),
                constraint=Between(*self._limits[name]),
                dtype=working_dtype(self),
                autocast=False,
            )
            setattr(self, f"{name}_weight", weight)

    def _values(self):
        """Returns the parameters of filters, pooling and compression as tensors by name."""
        dtype = working_dtype(self)
        learned = self._learned
        return {
            name: kept(getattr(self, f"{name}_weight"), dtype)
            if name in learned
            else ops.convert_to_tensor(first, dtype=dtype)
            for name, first in self._initial.items()
        }

    def call(self, inputs, mask=None):
        values = self._values()
        energy = self._energy(take_waveform(self, self._owner, inputs, mask), mask, values)
        return self._compressed(energy, values, None)[0]

    def stream_context(self):
        """Returns the samples that a frame depends on: those under its filters and windows."""
        hop = int(self.hop_length)
        # Half a sample more than the reach of the window, as `ops.band_energy` counts it.
        edge = 0.5 if self.pooling is None else self._pool_reach + 0.5
        past = math.ceil(edge / hop) + math.ceil(self._reach / hop) + 1
        ahead = (math.floor(edge / hop) + 1) * hop + self._reach + 1
        return StreamContext(unit=hop, outputs=1, past=past, ahead=ahead)

    def stream_filters(self):
        """Returns the filters of a clip for `stream_energies`: whether direct, and matrices."""
        values = self._values()
        direct = self._direct or (
            self.learn is not None and not bool(ops.all(self._trusted(values)))
        )
        matrices = self._matrices(values, direct)
        return direct, [matrix for pair in matrices for matrix in pair]

    def stream_energies(self, inputs, filters, start, stop):
        """Returns the energies of the frames `start .. stop` of a part of a clip.

        Args:
            inputs: `(batch, samples, channels)`. Its first sample is the middle of a frame.
            filters: Result of `stream_filters`.
            start: Int or int tensor, frames.
            stop: Int or int tensor, frames.

        Returns:
            `(batch, channels, frames, filters)` for `stream`.
        """
        x = take_waveform(self, self._owner, inputs, None)
        return self._filtered(x, filters)[:, :, start:stop]

    def stream(self, energies, state=None):
        """Compresses the next frames of a stream, see `PCEN.stream`.

        Args:
            energies: Result of `stream_energies`.
            state: State that the previous call returned, `None` at the start of a clip.

        Returns:
            The output of the whole clip for these frames, and the state.
        """
        return self._compressed(energies, self._values(), state)

    @property
    def _direct(self):
        """Whether every clip uses the direct method."""
        return self.method == "direct" or self._always_direct

    def _energy(self, x, mask, values):
        """Maps `(batch, channels, samples)` to `(batch, channels, frames, filters)`."""
        length = () if mask is None else (lengths(mask),)

        def energy(direct):
            matrices = self._matrices(values, direct)
            function = partial(self._energies, direct, matrices)
            # Inside a condition, a piece without clips breaks TensorFlow's gradient.
            if conditional and known(x, 0) is None:
                return function(x, *length)
            # A few clips at a time fit the cache better.
            return over_clips(function, x, *length)

        conditional = not self._direct and self.learn is not None
        if not conditional:
            return energy(self._direct)
        # If a trained filter would alias after decimation, use the direct formula.
        return ops.cond(
            ops.all(self._trusted(values)), lambda: energy(False), lambda: energy(True)
        )

    def _matrices(self, values, direct):
        """Returns the matrices of filters and pooling windows for `ops.band_energy`."""
        envelope, center, shares = self._filters(values, direct)
        pooling = GaussianPooling(values["pooling"] * self._pool_reach, self._pool_reach)
        return band_matrices(
            self._groups_of(direct),
            envelope=envelope, center=center, shares=shares, pooling=pooling,
        )  # fmt: skip

    def _groups_of(self, direct):
        return self._every_sample if direct else self._groups

    def _filtered(self, x, filters):
        """Returns the energies for the result of `stream_filters`."""
        direct, flat = filters
        pairs = list(zip(flat[::2], flat[1::2], strict=True))
        return self._energies(direct, pairs, x)

    def _energies(self, direct, matrices, x, length=None):
        return band_energy(
            x, groups=self._groups_of(direct), matrices=matrices, reach=self._pool_reach,
            hop_length=int(self.hop_length), length=length,
        )  # fmt: skip

    def _compressed(self, energy, values, state):
        """Returns `(batch, frames, filters, channels)`, and the state of the recursion."""
        if self.compression is None:
            return channels_last(energy), None
        if self.compression == "log":
            y = ops.log(ops.maximum(energy, self.eps))
        else:
            y, state = self._smoothed(energy, values, state)
        return ops.cast(channels_last(y), self.compute_dtype), state

    def _smoothed(self, energy, values, state):
        arguments = dict(_PCEN)
        if self.learn == "all":
            arguments = {name: values[name] for name in _PCEN}
        root = arguments.pop("root")
        state = first_frame(energy) if state is None else state
        return pcen(energy, **arguments, power=1.0 / root, eps=self.eps, state=state)

    def _spread(self, values_of_groups):
        """Returns a tensor of one number per filter for a number per group."""
        numbers = np.empty(self.n_filters)
        for group in self._groups:
            numbers[list(group.filters)] = values_of_groups(group)
        return ops.convert_to_tensor(numbers, dtype=working_dtype(self))

    def _described(self):
        """Returns the current parameters as float64 arrays by name, for `describe`."""
        if self.learn is None or not self.built:
            return self._initial
        return {
            name: np.asarray(ops.convert_to_numpy(value), "float64")
            for name, value in self._values().items()
        }

    def _pooling_ms(self, values):
        return 1e3 * values["pooling"] * self._pool_reach / self.sample_rate

    def _frame_shape(self, channels):
        return (self.n_filters, channels)

    def _output_dtype(self, inputs):  # noqa: ARG002
        return working_dtype(self) if self.compression is None else self.compute_dtype
