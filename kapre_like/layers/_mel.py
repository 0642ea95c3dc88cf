"""The mel bands that `ApplyFilterbank` and `MelSpectrogram` share."""

import keras
from keras import ops

from kapre_like import _check, filters
from kapre_like.layers._inputs import constant, working_dtype


class MelBands:
    """Arguments checked, the matrix, and the weight that it becomes if it is learned.

    Not a layer: the weight is added to the layer that owns it.

    Args:
        owner: Class name for messages.
        sample_rate: Number > 0, Hz.
        n_mels: Int > 0, bands.
        fmin: Number >= 0, Hz.
        fmax: Number > `fmin`, Hz, or `None` for half the rate.
        mel_scale: `"slaney"` or `"htk"`.
        norm: `"slaney"` or `None`.
        learn: `None` or `"matrix"`.
    """

    def __init__(self, owner, *, sample_rate, n_mels, fmin, fmax, mel_scale, norm, learn):
        self._arguments = {
            "sample_rate": sample_rate, "n_mels": n_mels, "fmin": fmin, "fmax": fmax,
            "mel_scale": mel_scale, "norm": norm,
        }  # fmt: skip
        filters.check_bands(owner, **self._arguments)
        _check.one_of(owner, (None, "matrix"), learn=learn)
        self._owner, self.n_mels, self.learn = owner, n_mels, learn
        self._matrix = None

    def build(self, layer, n_fft):
        """Computes the bands for `n_fft`, warns of empty ones, adds the weight."""
        bands = filters.mel_matrix(n_fft=n_fft, **self._arguments)
        filters.warn_of_empty_bands(self._owner, bands, n_fft=n_fft, **self._arguments)
        self._matrix = bands.astype(working_dtype(layer))
        if self.learn == "matrix":
            layer.mel_matrix = add_matrix(layer, "mel_matrix", bands)

    def matrix(self, layer):
        """The bands `(freqs, n_mels)`, learned or fixed, in the working dtype."""
        if self.learn == "matrix":
            return ops.cast(layer.mel_matrix, working_dtype(layer))
        return self._matrix


def add_matrix(layer, name, values):
    """Adds a filter matrix as weight; one that starts without negative values stays so."""
    return layer.add_weight(
        name=name,
        shape=values.shape,
        initializer=constant(values),
        constraint=keras.constraints.NonNeg() if (values >= 0).all() else None,
        dtype=working_dtype(layer),
        autocast=False,
    )
