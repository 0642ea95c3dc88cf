"""What `Frame` promises beside what every layer does (`test_every_layer.py`)."""

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import (
    noise,
)

from kapre_like.layers import Frame

pytestmark = pytest.mark.backends(full=True)

SMALL = {"frame_length": 7, "hop_length": 3}
WAYS = [{}, {"pad_end": True, "pad_value": 0.5}]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("samples", [7, 39, 40, 41])
def test_matches_kapre_s_frames(way, samples):
    x = noise(2, samples, 2)
    got = to_numpy(Frame(**SMALL, **way)(x))
    if way:
        count = -(-samples // 3)
        padded = np.pad(x, [(0, 0), (0, 7), (0, 0)], constant_values=0.5)
    else:
        count, padded = 1 + (samples - 7) // 3, x
    expected = np.stack([padded[:, 3 * t : 3 * t + 7] for t in range(count)], axis=1)
    np.testing.assert_array_equal(got, expected)


def test_a_clip_too_short_for_a_frame_gives_one_that_is_filled_up():
    got = to_numpy(Frame(**SMALL, pad_value=2.0)(np.ones((1, 2, 1), "float32")))
    assert got[0, :, :, 0].tolist() == [[1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]]


def test_frame_lengths_count_the_valid_frames():
    length = np.array([0, 6, 7, 9, 10])
    assert to_numpy(Frame(**SMALL).frame_lengths(length)).tolist() == [1, 1, 1, 1, 2]
    padded = Frame(**SMALL, pad_end=True).frame_lengths(length)
    assert to_numpy(padded).tolist() == [1, 2, 3, 3, 4]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"frame_length": 0}, "an int > 0"),
        ({"hop_length": 2.5}, "an int > 0"),
        ({"hop_length": 8}, "at most frame_length=7"),
        ({"pad_end": 1}, "True or False"),
        ({"pad_value": "0"}, "a finite number"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    match = rf"Frame: `{name}` must be {rule}.* Received: {name}="
    with pytest.raises(ValueError, match=match):
        Frame(**{**SMALL, **bad})
