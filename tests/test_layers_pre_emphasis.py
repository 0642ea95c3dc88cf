"""What `PreEmphasis` promises beside what every layer does (`test_every_layer.py`)."""

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import (
    noise,
)
from scipy.signal import lfilter
from tolerances import FLOAT32_SHORT, FLOAT32_STEP

from kapre_like.layers import PreEmphasis

pytestmark = pytest.mark.backends(full=True)

WAVEFORM = noise(3, 60, 2)


def test_from_zero_it_is_a_plain_filter_as_in_torchaudio():
    got = to_numpy(PreEmphasis(coefficient=0.9)(WAVEFORM))
    expected = lfilter([1.0, -0.9], [1.0], WAVEFORM.astype("float64"), axis=1)
    np.testing.assert_allclose(got, expected, atol=FLOAT32_STEP)


def test_extrapolated_it_is_librosa_s():
    librosa = pytest.importorskip("librosa")
    got = to_numpy(PreEmphasis(start="extrapolate")(WAVEFORM))
    expected = librosa.effects.preemphasis(WAVEFORM.transpose(0, 2, 1)).transpose(0, 2, 1)
    np.testing.assert_allclose(got, expected, atol=FLOAT32_SHORT)


def test_repeated_it_is_kaldi_s():
    got = to_numpy(PreEmphasis(start="repeat")(WAVEFORM))
    before = np.concatenate([WAVEFORM[:, :1], WAVEFORM[:, :-1]], axis=1)
    np.testing.assert_allclose(got, WAVEFORM - 0.97 * before, atol=FLOAT32_SHORT)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"coefficient": 1.1}, "a number in 0 .. 1"),
        ({"coefficient": "0.97"}, "a number >= 0"),
        ({"start": "reflect"}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    match = rf"PreEmphasis: `{name}` must be {rule}.* Received: {name}="
    with pytest.raises(ValueError, match=match):
        PreEmphasis(**bad)
