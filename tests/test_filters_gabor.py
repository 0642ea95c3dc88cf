"""Gabor filters before training, against LEAF's own recipe."""

import numpy as np

from kapre_like.filters.waveform_filters import gabor_bands, half_height_hz, width_limits


def leaf_start(sample_rate, n_filters, fmin, fmax, n_fft=512):
    """Centers and widths that LEAF reads off root-mel triangles, in FFT bins."""

    def to_mel(hz):
        return 1127.0 * np.log1p(np.asarray(hz) / 700.0)

    corners = np.linspace(to_mel(fmin), to_mel(fmax), n_filters + 2)
    bins = to_mel(np.arange(n_fft // 2 + 1) * sample_rate / n_fft)[:, None]
    step = corners[1] - corners[0]
    triangles = np.maximum(1 - np.abs(bins - corners[1:-1]) / step, 0)
    root = np.sqrt(triangles)
    wide = (root >= root.max(axis=0) / 2).sum(axis=0)
    center = root.argmax(axis=0) * 2 * np.pi / n_fft
    return center, np.sqrt(2 * np.log(2)) * n_fft / (np.pi * wide)


def test_starts_where_leaf_starts_to_the_width_of_a_bin():
    center, width = gabor_bands(16000, 40, 60.0, 7800.0, 401)
    leaf_center, leaf_width = leaf_start(16000, 40, 60.0, 7800.0)
    bin_hz = 16000 / 512
    assert np.abs(center - leaf_center).max() * 8000 / np.pi < bin_hz
    assert np.abs(half_height_hz(width, 16000) - half_height_hz(leaf_width, 16000)).max() < (
        1.2
        * bin_hz  # a count of bins is one off at most; mel is not quite linear in a triangle
    )


def test_the_limits_are_leaf_s():
    low, high = width_limits(401)
    # A quarter of all frequencies at half height; two bins of the window.
    np.testing.assert_allclose(half_height_hz(low, 16000), 4000.0)
    np.testing.assert_allclose(half_height_hz(high, 16000), 16000 / 401)
    assert width_limits(3) == (low, low)


def test_widths_are_clipped_to_the_limits():
    _, width = gabor_bands(16000, 400, 0.0, 8000.0, 101)
    assert width.max() == width_limits(101)[1]
