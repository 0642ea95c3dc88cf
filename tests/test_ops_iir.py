"""Recursive filters in blocks, against SciPy sample by sample."""

import numpy as np
import pytest
from backend_tools import BACKEND, compiled, gradient, to_numpy
from keras import ops
from scipy import signal
from tolerances import FLOAT32

from kapre_like.filters.iir import BLOCK, GROUP, block_filter
from kapre_like.filters.weighting import k_weighting
from kapre_like.ops.iir import iir

pytestmark = pytest.mark.backends(full=True)

ELLIPTIC = signal.ellip(6, 0.1, 90, 0.02, output="sos")
FILTERS = {
    "one pole": [([1.0], [1.0, -0.97])],
    "integrator": [([1.0], [1.0, -1.0])],
    "two zeros": [([1.0, -0.5, 0.2], [1.0])],
    "gain": [([2.0], [4.0])],
    "butterworth": [signal.butter(5, 0.3)],
    "elliptic": [(row[:3], row[3:]) for row in ELLIPTIC],
    "k 48 kHz": k_weighting(48000, "itu"),
    "k 192 kHz": k_weighting(192000, "itu"),
}


def reference(x, sections):
    y = x.astype("float64")
    for b, a in sections:
        y = signal.lfilter(b, a, y)
    return y


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("kind", ["noise", "constant"])
def test_matches_scipy(name, kind):
    # More than one group of groups of blocks: states pass through three levels.
    samples = BLOCK * GROUP * GROUP + 1000
    shape = (2, 1, samples) if BACKEND == "tensorflow" else (1, 1, 5000)
    x = np.random.default_rng(0).standard_normal(shape).astype("float32")
    x = x if kind == "noise" else np.ones_like(x)
    got = to_numpy(iir(ops.convert_to_tensor(x), block_filter=block_filter(FILTERS[name])))
    expected = reference(x, FILTERS[name])
    # float32: the poles of K-weighting at 192 kHz are 0.0009 from 1 and lose no digits.
    np.testing.assert_allclose(got, expected, rtol=0, atol=2e-6 * np.abs(expected).max())


def test_second_order_sections_in_float64_match_sosfilt():
    if BACKEND == "jax":
        pytest.skip("JAX computes in float64 only if the whole process is told to")
    x = np.random.default_rng(1).standard_normal((1, 2, 3000))
    got = to_numpy(
        iir(ops.convert_to_tensor(x), block_filter=block_filter(FILTERS["elliptic"]))
    )
    expected = signal.sosfilt(ELLIPTIC, x)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize(
    "samples", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK * GROUP, BLOCK * GROUP + 1]
)
def test_any_length(samples):
    x = np.random.default_rng(2).standard_normal((1, 2, samples)).astype("float32")
    sections = FILTERS["k 48 kHz"]
    got = to_numpy(iir(ops.convert_to_tensor(x), block_filter=block_filter(sections)))
    assert got.shape == x.shape
    np.testing.assert_allclose(got, reference(x, sections), atol=FLOAT32)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="shapes are unknown on TensorFlow only")
@pytest.mark.parametrize("jit_compile", [False, True])
def test_length_may_be_unknown(jit_compile):
    import tensorflow as tf

    block = block_filter(FILTERS["k 48 kHz"])
    call = tf.function(
        lambda x: iir(x, block_filter=block),
        input_signature=[tf.TensorSpec([None, 1, None])],
        jit_compile=jit_compile,
    )
    for samples in (1, 64, 5000):
        x = np.random.default_rng(3).standard_normal((2, 1, samples)).astype("float32")
        expected = reference(x, FILTERS["k 48 kHz"])
        np.testing.assert_allclose(to_numpy(call(x)), expected, atol=FLOAT32)


def test_the_gradient_is_the_filter_run_backwards():
    sections = FILTERS["butterworth"]
    got = gradient(
        lambda x: compiled(lambda v: iir(v, block_filter=block_filter(sections)))(x),
        np.zeros((1, 1, 300), "float32"),
    )
    expected = reference(np.ones((1, 1, 300)), sections)[..., ::-1]
    np.testing.assert_allclose(got, expected, atol=FLOAT32)
