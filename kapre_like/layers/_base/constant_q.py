"""Base class of `CQT` and `VQT`."""

from types import MappingProxyType

import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.description import Description
from kapre_like.filters import FrameGrid, constant_q, octave_filters
from kapre_like.filters.octave_filters import half_band, halving_matrices
from kapre_like.filters.response import kernel_center_and_bandwidth
from kapre_like.layers._base.axes import FramingLayer
from kapre_like.layers._base.inputs import complex_dtype, constant, take_waveform, working_dtype
from kapre_like.layers._base.spectrum import give_spectrum
from kapre_like.ops.constant_q import cut, halve, joined_kernel, joined_octaves, octave_frames
from kapre_like.ops.masking import lengths
from kapre_like.ops.polar import power
from kapre_like.ops.sizes import channels_last

PAD_MODES = ("constant", "reflect")
OUTPUTS = ("complex", "magnitude", "real_imag")


class ConstantQ(FramingLayer):
    """Halves the sample rate repeatedly and applies the filters of one octave at each rate."""

    # `output` is a property of every Keras layer.
    _attribute_of = MappingProxyType({"output": "output_form"})

    def _take_arguments(self, *, pad_mode, scale, output, learn, gamma, **arguments):
        """Checks and stores all arguments of a constructor except `gamma`, which is checked."""
        owner = type(self).__name__
        constant_q.check_constant_q(owner, gamma=gamma, **arguments)
        _check.one_of(owner, PAD_MODES, pad_mode=pad_mode)
        _check.boolean(owner, scale=scale)
        _check.one_of(owner, OUTPUTS, output=output)
        _check.one_of(owner, (None, "kernels"), learn=learn)
        for name, value in arguments.items():
            setattr(self, name, value)
        self.pad_mode, self.scale, self.learn = pad_mode, scale, learn
        self.output_form = output
        # Frame `t` is centered on sample `t * hop_length`, whatever the length of a filter.
        self.frame_grid = FrameGrid(2, int(self.hop_length), center=True)
        per_octave = arguments["bins_per_octave"]
        hertz = constant_q.erb_gamma(per_octave) if gamma is None else float(gamma)
        # Groups of frames have filters of their own. A learned filter must be the same in every
        # frame, and reflection needs a hop that is a multiple of every rate.
        grouped = learn is None and pad_mode == "constant"
        self._octaves, halvings = octave_filters.design(
            **arguments, scale=scale, gamma=hertz, grouped=grouped
        )
        self._steps = [
            (halving, half_band(halving.passed, halving.rounding is not None))
            for halving in halvings
        ]

    def build(self, input_shape):
        super().build(input_shape)
        dtype = working_dtype(self)
        self._matrices = [
            [matrix.astype(dtype) for matrix in halving_matrices(taps)]
            for _, taps in self._steps
        ]
        self._kernels = []
        for number, octave in enumerate(self._octaves):
            pair = octave.kernel.real, octave.kernel.imag
            if self.learn == "kernels":
                names = f"kernel_real_{number}", f"kernel_imag_{number}"
                pair = [self._add(n, k[:, 0]) for n, k in zip(names, pair, strict=True)]
            else:
                both = np.concatenate(pair, axis=2)
                pair = both.reshape(len(both), -1).astype(dtype)
            self._kernels.append(pair)

    def _add(self, name, values):
        return self.add_weight(
            name=name,
            shape=values.shape,
            initializer=constant(values),
            dtype=working_dtype(self),
            autocast=False,
        )

    def _kernel(self, number):
        if self.learn is None:
            return self._kernels[number]
        dtype = working_dtype(self)
        real, imag = (ops.cast(k, dtype)[:, None] for k in self._kernels[number])
        return joined_kernel(real, imag)

    def call(self, inputs, mask=None):
        x = take_waveform(self, type(self).__name__, inputs, mask)
        real, imag = self._real_imag(x, None if mask is None else lengths(mask))
        if self.output_form == "magnitude":
            return channels_last(power(real, imag, exponent=1))
        return give_spectrum(real, imag, output=self.output_form)

    def _real_imag(self, x, length):
        samples, before, found, done = ops.shape(x)[-1], 0, [], 0
        for number, octave in enumerate(self._octaves):
            while done < octave.halvings:
                done += 1
                x, before = self._halved(x, before, done, samples, length)
            y = octave_frames(
                x, kernel=self._kernel(number), hop_length=octave.hop_length,
                left=octave.left - before, phases=octave.phases, pad_mode=self.pad_mode,
                length=_halved_length(length, done, 2**done - 1),
                frames=1 + samples // self.hop_length,
            )  # fmt: skip
            found.append(y)
        return joined_octaves(found)

    def _halved(self, x, before, done, samples, length):
        """Halves the rate for the `done`-th time. Returns clips and the samples before them."""
        (step, taps), (near, far) = self._steps[done - 1], self._matrices[done - 1]
        reach = len(taps) // 2
        tail = reach + (before + reach) % 2
        x, before = halve(x, near=near, far=far, reach=reach, tail=tail), (before + tail) // 2
        if step.starts:
            x, before = x[:, :, before:], 0
        if step.rounding is None:
            return x, before
        samples, length = (_halved_length(n, done, step.rounding) for n in (samples, length))
        return cut(x, samples=samples, length=length), before

    def describe(self):
        """Returns center frequency and bandwidth of every bin's filter, in Hz.

        Both are measured on the squared response: its center of gravity, and the width of a
        rectangle of its height and area.

        Returns:
            A `kapre_like.description.Description` with `center_hz` and `bandwidth_hz`.
        """
        initial = [octave.kernel[:, 0] for octave in self._octaves]
        now = initial
        if self.learn == "kernels" and self.built:
            now = [
                ops.convert_to_numpy(real) + 1j * ops.convert_to_numpy(imag)
                for real, imag in self._kernels
            ]
        title = f"{type(self).__name__}: {self.n_bins} filters"
        return Description(self._measured(now), self._measured(initial), title)

    def _measured(self, kernels):
        rows = []
        for octave, kernel in zip(self._octaves, kernels, strict=True):
            rate = self.sample_rate / 2**octave.halvings
            rows.append(kernel_center_and_bandwidth(kernel.real, kernel.imag, rate, 0.0))
        center, width = (np.concatenate(part) for part in zip(*rows[::-1], strict=True))
        return {"center_hz": center, "bandwidth_hz": width}

    def _frame_shape(self, channels):
        shape = (self.n_bins, channels)
        return (*shape, 2) if self.output_form == "real_imag" else shape

    def _output_dtype(self, inputs):  # noqa: ARG002
        return complex_dtype(self) if self.output_form == "complex" else working_dtype(self)


def _halved_length(samples, times, rounding):
    return None if samples is None else (samples + rounding) // 2**times
