"""Framing, padding and overlap-add against NumPy."""

import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32_SHORT

from kapre_like.ops.framing import frame, overlap_add, pad_waveform

pytestmark = pytest.mark.backends(full=True)

X = np.random.default_rng(0).standard_normal((3, 2, 23)).astype("float32")


@pytest.mark.parametrize(("frame_length", "hop_length"), [(8, 3), (8, 8), (5, 9), (23, 1)])
def test_frames_are_numpys_sliding_windows(frame_length, hop_length):
    got = to_numpy(frame(X, frame_length=frame_length, hop_length=hop_length))
    expected = np.lib.stride_tricks.sliding_window_view(X, frame_length, axis=-1)
    np.testing.assert_array_equal(got, expected[:, :, ::hop_length])


@pytest.mark.parametrize(("frame_length", "hop_length"), [(8, 3), (8, 8), (5, 9), (6, 1)])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_overlap_add_adds_each_frame_at_its_place(frame_length, hop_length, count):
    frames = np.random.default_rng(1).standard_normal((2, 1, count, frame_length))
    frames = frames.astype("float32")
    expected = np.zeros((2, 1, (count - 1) * hop_length + frame_length), "float32")
    for t in range(count):
        expected[:, :, t * hop_length :][:, :, :frame_length] += frames[:, :, t]
    got = to_numpy(overlap_add(frames, hop_length=hop_length))
    # The same few float32 numbers, summed in another order.
    np.testing.assert_allclose(got, expected, atol=FLOAT32_SHORT)


@pytest.mark.parametrize("samples", [23, 9, 8, 5, 2, 1])
@pytest.mark.parametrize("n_fft", [16, 15])
@pytest.mark.parametrize("pad_mode", ["constant", "reflect"])
def test_padding_is_numpys_however_short_the_clip(samples, n_fft, pad_mode):
    x = X[:, :, :samples]
    arguments = {"n_fft": n_fft, "center": True, "pad_mode": pad_mode}
    got = to_numpy(pad_waveform(x, **arguments, length=None))
    side = n_fft // 2
    expected = np.pad(x, [(0, 0), (0, 0), (side, side)], mode=pad_mode)
    np.testing.assert_array_equal(got, expected)


def test_each_clip_is_mirrored_at_its_own_end():
    length = np.array([23, 6, 1])
    x = X * (np.arange(23) < length[:, None, None])
    arguments = {"n_fft": 16, "center": True, "pad_mode": "reflect"}
    got = to_numpy(pad_waveform(x, **arguments, length=length))
    for clip, samples in enumerate(length):
        expected = np.pad(x[clip, :, :samples], [(0, 0), (8, 8)], mode="reflect")
        np.testing.assert_array_equal(got[clip, :, : samples + 16], expected)
        assert not got[clip, :, samples + 16 :].any()


@pytest.mark.parametrize(
    ("samples", "center", "total"),
    [(0, True, 16), (0, False, 16), (5, False, 16), (16, False, 16), (17, False, 17)],
)
@pytest.mark.parametrize("pad_mode", ["constant", "reflect"])
def test_there_is_always_one_whole_frame(samples, center, total, pad_mode):
    x = X[:, :, :samples]
    arguments = {"n_fft": 16, "center": center, "pad_mode": pad_mode}
    got = to_numpy(pad_waveform(x, **arguments, length=None))
    assert got.shape == (3, 2, total)
    at = 8 if center else 0
    np.testing.assert_array_equal(got[:, :, at : at + samples], x)
    assert np.abs(got).sum() == pytest.approx(np.abs(x).sum())
