"""Masks over samples and frames against counting."""

import numpy as np
import pytest
from backend_tools import to_numpy

from kapre_like import filters
from kapre_like.ops.masking import (
    frame_mask,
    length_mask,
    lengths,
    sample_mask,
    zero_invalid,
)

pytestmark = pytest.mark.backends(full=True)

LENGTH = np.array([23, 9, 8, 7, 1, 0])
MASK = np.arange(23) < LENGTH[:, None]


@pytest.mark.parametrize("shape", [(6, 23), (6, 23, 2)])
def test_lengths_become_a_mask_and_come_back(shape):
    got = length_mask(np.zeros(shape, "float32"), length=LENGTH)
    np.testing.assert_array_equal(to_numpy(got), MASK)
    np.testing.assert_array_equal(to_numpy(lengths(got)), LENGTH)


@pytest.mark.parametrize("n_fft", [8, 7])
@pytest.mark.parametrize("hop_length", [1, 3, 12])
@pytest.mark.parametrize("center", [True, False])
def test_a_frame_is_valid_if_the_clip_has_it_alone(n_fft, hop_length, center):
    got = to_numpy(frame_mask(MASK, n_fft=n_fft, hop_length=hop_length, center=center))
    assert got.shape[1] == filters.frame_count(23, n_fft, hop_length, center)
    counts = [filters.frame_count(n, n_fft, hop_length, center) for n in LENGTH]
    np.testing.assert_array_equal(got, np.arange(got.shape[1]) < np.array(counts)[:, None])


def test_a_batch_of_no_samples_has_one_frame():
    got = to_numpy(frame_mask(MASK[:, :0], n_fft=8, hop_length=3, center=True))
    assert got.shape == (6, 1)
    assert got.all()


@pytest.mark.parametrize("extra", [0, 1, 8])
def test_samples_are_valid_where_valid_frames_reach(extra):
    frames = np.arange(5) < np.array([5, 3, 1])[:, None]
    got = to_numpy(sample_mask(frames, hop_length=4, extra=extra))
    reached = (frames.sum(axis=1) - 1) * 4 + extra
    np.testing.assert_array_equal(got, np.arange(16 + extra) < reached[:, None])


def test_invalid_values_are_zero_whatever_they_were():
    x = np.full((6, 23, 2), np.nan, "float32")
    x[MASK] = 1.0
    got = to_numpy(zero_invalid(x, mask=MASK))
    np.testing.assert_array_equal(got[..., 0], MASK.astype("float32"))
    assert zero_invalid(x, mask=None) is x
