"""The one place of Fourier transforms: NumPy's numbers, with and without an FFT."""

import contextlib

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32

from kapre_like.filters.fourier import dft_factors
from kapre_like.ops.fourier import irfft, rfft
from kapre_like.ops.lowering import plain_operators

pytestmark = pytest.mark.backends(full=True)


@pytest.mark.parametrize("n_fft", [1, 2, 12, 13, 400, 1000, 1323, 2050, 2048])
@pytest.mark.parametrize("operators", [contextlib.nullcontext, plain_operators])
def test_there_and_back_is_numpys(n_fft, operators):
    x = np.random.default_rng(0).standard_normal((2, 3, n_fft)).astype("float32")
    with operators():
        real, imag = rfft(keras.ops.convert_to_tensor(x))
        back = irfft(real, imag, n_fft=n_fft)
    expected = np.fft.rfft(x.astype("float64"))
    # 1e-6 of the size of the sums, in float32.
    atol = 1e-6 * n_fft
    np.testing.assert_allclose(to_numpy(real), expected.real, atol=atol)
    np.testing.assert_allclose(to_numpy(imag), expected.imag, atol=atol)
    np.testing.assert_allclose(to_numpy(back), x, atol=FLOAT32)


@pytest.mark.parametrize(
    ("n_fft", "factors"),
    [
        (400, None),
        (1009, None),
        (2018, None),
        (1024, (32, 32)),
        (2048, (32, 64)),
        (1323, (27, 49)),
    ],
)
def test_two_steps_are_taken_where_they_are_less(n_fft, factors):
    found = dft_factors(n_fft)
    assert found is None if factors is None else sorted(found) == sorted(factors)


@pytest.mark.parametrize("n_fft", [1000, 1050, 2048])
def test_nothing_imaginary_is_at_0_hz_and_at_half_the_rate(n_fft):
    x = np.random.default_rng(0).standard_normal((3, n_fft)).astype("float32")
    with plain_operators():
        _, imag = rfft(keras.ops.convert_to_tensor(x))
    np.testing.assert_array_equal(to_numpy(imag)[:, [0, -1]], 0)
