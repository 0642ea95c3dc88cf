"""Shared by the tests of `kapre.migrate`: inputs, a model of one layer, the comparison."""

import keras
import numpy as np
from backend_tools import to_numpy
from tolerances import FLOAT32_LONG

from kapre_like import kapre
from kapre_like.kapre import migrate

FORMATS = ("channels_last", "channels_first")
RNG = np.random.default_rng(0)


def audio(data_format, channels=2, samples=2000):
    x = (0.1 * RNG.standard_normal((2, samples, channels))).astype("float32")
    return x if data_format == "channels_last" else np.moveaxis(x, -1, 1).copy()


def spectrogram(data_format, channels=2):
    x = np.abs(RNG.standard_normal((2, 12, 9, channels))).astype("float32")
    return x if data_format == "channels_last" else np.moveaxis(x, -1, 1).copy()


def model_of(layer, x):
    inputs = keras.Input(x.shape[1:], dtype=str(x.dtype))
    return keras.Model(inputs, layer(inputs))


def migrated(model, x):
    """Returns the output of the new and the old model, the new model and the report."""
    lines = []
    new = migrate(model, report=lines.append)
    for layer in every_layer(new):
        assert not isinstance(layer, kapre.STFT), layer
    return to_numpy(new(x)), to_numpy(model(x)), new, lines


def every_layer(layer):
    yield layer
    for inner in getattr(layer, "layers", []):
        yield from every_layer(inner)


def check_same(model, x, atol=FLOAT32_LONG):
    """Checks that outputs agree to `atol` of the peak (at least 1), and checks the report."""
    got, expected, new, lines = migrated(model, x)
    assert got.dtype == expected.dtype
    peak = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(got, expected, rtol=0, atol=atol * peak)
    assert all(" -> " in line and "Same numbers" in line for line in lines)
    assert not any("\n" in line for line in lines)
    packages = {keras.saving.get_registered_name(type(part)) for part in every_layer(new)}
    assert not any(name.startswith("Kapre>") for name in packages)
    return new, lines
