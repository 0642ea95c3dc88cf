"""Centre and bandwidth of known responses."""

import numpy as np

from kapre_like.filters.response import centre_and_bandwidth


def test_rectangle_triangle_and_silence():
    hz = np.arange(0.0, 101.0)
    rectangle = ((hz >= 20) & (hz < 40)).astype("float64")
    triangle = np.maximum(0, 1 - np.abs(hz - 60) / 10)
    centre, width = centre_and_bandwidth(np.stack([rectangle, triangle, 0 * hz], 1), hz)
    np.testing.assert_allclose(centre, [29.5, 60, 0], atol=1e-9)
    np.testing.assert_allclose(width, [20, 10, 0], atol=1e-9)
