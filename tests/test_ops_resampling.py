"""Resampling in blocks, against the direct sum."""

import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from keras import ops

from kapre_like.filters.resampling import QUALITIES, Sinc, resampled_count, resampler
from kapre_like.ops.resampling import resample, resampled_lengths, resampled_mask

pytestmark = pytest.mark.backends(full=True)

SHORT = Sinc("sinc_interp_hann", 3, 0.9, 0.0)


def direct(x, source, target, sinc):
    """`sum_i x[i] c sinc(c (i - j s / t)) w(...)`, each term by itself."""
    cutoff = min(source, target) * sinc.rolloff / source
    j = np.arange(resampled_count(len(x), source, target))
    time = (np.arange(len(x))[:, None] - j * source / target) * cutoff
    window = np.where(np.abs(time) < sinc.width, np.cos(time * np.pi / sinc.width / 2) ** 2, 0)
    return x @ (cutoff * np.sinc(time) * window)


@pytest.mark.parametrize(("source", "target"), [(1, 2), (3, 1), (5, 7), (7, 5), (1009, 1013)])
@pytest.mark.parametrize("samples", [0, 1, 40, 2500])
def test_resampling_is_the_direct_sum(source, target, samples):
    if BACKEND != "tensorflow" and samples == 2500 and source < 1000:
        return
    x = np.random.default_rng(0).standard_normal((2, 1, samples)).astype("float32")
    count = resampled_count(samples, source, target)
    made = resampler(source, target, SHORT)
    got = to_numpy(resample(ops.convert_to_tensor(x), resampler=made, count=count))
    expected = np.stack([[direct(clip[0], source, target, SHORT)] for clip in x])
    np.testing.assert_allclose(got, expected.reshape(got.shape), atol=2e-6)


def test_a_period_too_long_for_one_matrix_gives_the_same():
    x = np.random.default_rng(1).standard_normal((1, 1, 4500)).astype("float32")
    made = resampler(2003, 2005, SHORT)
    assert made.starts is not None
    count = resampled_count(4500, 2003, 2005)
    got = to_numpy(resample(ops.convert_to_tensor(x), resampler=made, count=count))
    np.testing.assert_allclose(got[0, 0], direct(x[0, 0], 2003, 2005, SHORT), atol=2e-6)


def test_lengths_do_not_overflow_32_bits():
    length = ops.convert_to_tensor(np.array([2**30], "int32"))
    got = to_numpy(resampled_lengths(length, source=441, target=160))
    assert got.tolist() == [-(-(2**30) * 160 // 441)]


@pytest.mark.parametrize(("source", "target"), [(441, 160), (2, 1), (1, 3), (5, 7)])
def test_masks_end_where_each_clip_does(source, target):
    length = np.array([0, 1, 2, 3, 7, 500])
    mask = np.arange(500)[None] < length[:, None]
    got = to_numpy(resampled_mask(ops.convert_to_tensor(mask), source=source, target=target))
    assert got.shape[1] == resampled_count(500, source, target)
    expected = [resampled_count(int(n), source, target) for n in length]
    assert got.sum(axis=1).tolist() == expected
    assert (np.diff(got.astype(int), axis=1) <= 0).all()


def test_qualities_have_names():
    assert list(QUALITIES) == ["fast", "high", "best"]
