"""`Energy`: the layer contract, then what only this layer promises."""

from functools import partial

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import (
    check_compiled,
    check_gradient,
    check_layer,
    check_lengths,
    check_padding,
    check_policies,
    full_scale_sine,
    noise,
)

from kapre_like.layers import Energy

pytestmark = pytest.mark.backends

SMALL = {"sample_rate": 8000, "frame_length": 7, "hop_length": 3}
WAVEFORM = noise(3, 40, 2)
WAYS = [{}, {"pad_end": True, "pad_value": 0.5}]


@pytest.mark.parametrize("way", WAYS)
def test_layer_contract(way, tmp_path):
    make = partial(Energy, **SMALL, **way)
    check_layer(make, WAVEFORM, tmp_path)
    check_compiled(make, WAVEFORM)
    check_lengths(make, [0, 1, 6, 7, 8, 9, 10, 13])
    check_padding(lambda: [make()], [30, 0, 1, 6, 7, 10, 13, 29], atol=1e-6)


def test_every_policy_computes_in_float32():
    # Up to 800 in a frame of a full-scale sine.
    tolerance = {"float32": 0, "mixed_float16": 0, "mixed_bfloat16": 0, "float64": 1e-3}
    batches = [np.zeros((1, 50, 1), "float32"), full_scale_sine(50)]
    check_policies(partial(Energy, **SMALL), batches, output="float32", atol=tolerance)
    check_gradient(Energy(**SMALL), np.zeros((1, 40, 1), "float32"))


@pytest.mark.parametrize("way", WAYS)
def test_matches_kapre_s_formula(way):
    got = to_numpy(Energy(**SMALL, ref_duration=0.2, **way)(WAVEFORM))
    count = 14 if way else 12
    padded = np.pad(WAVEFORM, [(0, 0), (0, 7), (0, 0)], constant_values=0.5)
    frames = np.stack([padded[:, 3 * t : 3 * t + 7] for t in range(count)], axis=1)
    expected = (frames.astype("float64") ** 2).sum(axis=2) * 0.2 / (7 / 8000)
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_bad_argument_is_named_in_the_error():
    with pytest.raises(ValueError, match="Energy: `sample_rate` must be a number > 0"):
        Energy(sample_rate="16000")
    with pytest.raises(ValueError, match="Energy: `ref_duration` must be a number > 0"):
        Energy(ref_duration=0)
    with pytest.raises(ValueError, match="Energy: `hop_length` must be at most frame_length"):
        Energy(frame_length=10, hop_length=11)
