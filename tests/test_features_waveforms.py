"""`features.waveforms`: what counts as clips."""

import numpy as np
import pandas as pd
import pytest

from kapre_like.features.waveforms import as_waveforms


@pytest.mark.parametrize(
    "clips",
    [
        [np.zeros(3), np.zeros(0), [0.5, 0.25]],
        np.zeros((2, 5)),
        pd.DataFrame(np.zeros((2, 5))),
        np.array([np.zeros(3), np.zeros(4)], dtype=object),
    ],
)
def test_clips_of_any_length_become_float64(clips):
    got = as_waveforms(clips)
    assert all(wave.ndim == 1 and wave.dtype == np.float64 for wave in got)
    assert len(got) == len(clips)


def test_float32_stays_as_it_is():
    clips = [np.zeros(3, "float32"), np.zeros(3), np.zeros(3, "float16")]
    assert [wave.dtype for wave in as_waveforms(clips)] == [np.float32, np.float64, np.float64]


@pytest.mark.parametrize(
    ("clips", "message"),
    [
        ([], "at least one clip"),
        (np.zeros(100), r"One clip goes in a list: \[x\]"),
        (np.zeros((2, 3, 4)), r"shape=\(2, 3, 4\)"),
        ([np.zeros((10, 2))], r"clip 0 must be one-dimensional \(mono\).*shape=\(10, 2\)"),
        ([np.zeros(3), np.zeros(3, "int16")], r"clip 1 must be floats.*x / 32768"),
        ([np.array([0.0, np.nan])], "clip 0 must be finite"),
        ([np.array([0.0, np.inf])], "clip 0 must be finite"),
        ([np.zeros(3, complex)], "clip 0 must be real"),
    ],
)
def test_anything_else_is_named(clips, message):
    with pytest.raises(ValueError, match=message):
        as_waveforms(clips)
