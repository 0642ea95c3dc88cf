"""The filterbank that `ApplyFilterbank` and the composed layers share."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.description import Description
from kapre_like.filters.response import centre_and_bandwidth
from kapre_like.layers._base.inputs import constant, working_dtype
from kapre_like.layers._base.kept import Between, kept, kept_numbers
from kapre_like.ops.bands import band_matrix, wide_enough

LEARN = (None, "bands", "matrix")
# Least width, as part of the first one, from which a band is stretched to one bin.
_SLIVER = 0.01


class Filters:
    """A matrix, fixed or learned entry by entry.

    Not a layer: what it learns is added to the layer that owns it.

    Args:
        owner: Class name for messages.
        learn: `None` or `"matrix"`.
        values: Array `(freqs, bands)`, or `None` if `build` is to find it.
        sample_rate: Number > 0, Hz.
    """

    def __init__(self, owner, *, learn, values, sample_rate):
        self.owner, self.learn = owner, learn
        self.initial, self._sample_rate = values, sample_rate
        self._n_fft = self._constant = None

    @property
    def count(self):
        """Bands."""
        return self.initial.shape[1]

    def build(self, layer, n_fft):
        """Adds what is learned, for spectra of an FFT of `n_fft` samples."""
        self._n_fft = n_fft
        self._constant = self.initial.astype(working_dtype(layer))
        if self.learn == "matrix":
            layer.mel_matrix = _add(layer, "mel_matrix", self.initial, _sign(self.initial))

    def matrix(self, layer):
        """The bands `(freqs, bands)`, learned or fixed, in the working dtype."""
        if self.learn == "matrix":
            return kept(layer.mel_matrix, working_dtype(layer))
        return self._constant

    def describe(self, layer):
        """Centre and bandwidth in Hz of every band, measured from the matrix."""
        if self._constant is None:
            raise ValueError(
                f"{self.owner}: describe() needs to know the FFT size. Call the layer once."
            )
        now = ops.convert_to_numpy(self.matrix(layer))
        return Description(self._measured(now), self._measured(self.initial), self.owner)

    def _measured(self, matrix):
        hz = np.arange(len(matrix)) * (self._sample_rate / self._n_fft)
        centre, bandwidth = centre_and_bandwidth(matrix, hz)
        return {"centre_hz": centre, "bandwidth_hz": bandwidth}


class BankFilters(Filters):
    """A filterbank by name: fixed, or its entries or its centres and widths learned.

    Args:
        owner: Class name for messages.
        learn: One of `LEARN`.
        bank: `filters.banks.Bank`, checked.
    """

    def __init__(self, owner, *, learn, bank):
        super().__init__(owner, learn=learn, values=None, sample_rate=bank.sample_rate)
        self._bank, self._bands = bank, bank.bands()

    @property
    def count(self):
        return self._bank.count

    def build(self, layer, n_fft):
        self.initial = self._bands.constant(n_fft)
        self._bank.warn_of_empty(self.owner, self.initial, n_fft)
        super().build(layer, n_fft)
        if self.learn == "bands":
            self._away = self._bands.away(n_fft).astype(working_dtype(layer))
            layer.centre = _add(layer, "centre", self._bands.centre, Between(0.0, 1.0))
            wide = _AtLeastOneBin(self._bands, layer.centre, self._sample_rate / n_fft)
            layer.bandwidth = _add(layer, "bandwidth", self._bands.width, wide)

    def matrix(self, layer):
        if self.learn != "bands":
            return super().matrix(layer)
        dtype = working_dtype(layer)
        centre, bandwidth = kept(layer.centre, dtype), kept(layer.bandwidth, dtype)
        return band_matrix(centre, bandwidth, bands=self._bands, away=self._away)

    def describe(self, layer):
        """The same; from the centres and widths themselves unless entries are learned."""
        if self.learn == "matrix":
            return super().describe(layer)
        centre, width = self._bands.centre, self._bands.width
        initial = self._in_hz(centre, width)
        if self.learn == "bands" and layer.built:
            centre, width = kept_numbers(layer.centre), kept_numbers(layer.bandwidth)
        return Description(self._in_hz(centre, width), initial, self.owner)

    def _in_hz(self, centre, width):
        bands = self._bands
        return {"centre_hz": bands.hz(centre), "bandwidth_hz": bands.width_hz(centre, width)}


class _AtLeastOneBin(keras.constraints.Constraint):
    """Widths of one FFT bin or more, or of what a band had at the start if that was less.

    And no wider than all of the scale, or than it was.
    """

    def __init__(self, bands, centre, bin_hz):
        hz = bands.width_hz(bands.centre, bands.width)
        self._bands, self._centre = bands, centre
        self._least_hz = np.minimum(hz, bin_hz)
        self._least, self._most = _SLIVER * bands.width, np.maximum(bands.width, 1.0)

    def __call__(self, w):
        dtype = keras.backend.standardize_dtype(w.dtype)
        return wide_enough(
            w, centre=kept(self._centre, dtype), bands=self._bands,
            least_hz=self._least_hz.astype(dtype), least=self._least.astype(dtype),
            most=self._most.astype(dtype),
        )  # fmt: skip


def check_learn(owner, **learn):
    """Raises unless each says what becomes of a filterbank's bands."""
    _check.one_of(owner, LEARN, **learn)


def _sign(values):
    """A matrix that starts without negative values stays so."""
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
