"""What `DeEmphasis` promises beside what every layer does (`test_every_layer.py`)."""

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import (
    noise,
)
from scipy.signal import lfilter
from tolerances import FLOAT32_SHORT

from kapre_like.layers import DeEmphasis, PreEmphasis

pytestmark = pytest.mark.backends(full=True)

WAVEFORM = noise(3, 300, 2)
STARTS = ("zero", "repeat", "extrapolate")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("samples", [1, 2, 300])
def test_undoes_pre_emphasis(start, samples):
    x = WAVEFORM[:, :samples]
    emphasized = PreEmphasis(start=start)(x)
    back = to_numpy(DeEmphasis(start=start)(emphasized))
    # Rounding of each sample is summed up with weights that add up to 1 / (1 - 0.97) = 33.
    np.testing.assert_allclose(back, x, atol=2e-6)


def test_a_clip_of_one_sample_in_a_batch_comes_back():
    x, mask = WAVEFORM[:2, :5], np.array([[True] * 5, [True] + [False] * 4])
    emphasized = PreEmphasis(start="extrapolate")(x, mask=mask)
    back = to_numpy(DeEmphasis(start="extrapolate")(emphasized, mask=mask))
    np.testing.assert_allclose(back, x * mask[..., None], atol=FLOAT32_SHORT)


def test_from_zero_it_is_a_plain_filter_as_in_torchaudio():
    x = noise(1, 20000, 1)
    got = to_numpy(DeEmphasis(coefficient=0.97)(x))
    expected = lfilter([1.0], [1.0, -0.97], x.astype("float64"), axis=1)
    np.testing.assert_allclose(got, expected, atol=FLOAT32_SHORT * np.abs(expected).max())


def test_extrapolated_it_is_librosa_s():
    librosa = pytest.importorskip("librosa")
    got = to_numpy(DeEmphasis(start="extrapolate")(WAVEFORM))
    expected = librosa.effects.deemphasis(WAVEFORM.transpose(0, 2, 1).astype("float64"))
    np.testing.assert_allclose(got, expected.transpose(0, 2, 1), atol=FLOAT32_SHORT)


def test_bad_argument_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"a number in 0 .. 1. Received: coefficient=2"):
        DeEmphasis(coefficient=2)
    match = r"`coefficient` must be below 1 for start='repeat'. Received: coefficient=1.*zero"
    with pytest.raises(ValueError, match=match):
        DeEmphasis(coefficient=1, start="repeat")
    with pytest.raises(ValueError, match="`start` must be one of"):
        DeEmphasis(start=None)
