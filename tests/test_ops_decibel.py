"""Decibels against NumPy in float64, and what masks and tops do to peaks."""

import numpy as np
import pytest
from backend_tools import gradient, to_numpy

from kapre_like.ops.compression import magnitude_to_decibel, power_to_decibel

pytestmark = pytest.mark.backends(full=True)

POWER = 10.0 ** np.linspace(-12, 3, 24).reshape(2, 4, 3, 1)


def reference(power, ref, amin, top_db, factor):
    power = np.asarray(power, "float64")
    db = factor * np.log10(np.maximum(power, amin))
    peak = db.max(axis=(1, 2, 3), keepdims=True)
    low = peak if ref == "max" else factor * np.log10(ref)
    return (db if top_db is None else np.maximum(db, peak - top_db)) - low


@pytest.mark.parametrize("ref", [1.0, 0.3, "max"])
@pytest.mark.parametrize("top_db", [None, 60.0])
def test_both_are_the_formula(ref, top_db):
    x = POWER.astype("float32")
    arguments = {"ref": ref, "amin": 1e-9, "top_db": top_db}
    for function, factor in ((power_to_decibel, 10.0), (magnitude_to_decibel, 20.0)):
        got = to_numpy(function(x, **arguments, mask=None))
        # 1e-4 dB is about 13 float32 ulps at 100 dB.
        np.testing.assert_allclose(got, reference(x, **arguments, factor=factor), atol=1e-4)


@pytest.mark.parametrize("ref", [1.0, "max"])
def test_peaks_are_taken_over_valid_frames_only(ref):
    x = POWER.astype("float32")
    arguments = {"ref": ref, "amin": 1e-10, "top_db": 20.0}
    loud = x.copy()
    loud[:, 3:] = 1e9
    mask = np.array([[True, True, True, False]] * 2)
    got = to_numpy(power_to_decibel(loud, **arguments, mask=mask))[:, :3]
    expected = to_numpy(power_to_decibel(x[:, :3], **arguments, mask=None))
    # One float32 ulp: vectorised logarithms depend on where in the array a value stands.
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6)


def test_silence_is_finite_and_so_is_its_gradient():
    silence = np.zeros((2, 3, 2), "float32")
    for ref in (1.0, "max"):
        arguments = {"ref": ref, "amin": 1e-10, "top_db": 80.0, "mask": None}
        got = to_numpy(power_to_decibel(silence, **arguments))
        np.testing.assert_allclose(got, 0.0 if ref == "max" else -100.0, atol=1e-4)
        slope = gradient(lambda x, a=arguments: power_to_decibel(x, **a), silence)
        assert np.isfinite(slope).all()


def test_a_clip_without_frames_has_no_peak_and_no_error():
    arguments = {"ref": "max", "amin": 1e-10, "top_db": 80.0, "mask": None}
    assert power_to_decibel(np.zeros((2, 0, 3), "float32"), **arguments).shape == (2, 0, 3)
