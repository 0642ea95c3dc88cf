"""Decibels against NumPy in float64, and what masks and tops do to peaks."""

import numpy as np
import pytest
from backend_tools import gradient, to_numpy
from tolerances import DECIBEL_STEP, FLOAT32_SHORT

from kapre_like.ops.compression import decibel

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
def test_decibels_are_the_formula(ref, top_db):
    x = POWER.astype("float32")
    arguments = {"ref": ref, "amin": 1e-9, "top_db": top_db}
    for factor in (10.0, 20.0):
        got = to_numpy(decibel(x, factor=factor, **arguments, mask=None))
        np.testing.assert_allclose(
            got, reference(x, **arguments, factor=factor), atol=DECIBEL_STEP
        )


@pytest.mark.parametrize("ref", [1.0, "max"])
def test_peaks_are_taken_over_valid_frames_only(ref):
    x = POWER.astype("float32")
    arguments = {"ref": ref, "amin": 1e-10, "top_db": 20.0, "factor": 10.0}
    loud = x.copy()
    loud[:, 3:] = 1e9
    mask = np.array([[True, True, True, False]] * 2)
    got = to_numpy(decibel(loud, **arguments, mask=mask))[:, :3]
    expected = to_numpy(decibel(x[:, :3], **arguments, mask=None))
    # One step of float32: a vectorized logarithm depends on the place of a value in the array.
    np.testing.assert_allclose(got, expected, rtol=FLOAT32_SHORT, atol=FLOAT32_SHORT)


def test_silence_is_finite_and_so_is_its_gradient():
    silence = np.zeros((2, 3, 2), "float32")
    for ref in (1.0, "max"):
        arguments = {"ref": ref, "amin": 1e-10, "top_db": 80.0, "factor": 10.0, "mask": None}
        got = to_numpy(decibel(silence, **arguments))
        np.testing.assert_allclose(got, 0.0 if ref == "max" else -100.0, atol=DECIBEL_STEP)
        slope = gradient(lambda x, a=arguments: decibel(x, **a), silence)
        assert np.isfinite(slope).all()


def test_a_clip_without_frames_has_no_peak_and_no_error():
    arguments = {"ref": "max", "amin": 1e-10, "top_db": 80.0, "factor": 10.0, "mask": None}
    assert decibel(np.zeros((2, 0, 3), "float32"), **arguments).shape == (2, 0, 3)
