"""Learned band-pass filters on the waveform. Arithmetic: `ops.band_energy`."""

import math
from functools import partial

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.description import Description
from kapre_like.filters.scales import check_range
from kapre_like.filters.waveform_filters import sinc_bands
from kapre_like.layers._base.learned_bands import LearnedBands
from kapre_like.ops.band_energy import windowed_sinc
from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.framing import frame, pad_waveform

_POOLINGS = (None, "gaussian")
# Additional bandwidth of a filter's energy spectrum: two main lobes of the window, whose outer
# halves are negligible. In cycles per sample, times the filter length.
_LOBES = 3.0
# Standard deviations of a pooling window's spectrum that must not alias.
_DEVIATIONS = 3.2
# Planned steps put the end of the spectrum at the sample rate. A spectrum wider by this factor
# is still correct to 1 %.
_TRUSTED = 1.02
# If the edge of the clip halves the window, a ripple is 1 % at this multiple of the window's
# maximum.
_EDGE = 100 / (2 * math.pi)


@keras.saving.register_keras_serializable(package="kapre_like")
class SincFrontEnd(LearnedBands):
    """Band-pass filters with learned cutoffs; returns energies or filter outputs.

    `h(s) = (sin(high * s) - sin(low * s)) / (pi * s) / (2 * b) * hamming(s)` over
    `|s| <= win_length // 2`, with `high = low + band` in radians per sample and
    `b = band / (2 * pi)`. The filter output is `z[n] = sum_s x[n - s] * h(s)`. With
    `pooling=None`, `y[m] = z[m * hop_length]`.

    With `pooling="gaussian"`, `e[m] = sum_t z[m * hop_length + t] ** 2 * g(t)` over
    `pool_length` samples, where `g` is a Gaussian of area 1. Then `y = e` with
    `compression=None`, and `y = log(max(e, eps))` with `compression="log"`. Frame `m` is
    centered on sample `m * hop_length`.

    With `compression=None` and `method="decimated"`, the layer computes only the samples of the
    energy that the filter's bandwidth requires, and uses the squared envelope where the window
    averages out the carrier. The result differs from `method="direct"`, which computes all
    samples, by at most 1e-2 of its peak. If training makes a filter too wide or a window too
    short, the layer uses the direct method. With compression it always does, because
    compression makes faint energies visible, such as those in the side lobes of the window.

    A mask over samples sets the samples past each clip's length to zero, and the output carries
    a mask over frames. The arithmetic is float32 under every dtype policy except float64.

    Args:
        sample_rate: Number > 0, Hz.
        n_filters: Int > 0.
        win_length: Odd int > 1, samples per filter.
        hop_length: Int > 0, samples between frames.
        fmin: Number >= 0, Hz, initial lower cutoff of the first filter.
        fmax: Number > `fmin`, Hz, initial upper cutoff of the last filter, at most half the
            sample rate. `None` means half the sample rate minus `min_low_hz + min_band_hz`.
        min_low_hz: Number > 0, Hz, smallest lower cutoff.
        min_band_hz: Number > 0, Hz, smallest bandwidth.
        pooling: `"gaussian"`, or `None` to return the filter outputs.
        pool_length: Odd int > 1, samples per pooling window; 401 is 25 ms.
        compression: `"log"`, `"pcen"` (as in `GaborFrontEnd`), or `None`. `pooling=None`
            requires `None`.
        eps: Number > 0, smallest energy of the logarithm; added to the smoothed energy in PCEN.
        learn: `None`, `"bands"` (cutoffs and bandwidths), or `"all"` (pooling and PCEN too).
            The output before the first training step is the same.
        method: `"decimated"` or `"direct"`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_filters, channels)` with `max(1, ceil(samples / hop_length))` frames.
        With `pooling=None`, samples in the unit of the input; with `compression=None`, energies
        in its square; both float32. With compression no unit, in the policy's compute dtype.

    Weights:
        `low`: `(n_filters,)`, lower cutoff in radians per sample, constrained to >=
            `min_low_hz`.
        `band`: `(n_filters,)`, bandwidth in radians per sample, constrained to >=
            `min_band_hz`; the upper cutoff is at most half the sample rate. Both exist unless
            `learn=None`.
        `pooling`: `(n_filters,)`, standard deviation as a fraction of `pool_length // 2`,
            constrained to <= 0.5; exists if `learn="all"` and `pooling="gaussian"`.
        `gain`, `smoothing`, `bias`, `root`: `(n_filters,)`; exist if `learn="all"` and
            `compression="pcen"`.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point
            or lacks a channel axis or channels.

    Example:
        >>> kapre_like.SincFrontEnd(n_filters=8)(np.zeros((2, 4000, 1))).shape
        (2, 25, 8, 1)

    Source: M. Ravanelli, Y. Bengio, Speaker recognition from raw waveform with SincNet, 2018.
        There, cutoffs are in Hz and made positive by absolute values, and there is no pooling.
    """

    def __init__(
        self,
        *,
        sample_rate=16000,
        n_filters=40,
        win_length=251,
        hop_length=160,
        fmin=30.0,
        fmax=None,
        min_low_hz=50.0,
        min_band_hz=50.0,
        pooling="gaussian",
        pool_length=401,
        compression="log",
        eps=1e-12,
        learn="all",
        method="decimated",
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "SincFrontEnd"
        _check.positive(owner, sample_rate=sample_rate)
        _check.positive_int(owner, n_filters=n_filters)
        _check.odd(owner, win_length=win_length, pool_length=pool_length)
        _check.positive(owner, min_low_hz=min_low_hz, min_band_hz=min_band_hz)
        if fmax is not None:
            _check.positive(owner, fmax=fmax)
        top = sample_rate / 2 - min_low_hz - min_band_hz if fmax is None else fmax
        if top <= 0:
            rule = f"so small that a band fits below half of sample_rate={sample_rate}"
            _check.fail(owner, "min_band_hz", rule, min_band_hz)
        check_range(owner, sample_rate=sample_rate, fmin=fmin, fmax=top)
        _check.one_of(owner, _POOLINGS, pooling=pooling)
        if pooling is None and compression is not None:
            fix = "Outputs have a sign. Use compression=None."
            _check.fail(owner, "compression", "None if pooling=None", compression, fix)
        self.sample_rate, self.n_filters = sample_rate, n_filters
        self.win_length, self.hop_length = win_length, hop_length
        self.fmin, self.fmax = fmin, fmax
        self.min_low_hz, self.min_band_hz = min_low_hz, min_band_hz
        self.pooling, self.pool_length = pooling, pool_length
        self.compression, self.eps = compression, eps
        self.learn, self.method = learn, method
        self._plan(sinc_bands(sample_rate, n_filters, fmin, top, min_low_hz, min_band_hz))

    def _plan(self, bands):
        turn = 2 * np.pi / self.sample_rate
        min_low, band = self.min_low_hz * turn, self.min_band_hz * turn
        self._limits = {"low": (min_low, max(min_low, np.pi - band)), "band": (band, np.pi)}
        first = {"low": bands[0] * turn, "band": bands[1] * turn}
        self._set_up("SincFrontEnd", first, self.pool_length)
        if self.pooling is None:
            del self._initial["pooling"]

    def _band(self, values, minimum=ops.minimum):
        """Returns center in radians and bandwidth in cycles per sample."""
        low = values["low"]
        high = minimum(low + values["band"], math.pi)
        return (low + high) / 2, (high - low) / (2 * math.pi)

    def _filters(self, values, direct):
        center, band = self._band(values)
        envelope = partial(windowed_sinc, band=band, reach=self._reach)
        if direct:
            return envelope, center, ops.ones_like(center)[None]
        real = ops.cast(self._whole(values, center, band), center.dtype)
        return envelope, center, 0.5 * ops.stack([1.0 + real, 1.0 - real])

    def _whole(self, values, center, band):
        """Returns whether the sampling of a filter is dense enough to square its output."""
        end = self._spectrum(band, values["pooling"] * self._pool_reach)
        return self._step() * (end + center / math.pi) < _TRUSTED

    def _step(self):
        return self._spread(lambda group: group.step if group.step > 1 else 0.0)

    def _energy(self, x, mask, values):
        if self.pooling is None:
            return self._outputs(x, self._taps(values))
        return super()._energy(x, mask, values)

    def stream_filters(self):
        if self.pooling is None:
            return True, [self._taps(self._values())]
        return super().stream_filters()

    def _filtered(self, x, filters):
        if self.pooling is None:
            return self._outputs(x, *filters[1])
        return super()._filtered(x, filters)

    def _taps(self, values):
        """Returns the filters, `(win_length, n_filters)`."""
        center, band = self._band(values)
        times, members = np.arange(-self._reach, self._reach + 1), np.arange(self.n_filters)
        envelope = windowed_sinc(times, members.astype("int32"), band=band, reach=self._reach)
        angle = ops.convert_to_tensor(times[:, None], dtype=center.dtype) * center
        return envelope * ops.cos(angle)

    def _outputs(self, x, taps):
        """Returns the filter outputs at every hop, as a product of frames and filters."""
        x = pad_waveform(
            x, n_fft=self.win_length, center=True, pad_mode="constant", length=None
        )
        frames = frame(x, frame_length=self.win_length, hop_length=int(self.hop_length))
        return apply_matrix(frames, matrix=taps)

    def _steps(self):
        """Returns the largest step and the filters' reach; bands may grow by a tenth."""
        center, band = self._band(self._initial, np.minimum)
        pooling = self._initial["pooling"] * self._pool_reach / 2
        end = self._spectrum(1.1 * band, pooling)
        # The square of a low-frequency output has a ripple that the window, or the part of it
        # inside the clip, does not average out.
        ripple = center / np.pi
        edge = _EDGE / (np.sqrt(2 * np.pi) * 2 * pooling)
        step = 1.0 / (end + np.where(ripple < np.maximum(end, edge), 1.1 * ripple, 0.0))
        reach = np.full(self.n_filters, self._reach)
        return np.minimum(step, self.win_length / 16), reach

    def _trusted(self, values):
        center, band = self._band(values)
        end = self._spectrum(band, values["pooling"] * self._pool_reach)
        whole = self._whole(values, center, band)
        return (self._step() * end < _TRUSTED) & (whole | (center / math.pi > end))

    @property
    def _always_direct(self):
        """Side lobes dominate a faint filter next to a tone, so every sample is needed."""
        return self.compression is not None

    def _spectrum(self, band, pooling):
        """Returns the highest frequency of energies under a window, in cycles per sample."""
        return band + _LOBES / self.win_length + _DEVIATIONS / (2 * np.pi * pooling)

    def describe(self):
        """Returns each filter's center and bandwidth in Hz, and its pooling in ms."""
        now, initial = self._measured(self._described()), self._measured(self._initial)
        return Description(now, initial, "SincFrontEnd")

    def _measured(self, values):
        center, band = self._band(values, np.minimum)
        hz = self.sample_rate
        measured = {"center_hz": center * hz / (2 * np.pi), "bandwidth_hz": band * hz}
        if self.pooling is not None:
            measured["pooling_ms"] = self._pooling_ms(values)
        return measured
