"""Learned band-pass filters on the waveform. Arithmetic: `ops.band_energy`, `ops.sinc`."""

import math
from functools import partial

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.description import Description
from kapre_like.filters.scales import check_range
from kapre_like.filters.waveform_filters import sinc_bands
from kapre_like.layers._learned_bands import LearnedBands
from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.framing import frame, pad_waveform
from kapre_like.ops.sinc import windowed_sinc

_POOLINGS = (None, "gaussian")
# Edges of a filter's energy spectrum, beside its bandwidth: two main lobes of the window, of
# which the outer halves hold next to nothing. In cycles per sample and filter length.
_LOBES = 3.0
# Standard deviations of a pooling window's spectrum that must not fold back.
_DEVIATIONS = 3.2
# Steps that are planned end the spectrum at the rate; this much more is still right to 1 %.
_TRUSTED = 1.02
# A ripple under a window that the clip's edge cuts in half is 1 % if its frequency is this
# many times the window's height.
_EDGE = 100 / (2 * math.pi)


@keras.saving.register_keras_serializable(package="kapre_like")
class SincFrontEnd(LearnedBands):
    """Band-pass filters of two learned cut-offs each; their energies pooled, or their outputs.

    `h(s) = (sin(high s) - sin(low s)) / (pi s) / (2 band) * hamming(s)` over
    `|s| <= win_length // 2`, `high = low + band` in radians per sample and `band` here in
    cycles. With `pooling=None` the result is `sum_s x[m * hop_length - s] h(s)`.

    With `pooling="gaussian"` it is the mean of the squared output, over `pool_length` samples
    of the clip under a Gaussian window of area 1. Frame `m` has its middle at sample
    `m * hop_length`.

    With `compression=None` the default method computes only as many samples of the energies
    as a filter's bandwidth takes, within 1e-2 of the peak of `method="direct"`, which
    computes them all. For that it squares the envelope where the window averages the carrier
    away. A filter or window that training has made too wide or short is noticed, and the
    direct sum taken. What is compressed shows faint energies too, such as those that the
    window's side lobes let through: it is always computed by the direct sum.

    A mask over samples sets what is past each clip's length to zero and goes on as a mask
    over frames. The arithmetic is float32 under every policy but float64.

    Args:
        sample_rate: Number > 0, Hz.
        n_filters: Int > 0.
        win_length: Odd int > 1, samples per filter.
        hop_length: Int > 0, samples between frames.
        fmin: Number >= 0, Hz, lower cut-off of the first filter before training.
        fmax: Number > `fmin`, Hz, upper cut-off of the last; at most half the rate. `None`
            means half the rate less `min_low_hz + min_band_hz`.
        min_low_hz: Number > 0, Hz, least lower cut-off.
        min_band_hz: Number > 0, Hz, least bandwidth.
        pooling: `"gaussian"`, or `None` for the filters' outputs.
        pool_length: Odd int > 1, samples per pooling window; 401 is 25 ms.
        compression: `"log"` (of energies not below `eps`), `"pcen"` (as `GaborFrontEnd`), or
            `None`, which `pooling=None` needs.
        eps: Number > 0, the least energy.
        learn: `None`, `"bands"` (cut-offs and bandwidths), or `"all"` (pooling and PCEN too).
            The result before the first step is the same.
        method: `"decimated"` or `"direct"`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_filters, channels)`, `max(1, ceil(samples / hop_length))` frames;
        the policy's compute dtype, float32 if `compression=None`.

    Weights:
        `low`: `(n_filters,)`, radians per sample, kept >= `min_low_hz`.
        `band`: `(n_filters,)`, radians per sample, kept >= `min_band_hz`; a filter ends at
            half the rate. These two exist unless `learn=None`.
        `pooling`: `(n_filters,)`, part of `pool_length // 2`, kept <= 0.5; exists if
            `learn="all"` and there is a pooling.
        `gain`, `smoothing`, `bias`, `root`: `(n_filters,)`; exist if `learn="all"` and
            `compression="pcen"`.

    Raises:
        ValueError: If an argument is outside its domain, the input has no channel axis or no
            channel, or it is not floating point.

    Example:
        >>> kapre_like.SincFrontEnd(n_filters=8)(np.zeros((2, 4000, 1))).shape
        (2, 25, 8, 1)

    Source: M. Ravanelli, Y. Bengio, Speaker recognition from raw waveform with SincNet, 2018.
        There cut-offs are in Hz, kept positive by absolute values, and nothing is pooled.
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
        least, band = self.min_low_hz * turn, self.min_band_hz * turn
        self._limits = {"low": (least, max(least, np.pi - band)), "band": (band, np.pi)}
        first = {"low": bands[0] * turn, "band": bands[1] * turn}
        self._set_up("SincFrontEnd", first, self.pool_length)
        if self.pooling is None:
            del self._initial["pooling"]

    def _band(self, values, minimum=ops.minimum):
        """Center in radians and bandwidth in cycles per sample."""
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
        """Whether a filter is sampled so often that its squared output needs no envelope."""
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
        """The filters, `(win_length, n_filters)`."""
        center, band = self._band(values)
        times, members = np.arange(-self._reach, self._reach + 1), np.arange(self.n_filters)
        envelope = windowed_sinc(times, members.astype("int32"), band=band, reach=self._reach)
        angle = ops.convert_to_tensor(times[:, None], dtype=center.dtype) * center
        return envelope * ops.cos(angle)

    def _outputs(self, x, taps):
        """The filters' outputs at every hop, as products of frames."""
        x = pad_waveform(
            x, n_fft=self.win_length, center=True, pad_mode="constant", length=None
        )
        frames = frame(x, frame_length=self.win_length, hop_length=int(self.hop_length))
        return apply_matrix(frames, matrix=taps)

    def _steps(self):
        """Greatest step and the filters' reach, with room for bands to grow by a tenth."""
        center, band = self._band(self._initial, np.minimum)
        pooling = self._initial["pooling"] * self._pool_reach / 2
        end = self._spectrum(1.1 * band, pooling)
        # The square of a low output has a ripple that the window, or the part of it that is
        # inside the clip, does not average away.
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
        """Beside one tone a filter has what its window's feet let through: at every sample."""
        return self.compression is not None

    def _spectrum(self, band, pooling):
        """Where the spectra of energies and window end together, in cycles per sample."""
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
