"""Bands from centers and widths: the constant bank again, and its gradients."""

import keras
import numpy as np
import pytest
from backend_tools import gradient, to_numpy
from tolerances import FLOAT32_SHORT

from kapre_like.filters.banks import TYPES, Bank
from kapre_like.ops.bands import band_matrix, wide_enough

pytestmark = pytest.mark.backends(full=True)

SHAPES = (None, "triangle", "gaussian", "gabor")


def bands_of(type, *, rate=16000, scale="slaney", norm="slaney", shape=None, n_mels=128):
    count = None if type == "mel" else 64
    return Bank(
        type, rate, n_mels, count, None, None, scale, norm, 12, 0.125, shape
    ).bands()  # fmt: skip


def on_backend(bands, n_fft):
    """The function of the two weights, and their values, in float32."""
    away = bands.away(n_fft).astype("float32")
    weights = [keras.ops.convert_to_tensor(w, "float32") for w in (bands.centre, bands.width)]
    return lambda c, w: band_matrix(c, w, bands=bands, away=away), weights


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("norm", [None, "slaney"])
def test_the_untrained_matrix_is_the_constant_one(type, shape, norm):
    if type == "gammatone" and shape is not None:
        return
    for scale in ("slaney", "htk", "kaldi") if type == "mel" else ("slaney",):
        bands = bands_of(type, scale=scale, norm=norm, shape=shape)
        expected = bands.constant(1024)
        function, weights = on_backend(bands, 1024)
        # A few roundings in float32.
        np.testing.assert_allclose(
            to_numpy(function(*weights)), expected, atol=FLOAT32_SHORT * expected.max()
        )


@pytest.mark.parametrize(
    ("type", "shape"),
    [("mel", None), ("bark", None), ("erb", "gabor"), ("gammatone", None), ("log", None),
     ("log", "triangle"), ("linear", "gaussian")],
)  # fmt: skip
def test_gradients_are_finite_and_those_of_differences(type, shape):
    bands = bands_of(type, shape=shape, n_mels=20, norm="slaney")
    function, weights = on_backend(bands, 512)
    level = np.random.default_rng(0).random((257, 1)).astype("float32")
    for which in (0, 1):

        def loss(value, which=which):
            both = list(weights)
            both[which] = value
            return keras.ops.sum(keras.ops.multiply(function(*both), level))

        slope = gradient(loss, weights[which])
        assert np.isfinite(slope).all()
        exact = [np.array(w, "float64") for w in (bands.centre, bands.width)]
        step = 1e-7 * exact[1]
        up, down = list(exact), list(exact)
        up[which], down[which] = exact[which] + step, exact[which] - step
        away = bands.away(512)
        rise = bands.matrix(away - up[0] + exact[0], *up)
        rise -= bands.matrix(away - down[0] + exact[0], *down)
        expected = (rise * level).sum(axis=0) / (2 * step)
        # Bins on a corner have two slopes; a hundredth of the steepest.
        assert np.mean(np.abs(slope - expected) > 1e-2 * np.abs(expected).max()) < 0.2


def test_widths_are_stretched_to_the_least_one_in_hz():
    for type in ("mel", "erb", "log", "linear"):
        bands = bands_of(type)
        tiny = np.stack([-bands.width, 0 * bands.width, 0.02 * bands.width]).astype("float32")
        for width in tiny:
            got = to_numpy(
                wide_enough(
                    keras.ops.convert_to_tensor(width), bands=bands,
                    centre=keras.ops.convert_to_tensor(bands.centre, "float32"),
                    least_hz=np.full(len(width), 10.0, "float32"),
                    least=(0.01 * bands.width).astype("float32"), most=np.float32(1.0),
                )
            )  # fmt: skip
            assert bands.width_hz(bands.centre, got).min() > 9.9
