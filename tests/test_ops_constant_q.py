"""Halving and octave frames: against the plain sums."""

import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32

from kapre_like.filters.octave_filters import half_band, halving_matrices
from kapre_like.ops.constant_q import cut, halve, joined_kernel, joined_octaves, octave_frames

pytestmark = pytest.mark.backends(full=True)


@pytest.mark.parametrize("samples", [0, 1, 2, 127, 300])
@pytest.mark.parametrize("tail", [0, 5])
def test_halving_is_a_filter_and_every_second_sample(samples, tail):
    taps = half_band(0.5, True)
    near, far = (matrix.astype("float32") for matrix in halving_matrices(taps))
    reach = len(taps) // 2
    x = np.random.default_rng(0).standard_normal((2, 3, samples)).astype("float32")
    got = to_numpy(halve(x, near=near, far=far, reach=reach, tail=tail))
    padded = np.pad(x, [(0, 0), (0, 0), (reach + tail, reach + tail + 1)])
    expected = np.stack([np.convolve(row, taps, "valid") for row in padded.reshape(6, -1)])
    expected = expected.reshape(2, 3, -1)[:, :, ::2][:, :, : (samples + 1) // 2 + tail]
    assert got.shape == (2, 3, (samples + 1) // 2 + tail)
    np.testing.assert_allclose(got, expected, atol=FLOAT32)


def test_a_cut_clip_is_zero_past_its_own_length():
    x = np.ones((2, 1, 9), "float32")
    got = to_numpy(cut(x, samples=5, length=np.array([5, 3])))
    np.testing.assert_array_equal(got[:, 0], [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    assert cut(x, samples=5, length=None).shape == (2, 1, 5)


@pytest.mark.parametrize("left", [3, 0, -2])
def test_frames_come_in_groups(left):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 1, 20)).astype("float32")
    real, imag = rng.standard_normal((2, 6, 2, 4)).astype("float32")
    got = octave_frames(
        x, kernel=joined_kernel(real, imag), hop_length=5, left=left, phases=2,
        pad_mode="constant", length=None, frames=7,
    )  # fmt: skip
    padded = np.pad(x[:, 0], [(0, 0), (10, 30)])[:, 10 - left :]
    for frame in range(7):
        piece = padded[:, frame // 2 * 5 :][:, :6]
        phase = frame % 2
        expected = np.concatenate([piece @ real[:, phase], piece @ imag[:, phase]], axis=1)
        np.testing.assert_allclose(to_numpy(got)[:, 0, frame], expected, atol=FLOAT32)


def test_octaves_are_joined_from_the_lowest_up():
    high, low = np.array([[[[3.0, 30.0]]]]), np.array([[[[1.0, 2.0, 10.0, 20.0]]]])
    real, imag = joined_octaves([high, low])
    np.testing.assert_array_equal(to_numpy(real)[0, 0, 0], [1, 2, 3])
    np.testing.assert_array_equal(to_numpy(imag)[0, 0, 0], [10, 20, 30])
