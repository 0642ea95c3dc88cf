"""Arguments of the native `ApplyFilterbank` that reproduce a filterbank of Kapre."""

import warnings

import numpy as np
from keras import ops

from kapre_like.filters.filterbank import LOWEST_NOTE
from kapre_like.filters.kapre_banks import lowered
from kapre_like.layers import ApplyFilterbank

# Tolerance for equal banks: rounding of float32 weights that are at most 1.
_TOLERANCE = 1e-6


def bank_arguments(kind, options, matrix):
    """Returns arguments of `kapre_like.ApplyFilterbank` that reproduce the bands.

    The arguments name a mel or log-frequency bank if that equals `matrix`, and contain the
    matrix otherwise.

    Args:
        kind: `"mel"` or `"log"`.
        options: Dictionary, `filterbank_kwargs` of Kapre's layer.
        matrix: Tensor `(freqs, bands)` of the layer. It may differ from `options`, because a
            program may have replaced it.
    """
    matrix = _numbers(matrix)
    arguments = _named_bank(kind, options)
    if arguments is None or not _is_bank(arguments, matrix):
        arguments = {"type": "matrix", "matrix": matrix.tolist()}
    return arguments


def _numbers(x):
    return np.asarray(ops.convert_to_numpy(x), "float64")


def _named_bank(kind, options):
    """Returns arguments that name a native bank; `None` if Kapre's `norm` has no name."""
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
    octaves = {key: options.get(key, default) for key, default in octaves.items()}
    fmin = lowered(options.get("f_min", LOWEST_NOTE), **octaves)
    own = {**shared, "n_bands": options.get("n_bins", 84), **octaves, "fmin": fmin}
    return {"type": "log", **own}


def _is_bank(arguments, matrix):
    """Whether the native layer accepts the arguments and its bands equal `matrix`."""
    try:
        layer = ApplyFilterbank(**arguments)
        with warnings.catch_warnings():
            # The layer of the new model will warn about empty bands.
            warnings.simplefilter("ignore")
            layer.build((None, None, len(matrix), 1))
    except ValueError:
        return False
    bins = np.eye(len(matrix), dtype="float32")[None, :, :, None]
    made = _numbers(layer(bins))[0, :, :, 0]
    return made.shape == matrix.shape and np.abs(made - matrix).max() < _TOLERANCE
