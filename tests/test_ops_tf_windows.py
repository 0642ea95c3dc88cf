"""Windows in the steps of `tf.signal`: the formulas, and its numbers to the last bit."""

import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from tolerances import FLOAT32_SHORT

from kapre_like.ops import stft

pytestmark = pytest.mark.backends(full=True)
LENGTHS = (1, 2, 5, 8, 9, 64, 401, 1024)


def cosine(length, level, periodic):
    period = length if periodic and length % 2 == 0 else max(1, length - 1)
    window = level - (1 - level) * np.cos(2 * np.pi * np.arange(length) / period)
    return window if length > 1 else np.ones(1)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("level", [0.5, 0.54])
def test_raised_cosines_are_the_formula(length, level):
    for periodic in (True, False):
        options = {"level": level, "periodic": periodic}
        got = to_numpy(stft.raised_cosine(length, **options, dtype="float32"))
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, cosine(length, level, periodic), atol=FLOAT32_SHORT)


@pytest.mark.parametrize("length", LENGTHS)
def test_vorbis_s_window_is_the_formula(length):
    got = to_numpy(stft.vorbis(length, dtype="float32"))
    rise = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
    np.testing.assert_allclose(got, np.sin(np.pi / 2 * rise), atol=FLOAT32_SHORT)


@pytest.mark.parametrize("hop", [1, 3, 4, 8, 11])
def test_the_dual_gives_the_middle_back(hop):
    window = stft.raised_cosine(8, level=0.54, periodic=True, dtype="float32")
    dual = to_numpy(stft.dual(window, hop_length=hop))
    total, product = np.zeros(60), to_numpy(window) * dual
    for start in range(0, 53, hop):
        total[start : start + 8] += product
    covered = 8 if hop <= 8 else 0
    np.testing.assert_allclose(total[12:40][: 2 * covered], 1.0, atol=FLOAT32_SHORT)


def test_the_dual_is_0_under_no_window():
    window = stft.raised_cosine(8, level=0.5, periodic=True, dtype="float32")
    dual = to_numpy(stft.dual(window, hop_length=8))
    assert dual[0] == 0
    np.testing.assert_allclose(dual[1:] * to_numpy(window)[1:], 1.0, rtol=FLOAT32_SHORT)


@pytest.mark.skipif(BACKEND == "jax", reason="JAX computes in float64 only if told to")
def test_float64_is_as_exact_as_float64():
    options = {"level": 0.5, "periodic": True, "dtype": "float64"}
    got = to_numpy(stft.raised_cosine(64, **options))
    np.testing.assert_allclose(got, cosine(64, 0.5, True), rtol=0, atol=1e-15)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="elsewhere a cosine has its own last bit")
@pytest.mark.parametrize("length", LENGTHS)
def test_tf_signal_s_numbers_to_the_last_bit(length):
    import tensorflow as tf

    pairs = [("vorbis_window", stft.vorbis(length, dtype="float32"))]
    for name, level in (("hann_window", 0.5), ("hamming_window", 0.54)):
        options = {"level": level, "periodic": True, "dtype": "float32"}
        pairs.append((name, stft.raised_cosine(length, **options)))
    for name, window in pairs:
        theirs = getattr(tf.signal, name)
        np.testing.assert_array_equal(window, theirs(length))
        if length > 8:
            dual = tf.signal.inverse_stft_window_fn(5, theirs)(length, dtype=tf.float32)
            np.testing.assert_array_equal(stft.dual(window, hop_length=5), dual)
