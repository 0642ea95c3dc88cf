"""What `Energy` promises beside what every layer does (`test_every_layer.py`)."""

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import (
    noise,
)
from tolerances import FLOAT32

from kapre_like.layers import Energy

pytestmark = pytest.mark.backends(full=True)

SMALL = {"sample_rate": 8000, "frame_length": 7, "hop_length": 3}
WAVEFORM = noise(3, 40, 2)
WAYS = [{}, {"pad_end": True, "pad_value": 0.5}]


@pytest.mark.parametrize("way", WAYS)
def test_matches_kapre_s_formula(way):
    got = to_numpy(Energy(**SMALL, ref_duration=0.2, **way)(WAVEFORM))
    count = 14 if way else 12
    padded = np.pad(WAVEFORM, [(0, 0), (0, 7), (0, 0)], constant_values=0.5)
    frames = np.stack([padded[:, 3 * t : 3 * t + 7] for t in range(count)], axis=1)
    expected = (frames.astype("float64") ** 2).sum(axis=2) * 0.2 / (7 / 8000)
    np.testing.assert_allclose(got, expected, rtol=FLOAT32)


def test_bad_argument_is_named_in_the_error():
    with pytest.raises(ValueError, match="Energy: `sample_rate` must be a number > 0"):
        Energy(sample_rate="16000")
    with pytest.raises(ValueError, match="Energy: `ref_duration` must be a number > 0"):
        Energy(ref_duration=0)
    with pytest.raises(ValueError, match="Energy: `hop_length` must be at most frame_length"):
        Energy(frame_length=10, hop_length=11)
