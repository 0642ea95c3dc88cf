"""Bands from centers and widths: the constant bank again, and its gradients."""

import keras
import numpy as np
import pytest
from backend_tools import gradient, to_numpy
from tolerances import FLOAT32_SHORT

from kapre_like.filters import bands as constants
from kapre_like.filters.filterbank import TYPES, Filterbank
from kapre_like.filters.scales import SCALES, to_hz, to_scale
from kapre_like.ops.bands import band_matrix, hz_between, wide_enough

pytestmark = pytest.mark.backends(full=True)

SHAPES = (None, "triangle", "gaussian", "gabor")


def bank_of(type, **changed):
    count = None if type == "mel" else 64
    return Filterbank(type, 16000, n_bands=count, **changed)


def on_backend(bank, n_fft):
    """The function of the two weights, and their values, in float32."""
    offsets = bank.offsets(n_fft).astype("float32")
    weights = [keras.ops.convert_to_tensor(w, "float32") for w in (bank.center, bank.width)]
    return lambda c, w: band_matrix(c, w, bank=bank, offsets=offsets), weights


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("norm", [None, "slaney"])
def test_the_untrained_matrix_is_the_constant_one(type, shape, norm):
    if type == "gammatone" and shape is not None:
        return
    for scale in ("slaney", "htk", "kaldi") if type == "mel" else ("slaney",):
        bank = bank_of(type, mel_scale=scale, norm=norm, band_shape=shape)
        expected = bank.matrix(1024)
        function, weights = on_backend(bank, 1024)
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
    bank = bank_of(type, band_shape=shape, n_mels=20)
    function, weights = on_backend(bank, 512)
    level = np.random.default_rng(0).random((257, 1)).astype("float32")
    for which in (0, 1):

        def loss(value, which=which):
            both = list(weights)
            both[which] = value
            return keras.ops.sum(keras.ops.multiply(function(*both), level))

        slope = gradient(loss, weights[which])
        assert np.isfinite(slope).all()
        exact = [np.array(w, "float64") for w in (bank.center, bank.width)]
        step = 1e-7 * exact[1]
        up, down = list(exact), list(exact)
        up[which], down[which] = exact[which] + step, exact[which] - step
        offsets = bank.offsets(512) + exact[0]
        rise = constants.band_matrix(*up, bank=bank, offsets=offsets - up[0])
        rise -= constants.band_matrix(*down, bank=bank, offsets=offsets - down[0])
        expected = (rise * level).sum(axis=0) / (2 * step)
        # Bins on a corner have two slopes; a hundredth of the steepest.
        assert np.mean(np.abs(slope - expected) > 1e-2 * np.abs(expected).max()) < 0.2


def test_widths_are_stretched_to_the_minimum_in_hz():
    for type in ("mel", "erb", "log", "linear"):
        bank = bank_of(type)
        tiny = np.stack([-bank.width, 0 * bank.width, 0.02 * bank.width]).astype("float32")
        for width in tiny:
            got = to_numpy(
                wide_enough(
                    keras.ops.convert_to_tensor(width), bank=bank,
                    center=keras.ops.convert_to_tensor(bank.center, "float32"),
                    min_hz=np.full(len(width), 10.0, "float32"),
                    min_width=(0.01 * bank.width).astype("float32"), max_width=np.float32(1.0),
                )
            )  # fmt: skip
            assert bank.width_hz(bank.center, got).min() > 9.9


@pytest.mark.parametrize("scale", SCALES)
def test_differences_in_hz_keep_their_digits_in_float32(scale):
    hz = np.array([1.0, 50.0, 200.0, 440.0, 999.0, 1000.0, 1001.0, 5e3, 9e3, 22050.0, 96e3])
    position = to_scale(hz, scale)
    for part in (-0.3, -1e-3, 1e-3, 0.3):
        step = part * np.abs(position)
        # The rounded arguments, so that only the rounding of the formula itself remains.
        start, step = (v.astype("float32").astype("float64") for v in (position, step))
        expected = to_hz(start + step, scale) - to_hz(start, scale)
        got = hz_between(
            *(keras.ops.convert_to_tensor(v, "float32") for v in (start, step)), scale
        )
        # Bark is a plain difference: it loses the digits of small steps.
        rounding = 1e-2 if scale == "bark" else 5e-6
        np.testing.assert_allclose(to_numpy(got), expected, rtol=rounding)
