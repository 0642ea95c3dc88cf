"""Native arguments for the filterbanks of Kapre's: a bank by name if there is one."""

import warnings

import numpy as np
from keras import ops

from kapre_like.filters.filterbank import LOWEST_NOTE
from kapre_like.filters.kapre_banks import lowered
from kapre_like.layers import ApplyFilterbank

# Where two banks are told apart: float32's rounding of weights that are at most 1.
_SAME = 1e-6


def same_bank(kind, options, matrix):
    """Returns arguments of `kapre_like.ApplyFilterbank` that make the same bands.

    Args:
        kind: `"mel"` or `"log"`.
        options: Dictionary, `filterbank_kwargs` of Kapre's layer.
        matrix: Tensor `(freqs, bands)`, which counts: a bank may have been set by hand.
    """
    matrix = _numbers(matrix)
    arguments = _named_bank(kind, options)
    if arguments is None or not _is_bank(arguments, matrix):
        arguments = {"type": "matrix", "matrix": matrix.tolist()}
    return arguments


def _numbers(x):
    return np.asarray(ops.convert_to_numpy(x), "float64")


def _named_bank(kind, options):
    """The arguments of a bank by name, or `None` if no name fits."""
    options = {name: value for name, value in options.items() if value is not None}
    names = {"sample_rate": "sample_rate", "f_min": "fmin", "f_max": "fmax"}
    shared = {names[key]: options[key] for key in names if key in options}
    if kind == "mel":
        if options.get("norm", "slaney") != "slaney" and "norm" in options:
            return None
        scale = "htk" if options.get("htk") else "slaney"
        return {
            "type": "mel",
            **shared,
            "n_mels": options.get("n_mels", 128),
            "mel_scale": scale,
        }
    octaves = {"bins_per_octave": 12, "spread": 0.125}
    octaves = {key: options.get(key, usual) for key, usual in octaves.items()}
    fmin = lowered(options.get("f_min", LOWEST_NOTE), **octaves)
    own = {**shared, "n_bands": options.get("n_bins", 84), **octaves, "fmin": fmin}
    return {"type": "log", **own}


def _is_bank(arguments, matrix):
    """Whether native arguments are legal and make this matrix."""
    try:
        layer = ApplyFilterbank(**arguments)
        with warnings.catch_warnings():
            # Empty bands are told of where the layer is built to stay.
            warnings.simplefilter("ignore")
            layer.build((None, None, len(matrix), 1))
    except ValueError:
        return False
    bins = np.eye(len(matrix), dtype="float32")[None, :, :, None]
    made = _numbers(layer(bins))[0, :, :, 0]
    return made.shape == matrix.shape and np.abs(made - matrix).max() < _SAME
