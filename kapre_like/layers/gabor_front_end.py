"""Learned Gabor filters on the waveform. Arithmetic: `ops.band_energy`, `ops.pcen`."""

import math
from functools import partial

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.description import Description
from kapre_like.filters.scales import check_range
from kapre_like.filters.waveform_filters import gabor_bands, half_height_hz, width_limits
from kapre_like.layers._base.learned_bands import (
    PLANNED,
    PLANNED_BESIDE_ITSELF,
    TRUSTED,
    TRUSTED_BESIDE_ITSELF,
    LearnedBands,
)
from kapre_like.ops.band_energy import gaussian

# Taps on each side of a decimated filter, in widths: 1e-3 of its area is cut off. Compression
# makes fainter energies visible, so taps then extend to `eps` of the maximum energy.
_REACH, _MIN_REACH, _ROOM = 4.4, 3.5, 1.15


@keras.saving.register_keras_serializable(package="kapre_like")
class GaborFrontEnd(LearnedBands):
    """Learnable Gabor filters, Gaussian pooling of their energies, and PCEN.

    `z[n] = sum_s x[n - s] * g(s, width) * exp(1j * center * s)` is the output of a filter,
    summed over `|s| <= win_length // 2`. Its envelope is the Gaussian
    `g(s, w) = exp(-s ** 2 / (2 * w ** 2)) / (sqrt(2 * pi) * w)`. The pooled energy is
    `e[m] = sum_t |z[m * hop_length + t]| ** 2 * g(t, pooling * (win_length // 2))`, summed over
    `|t| <= win_length // 2`. Frame `m` is centered on sample `m * hop_length`.

    With `compression="pcen"` the output is
    `y[m] = (e[m] / (eps + smooth[m]) ** gain + bias) ** (1 / root) - bias ** (1 / root)`, where
    `smooth[m] = (1 - smoothing) * smooth[m - 1] + smoothing * e[m]` starts at the first frame.

    The energy of a narrow filter changes slowly. With `method="decimated"` the layer computes
    only the samples of the energy that its bandwidth requires. The result differs from
    `method="direct"`, which computes all samples, by at most 1e-2 of its range, after any
    compression. Compression makes faint energies visible, so with compression the filters that
    `win_length` truncates are computed in full, because their ends pass a little of every
    frequency. Decimation is then twice as fast as the direct method, and eight times as fast
    with `compression=None`. If training makes a filter or a pooling window too short for the
    planned decimation, the layer uses the direct method.

    A mask over samples sets the samples past each clip's length to zero, and the output carries
    a mask over frames. The arithmetic is float32 under every dtype policy except float64.

    Args:
        sample_rate: Number > 0, Hz.
        n_filters: Int > 0.
        win_length: Odd int > 1, samples per filter and per pooling window; 401 is 25 ms.
        hop_length: Int > 0, samples between frames.
        fmin: Number >= 0, Hz, lower corner of the first mel band. Mel bands initialize the
            filters.
        fmax: Number > `fmin`, Hz, upper corner of the last mel band, at most half the sample
            rate. `None` means half of it.
        compression: `"pcen"`, `"log"` (`y = log(max(e, eps))`), or `None` (`y = e`).
        eps: Number > 0, smallest energy of the logarithm; added to the smoothed energy in PCEN.
        learn: `None`, `"bands"` (centers and widths), or `"all"` (pooling and PCEN too). The
            output before the first training step is the same.
        method: `"decimated"` or `"direct"`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_filters, channels)` with `max(1, ceil(samples / hop_length))` frames.
        With `compression=None`, energies in the squared unit of the input, float32; else no
        unit, in the policy's compute dtype.

    Weights:
        `center`: `(n_filters,)`, center frequency in radians per sample, constrained to [0,
            pi].
        `width`: `(n_filters,)`, standard deviation in samples, constrained so that the response
            covers at most a quarter of all frequencies and at least two bins. Both exist unless
            `learn=None`.
        `pooling`: `(n_filters,)`, standard deviation as a fraction of `win_length // 2`,
            constrained to <= 0.5; exists if `learn="all"`.
        `gain`, `smoothing`, `bias`, `root`: `(n_filters,)`; exist if `learn="all"` and
            `compression="pcen"`.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point
            or lacks a channel axis or channels.

    Example:
        >>> kapre_like.GaborFrontEnd(n_filters=8)(np.zeros((2, 4000, 1))).shape
        (2, 25, 8, 1)

    Source: N. Zeghidour, O. Teboul, F. de Chaumont Quitry, M. Tagliasacchi, LEAF: a learnable
        frontend for audio classification, 2021. There the padding of the whole clip sets the
        frame positions.
    """

    def __init__(
        self,
        *,
        sample_rate=16000,
        n_filters=40,
        win_length=401,
        hop_length=160,
        fmin=60.0,
        fmax=7800.0,
        compression="pcen",
        eps=1e-12,
        learn="all",
        method="decimated",
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "GaborFrontEnd"
        _check.positive(owner, sample_rate=sample_rate)
        _check.positive_int(owner, n_filters=n_filters)
        _check.odd(owner, win_length=win_length)
        check_range(owner, sample_rate=sample_rate, fmin=fmin, fmax=fmax)
        self.sample_rate, self.n_filters = sample_rate, n_filters
        self.win_length, self.hop_length = win_length, hop_length
        self.fmin, self.fmax, self.compression, self.eps = fmin, fmax, compression, eps
        self.learn, self.method = learn, method
        top = sample_rate / 2 if fmax is None else fmax
        center, width = gabor_bands(sample_rate, n_filters, fmin, top, win_length)
        self._limits = {"center": (0.0, np.pi), "width": width_limits(win_length)}
        self._set_up(owner, {"center": center, "width": width}, win_length)

    def _filters(self, values, direct):  # noqa: ARG002
        envelope = partial(gaussian, width=values["width"], reach=self._reach)
        center = values["center"]
        return envelope, center, ops.ones_like(ops.stack([center, center]))

    def _steps(self):
        """Returns the largest step and the smallest reach; widths may change by a tenth."""
        width = self._initial["width"]
        pooling = self._initial["pooling"] * self._pool_reach / 2
        planned, coarsest = PLANNED, 20
        if self.compression is not None:
            planned, coarsest = PLANNED_BESIDE_ITSELF, 32
        step = planned / np.sqrt(_squared_spread(0.9 * width, pooling))
        reach = np.ceil(_REACH * width)
        if self.compression is not None:
            reach = np.ceil(_ROOM * self._down_to_eps * width)
        # The ends of a truncated filter pass a little of every frequency. This part must not
        # alias, because next to a tone it is the whole output of a faint filter.
        cut_off = (reach > self._reach) & (self.compression is not None)
        step = np.where(cut_off, 1.0, np.minimum(step, self.win_length / coarsest))
        return step, np.minimum(reach, self._reach).astype(int)

    @property
    def _down_to_eps(self):
        return math.sqrt(max(-math.log(self.eps), _REACH**2))

    def _trusted(self, values):
        width = values["width"]
        spread = _squared_spread(width, values["pooling"] * self._pool_reach)
        step = self._spread(lambda group: group.step if group.step > 1 else 0.0)
        if self.compression is None:
            min_reach, trusted = _MIN_REACH, TRUSTED
            reach = self._spread(
                lambda group: np.inf if group.reach == self._reach else group.reach
            )
        else:
            min_reach, trusted = self._down_to_eps, TRUSTED_BESIDE_ITSELF
            reach = self._spread(lambda group: np.inf if group.step <= 1 else group.reach)
        return (step**2 * spread < trusted**2) & (min_reach * width < reach)

    def describe(self):
        """Returns each filter's center and half-height width in Hz, and its pooling in ms."""
        now, initial = self._measured(self._described()), self._measured(self._initial)
        return Description(now, initial, "GaborFrontEnd")

    def _measured(self, values):
        return {
            "center_hz": values["center"] * self.sample_rate / (2 * np.pi),
            "bandwidth_hz": half_height_hz(values["width"], self.sample_rate),
            "pooling_ms": self._pooling_ms(values),
        }


def _squared_spread(width, pooling):
    """Returns the summed variance of the spectra of energy and window, in cycles per sample."""
    return (2.0 / width**2 + 1.0 / pooling**2) / (2.0 * np.pi) ** 2
