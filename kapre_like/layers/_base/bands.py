"""The filterbank of `ApplyFilterbank` and of the composed layers, fixed or trained."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.description import Description
from kapre_like.filters.response import center_and_bandwidth
from kapre_like.layers._base.inputs import constant, working_dtype
from kapre_like.layers._base.kept import Between, kept, kept_numbers
from kapre_like.ops.bands import band_matrix, wide_enough

LEARN = (None, "bands", "matrix")
# Smallest width, relative to the initial one, that is stretched to one FFT bin.
_MIN_SHARE = 0.01


class TrainableFilterbank:
    """A filterbank whose matrix, or whose centers and widths, may be weights of a layer.

    This is not a layer. It adds its weights to the layer that owns it.

    Args:
        bank: `filters.filterbank.Filterbank`.
        learn: `None`, `"matrix"`, or `"bands"` unless `bank.type` is `"matrix"`.
    """

    def __init__(self, bank, *, learn):
        self._bank, self.learn, self.count = bank, learn, bank.count
        self._n_fft = self._initial = self._constant = None

    def build(self, layer, n_fft):
        """Adds the weights to `layer`, for spectra of an FFT of `n_fft` samples."""
        self._n_fft, bank, dtype = n_fft, self._bank, working_dtype(layer)
        self._initial = bank.matrix(n_fft)
        bank.warn_if_empty(self._initial, n_fft)
        self._constant = self._initial.astype(dtype)
        if self.learn == "matrix":
            layer.mel_matrix = _add(layer, "mel_matrix", self._initial, _sign(self._initial))
        if self.learn == "bands":
            self._offsets = bank.offsets(n_fft).astype(dtype)
            # Not `layer.center`: composed layers have an argument of this name.
            layer.center_weight = _add(layer, "center", bank.center, Between(0.0, 1.0))
            wide = _AtLeastOneBin(bank, layer.center_weight, bank.sample_rate / n_fft)
            layer.bandwidth = _add(layer, "bandwidth", bank.width, wide)

    def matrix(self, layer):
        """Returns the current matrix `(freqs, bands)` in the working dtype."""
        dtype = working_dtype(layer)
        if self.learn == "matrix":
            return kept(layer.mel_matrix, dtype)
        if self.learn is None:
            return self._constant
        center, bandwidth = kept(layer.center_weight, dtype), kept(layer.bandwidth, dtype)
        return band_matrix(center, bandwidth, bank=self._bank, offsets=self._offsets)

    def describe(self, layer):
        """Returns the center and bandwidth of every band in Hz, now and before training.

        They are measured if `layer` has a given or a trained matrix. Otherwise they are the
        centers and widths of the bands.
        """
        bank = self._bank
        if self.learn == "matrix" or bank.type == "matrix":
            return self._describe_matrix(layer)
        center, width = bank.center, bank.width
        initial = self._in_hz(center, width)
        if self.learn == "bands" and layer.built:
            center, width = kept_numbers(layer.center_weight), kept_numbers(layer.bandwidth)
        return Description(self._in_hz(center, width), initial, bank.owner)

    def _describe_matrix(self, layer):
        owner = self._bank.owner
        if self._constant is None:
            raise ValueError(
                f"{owner}: describe() needs to know the FFT size. Call the layer once."
            )
        now = ops.convert_to_numpy(self.matrix(layer))
        return Description(self._measured(now), self._measured(self._initial), owner)

    def _measured(self, matrix):
        hz = np.arange(len(matrix)) * (self._bank.sample_rate / self._n_fft)
        center, bandwidth = center_and_bandwidth(matrix, hz)
        return {"center_hz": center, "bandwidth_hz": bandwidth}

    def _in_hz(self, center, width):
        bank = self._bank
        return {"center_hz": bank.hz(center), "bandwidth_hz": bank.width_hz(center, width)}


class _AtLeastOneBin(keras.constraints.Constraint):
    """Keeps widths at one FFT bin or more, and at the full scale or less.

    A band that is narrower or wider than these limits at the start keeps its width as limit.
    """

    def __init__(self, bank, center, bin_hz):
        hz = bank.width_hz(bank.center, bank.width)
        self._bank, self._center = bank, center
        self._min_hz = np.minimum(hz, bin_hz)
        self._min, self._max = _MIN_SHARE * bank.width, np.maximum(bank.width, 1.0)

    def __call__(self, w):
        dtype = keras.backend.standardize_dtype(w.dtype)
        return wide_enough(
            w, center=kept(self._center, dtype), bank=self._bank,
            min_hz=self._min_hz.astype(dtype), min_width=self._min.astype(dtype),
            max_width=self._max.astype(dtype),
        )  # fmt: skip


def check_learn(owner, **learn):
    """Raises a `ValueError` unless each argument is one of `LEARN`."""
    _check.one_of(owner, LEARN, **learn)


def _sign(values):
    """Returns the constraint of a matrix: one without negative entries keeps none."""
    return keras.constraints.NonNeg() if (values >= 0).all() else None


def _add(layer, name, values, constraint):
    return layer.add_weight(
        name=name,
        shape=values.shape,
        initializer=constant(values),
        constraint=constraint,
        dtype=working_dtype(layer),
        autocast=False,
    )
