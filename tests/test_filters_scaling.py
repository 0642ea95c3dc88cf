"""Scaling factors against the definitions."""

import numpy as np
import pytest

from kapre_like.filters.fourier import power_scale


@pytest.mark.parametrize(("n_fft", "once"), [(1, [0]), (2, [0, 1]), (8, [0, 4]), (7, [0])])
def test_only_bins_with_a_mirror_image_count_twice(n_fft, once):
    window = np.linspace(1.0, 2.0, n_fft)
    for scaling, total in (("psd", 10.0 * (window**2).sum()), ("spectrum", window.sum() ** 2)):
        got = power_scale(scaling, 10.0, window) * total
        expected = np.full(n_fft // 2 + 1, 2.0)
        expected[once] = 1.0
        np.testing.assert_allclose(got, expected)
