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
from kapre_like.layers._learned_bands import (
    PLANNED,
    PLANNED_BESIDE_ITSELF,
    TRUSTED,
    TRUSTED_BESIDE_ITSELF,
    LearnedBands,
)
from kapre_like.ops.gabor import gaussian

# Taps at each side of a decimated filter, in widths: 1e-3 of the middle is left out. What is
# compressed shows fainter energies: taps count down to `eps` of the middle's energy.
_REACH, _LEAST_REACH, _ROOM = 4.4, 3.5, 1.15


@keras.saving.register_keras_serializable(package="kapre_like")
class GaborFrontEnd(LearnedBands):
    """Gabor filters, energies pooled by Gaussian windows, and PCEN: all of it learnable.

    `g(s) = exp(-s ** 2 / (2 w ** 2)) / (sqrt(2 pi) w)` with the filter's width `w`, and
    `y[t] = sum_s x[t - s] g(s) exp(1j * center * s)` over `|s| <= win_length // 2`;
    `energy[m] = sum_t |y[m * hop_length + t]| ** 2 g(t)` over as many samples of the clip,
    with `g` of the pooling width; then `(energy / (eps + smooth) ** gain + bias) **
    (1 / root) - bias ** (1 / root)`, where `smooth` follows the energy by `smoothing` a
    frame and starts at the first one. Frame `m` has its middle at sample `m * hop_length`.

    The energies of a filter change no faster than it is wide. The default method computes
    only as many samples of them as that takes: within 1e-2 of the range of
    `method="direct"`, which computes them all, after any compression. What is compressed
    shows faint energies too, so filters that `win_length` cuts off, whose ends let through a
    little of everything, are then computed in full: twice as fast as all in full, where
    `compression=None` is eight times as fast. A filter or window that training has made too
    short for its samples is noticed, and the direct sum taken.

    A mask over samples sets what is past each clip's length to zero and goes on as a mask
    over frames. The arithmetic is float32 under every policy but float64.

    Args:
        sample_rate: Number > 0, Hz.
        n_filters: Int > 0.
        win_length: Odd int > 1, samples per filter and per pooling window; 401 is 25 ms.
        hop_length: Int > 0, samples between frames.
        fmin: Number >= 0, Hz: where the mel bands begin that the filters start as.
        fmax: Number > `fmin`, Hz, where they end; at most half the rate, which `None` means.
        compression: `"pcen"`, `"log"` (of energies not below `eps`), or `None`.
        eps: Number > 0, the least energy.
        learn: `None`, `"bands"` (centers and widths), or `"all"` (pooling and PCEN too). The
            result before the first step is the same.
        method: `"decimated"` or `"direct"`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_filters, channels)`, `max(1, ceil(samples / hop_length))` frames;
        the policy's compute dtype, float32 if `compression=None`.

    Weights:
        `center`: `(n_filters,)`, radians per sample, kept in [0, pi].
        `width`: `(n_filters,)`, samples, kept between a response over a quarter of all
            frequencies and one of two bins. These two exist unless `learn=None`.
        `pooling`: `(n_filters,)`, part of `win_length // 2`, kept <= 0.5; exists if
            `learn="all"`.
        `gain`, `smoothing`, `bias`, `root`: `(n_filters,)`; exist if `learn="all"` and
            `compression="pcen"`.

    Raises:
        ValueError: If an argument is outside its domain, the input has no channel axis or no
            channel, or it is not floating point.

    Example:
        >>> kapre_like.GaborFrontEnd(n_filters=8)(np.zeros((2, 4000, 1))).shape
        (2, 25, 8, 1)

    Source: N. Zeghidour, O. Teboul, F. de Chaumont Quitry, M. Tagliasacchi, LEAF: a learnable
        frontend for audio classification, 2021. There frames begin where a padding of the
        whole clip puts them.
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
        """Greatest step and least reach, with room for widths to shrink and grow by a tenth."""
        width = self._initial["width"]
        pooling = self._initial["pooling"] * self._pool_reach / 2
        planned, coarsest = PLANNED, 20
        if self.compression is not None:
            planned, coarsest = PLANNED_BESIDE_ITSELF, 32
        step = planned / np.sqrt(_squared_spread(0.9 * width, pooling))
        reach = np.ceil(_REACH * width)
        if self.compression is not None:
            reach = np.ceil(_ROOM * self._down_to_eps * width)
        # The ends of a filter that is cut off let through a little of everything, which
        # must not fold back: beside one tone it is all that a faint filter has.
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
            least, trusted = _LEAST_REACH, TRUSTED
            reach = self._spread(
                lambda group: np.inf if group.reach == self._reach else group.reach
            )
        else:
            least, trusted = self._down_to_eps, TRUSTED_BESIDE_ITSELF
            reach = self._spread(lambda group: np.inf if group.step <= 1 else group.reach)
        return (step**2 * spread < trusted**2) & (least * width < reach)

    def describe(self):
        """Returns each filter's center and width at half height in Hz, its pooling in ms."""
        now, initial = self._measured(self._described()), self._measured(self._initial)
        return Description(now, initial, "GaborFrontEnd")

    def _measured(self, values):
        return {
            "center_hz": values["center"] * self.sample_rate / (2 * np.pi),
            "bandwidth_hz": half_height_hz(values["width"], self.sample_rate),
            "pooling_ms": self._pooling_ms(values),
        }


def _squared_spread(width, pooling):
    """Variance, in cycles per sample, of an energy's spectrum and a window's together."""
    return (2.0 / width**2 + 1.0 / pooling**2) / (2.0 * np.pi) ** 2
