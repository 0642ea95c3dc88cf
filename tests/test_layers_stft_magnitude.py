"""What `StftMagnitude` promises beside what every layer does (`test_every_layer.py`)."""

import numpy as np
import pytest
from backend_tools import quick, to_numpy
from layer_contract import (
    masked_model,
    noise,
)
from tolerances import DECIBEL_FLOAT32, FLOAT32_LONG

from kapre_like.layers import STFT, Magnitude, MagnitudeToDecibel, StftMagnitude

pytestmark = pytest.mark.backends(full=True)

SMALL = {"n_fft": 16, "hop_length": 5}


def test_matches_librosa_one_clip_at_a_time():
    librosa = pytest.importorskip("librosa")
    x = noise(2, 2000, 2)
    got = to_numpy(quick(StftMagnitude(n_fft=512, hop_length=160, win_length=400))(x))
    for clip in (0, 1):
        expected = np.abs(
            librosa.stft(x[clip, :, 1], n_fft=512, hop_length=160, win_length=400)
        ).T
        np.testing.assert_allclose(
            got[clip, :, :, 1], expected, atol=FLOAT32_LONG * expected.max()
        )


def test_equals_its_layers_in_a_row():
    row = [STFT(**SMALL), Magnitude(), MagnitudeToDecibel(ref="max", top_db=40.0)]
    one = StftMagnitude(**SMALL, decibel=True, ref="max", top_db=40.0)
    batch = [noise(3, 100), np.array([100, 55, 20], "int32")]
    got, mask = masked_model([one])(batch)
    expected, expected_mask = masked_model(row)(batch)
    np.testing.assert_allclose(to_numpy(got), to_numpy(expected), atol=DECIBEL_FLOAT32)
    np.testing.assert_array_equal(to_numpy(mask), to_numpy(expected_mask))


def test_describe_is_that_of_the_transform():
    said = StftMagnitude(**SMALL, learn_stft="kernels").describe(sample_rate=1600)
    np.testing.assert_allclose(said.now["center_hz"], np.arange(9) * 100, atol=0.1)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"n_fft": 0}, "an int > 0"),
        ({"power": -1}, "a number > 0"),
        ({"decibel": None}, "True or False"),
        ({"ref": "mean"}, "a number > 0"),
        ({"amin": 0}, "a number > 0"),
        ({"top_db": "80"}, "a number > 0"),
        ({"learn_stft": "bands"}, "one of"),
        ({"pad_mode": "edge"}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"StftMagnitude: `{name}` must be {rule}"):
        StftMagnitude(**{**SMALL, **bad})
