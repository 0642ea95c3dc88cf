"""Clipping and saturation: their formulas in NumPy, their draws."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise
from random_tools import assert_evenly
from tolerances import FLOAT32_SHORT

from kapre_like.augment import Clip, Saturate
from kapre_like.ops.effects import clipped, saturated

X = noise(3, 400, 2)
tensor = keras.ops.convert_to_tensor


@pytest.mark.backends
def test_clipping_is_that_of_numpy():
    share = np.array([0.1, 0.5, 1.0], "float32")
    y = to_numpy(clipped(tensor(X), share=tensor(share)))
    for x, got, part in zip(X, y, share, strict=True):
        limit = part * np.abs(x).max()
        np.testing.assert_allclose(got, np.clip(x, -limit, limit), rtol=FLOAT32_SHORT)


def test_the_share_of_the_peak_is_uniform():
    x = np.ones((4000, 1), "float32")
    y = to_numpy(Clip(min_share=0.2, max_share=0.6, seed=0)(x, training=True))
    assert_evenly(np.histogram(y, bins=4, range=(0.2, 0.6))[0])


def test_the_peak_is_that_of_the_valid_samples():
    x = np.array([[0.5, -0.25, 9.0]], "float32")
    y, _ = Clip(min_share=0.5, max_share=0.5)([x, np.array([2])], training=True)
    np.testing.assert_array_equal(to_numpy(y), [[0.25, -0.25, 9.0]])


@pytest.mark.backends
@pytest.mark.parametrize("drive", [-20.0, 0.0, 30.0])
def test_saturation_is_a_hyperbolic_tangent_and_keeps_the_rms(drive):
    y = to_numpy(saturated(tensor(X), drive_db=tensor(np.full(3, drive, "float32"))))
    for x, got in zip(X.astype("float64"), y, strict=True):
        bent = np.tanh(10 ** (drive / 20) * x / np.abs(x).max())
        expected = bent * np.sqrt((x**2).mean() / (bent**2).mean())
        np.testing.assert_allclose(got, expected, atol=2e-6 * np.abs(expected).max())
        np.testing.assert_allclose(got.std(), x.std(), rtol=2e-3)


def test_saturation_adds_odd_harmonics_alone():
    x = np.sin(2 * np.pi * 50 / 1000 * np.arange(1000))[None].astype("float32")
    y = to_numpy(Saturate(min_drive_db=20, max_drive_db=20)(x, training=True))[0]
    level = np.abs(np.fft.rfft(y)) / 500
    assert level[150] > 0.1
    assert level[100] < 1e-5


def test_the_drive_is_uniform_in_decibels():
    x = np.array([[1.0, 0.01]], "float32").repeat(4000, axis=0)
    y = to_numpy(Saturate(min_drive_db=0, max_drive_db=12, seed=0)(x, training=True))
    # The small sample is `g * 0.01` of `tanh(g)`: so it determines the drive.
    drives = np.linspace(0, 12, 5)
    ratios = 0.01 * 10 ** (drives / 20) / np.tanh(10 ** (drives / 20))
    assert_evenly(
        np.histogram(y[:, 1] / y[:, 0], bins=ratios * np.linspace(0.999, 1.001, 5))[0]
    )


@pytest.mark.parametrize(
    ("layer", "bad"),
    [
        (Clip, {"min_share": -0.1}),
        (Clip, {"max_share": 1.1}),
        (Clip, {"max_share": 0.1}),
        (Saturate, {"min_drive_db": "loud"}),
        (Saturate, {"max_drive_db": -1}),
    ],
    ids=str,
)
def test_bad_arguments_are_named_in_the_error(layer, bad):
    (name,) = bad
    with pytest.raises(ValueError, match=rf"^{layer.__name__}: `{name}` must be .* Received: "):
        layer(**bad)
