"""`filters.cepstral` against SciPy, librosa and what is known of slopes."""

import numpy as np
import pytest
import scipy.fft
from scipy.signal import savgol_coeffs
from tolerances import FLOAT64

from kapre_like.filters.cepstral import dct_matrix, derivative_weights, lifter_weights

SERIES = np.random.default_rng(0).normal(size=(5, 24))


@pytest.mark.parametrize("norm", [None, "ortho"])
@pytest.mark.parametrize("n_out", [1, 13, 24])
def test_the_cosine_transform_is_scipys(norm, n_out):
    expected = scipy.fft.dct(SERIES, norm=norm, axis=1)[:, :n_out]
    np.testing.assert_allclose(SERIES @ dct_matrix(24, n_out, norm), expected, atol=FLOAT64)


def test_htk_differs_from_orthonormal_in_coefficient_0_alone():
    ratio = (SERIES @ dct_matrix(24, 13, "htk")) / (SERIES @ dct_matrix(24, 13, "ortho"))
    np.testing.assert_allclose(ratio[:, 0], np.sqrt(2))
    np.testing.assert_allclose(ratio[:, 1:], 1)


@pytest.mark.parametrize("lifter", [0, 22, 26.5])
def test_the_lifter_is_librosas(lifter):
    librosa = pytest.importorskip("librosa")
    expected = librosa.feature.mfcc(S=SERIES.T, n_mfcc=13, lifter=lifter).T
    got = SERIES @ dct_matrix(24, 13, "ortho") * lifter_weights(13, lifter, "librosa")
    np.testing.assert_allclose(got, expected, atol=1e-11)


def test_the_lifter_of_htk_leaves_coefficient_0_alone():
    # The HTK Book, equation 5.14, and `mel-computations.cc` of Kaldi: n counts from 0.
    got = lifter_weights(13, 22, "htk")
    np.testing.assert_allclose(got, [1 + 11 * np.sin(np.pi * n / 22) for n in range(13)])
    np.testing.assert_allclose(got[:2], [1.0, 2.5655], atol=1e-4)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("n_points", [5, 9])
def test_slopes_are_savitzky_and_golays(n_points, order):
    expected = savgol_coeffs(n_points, order, deriv=order, use="dot")
    np.testing.assert_allclose(derivative_weights(n_points, order), expected, atol=FLOAT64)


@pytest.mark.parametrize("n_points", [0, 1, 2, 3, 4])
def test_few_points_have_the_slope_of_their_own_polynomial(n_points):
    for order in (1, 2):
        points = 3.0 * np.arange(n_points) ** order
        expected = 3.0 * order if n_points > order else 0.0
        got = points @ derivative_weights(n_points, order)
        assert got == pytest.approx(expected, abs=1e-9)
