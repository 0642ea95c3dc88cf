"""`ConcatenateFrequencyMap`, beside what every layer promises (`test_every_layer.py`)."""

import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from layer_contract import MaskProbe, noise
from tolerances import FLOAT32_STEP

from kapre_like.layers import ConcatenateFrequencyMap

pytestmark = pytest.mark.backends(full=True)

X = noise(3, 6, 5, 2)


def test_no_frames_are_none_with_a_channel_more():
    assert ConcatenateFrequencyMap()(X[:, :0]).shape == (3, 0, 5, 3)


@pytest.mark.parametrize("freqs", [1, 2, 5])
def test_the_last_channel_runs_from_0_to_1(freqs):
    got = to_numpy(ConcatenateFrequencyMap()(X[:, :, :freqs]))
    np.testing.assert_array_equal(got[..., :2], X[:, :, :freqs])
    expected = np.broadcast_to(np.linspace(0, 1, freqs), (3, 6, freqs))
    np.testing.assert_allclose(got[..., 2], expected, atol=FLOAT32_STEP)


def test_matches_kapre_and_freqs_may_be_unknown():
    kapre = pytest.importorskip("kapre")
    if BACKEND != "tensorflow":
        pytest.skip("Kapre runs on TensorFlow")
    import tensorflow as tf

    layer = ConcatenateFrequencyMap()
    expected = to_numpy(kapre.ConcatenateFrequencyMap()(X))
    np.testing.assert_allclose(to_numpy(layer(X)), expected, atol=FLOAT32_STEP)
    call = tf.function(lambda x: layer(x), input_signature=[tf.TensorSpec([None] * 3 + [2])])
    np.testing.assert_allclose(to_numpy(call(X)), expected, atol=FLOAT32_STEP)


def test_masked_frames_are_zero_and_the_mask_goes_on():
    mask = np.arange(6) < np.array([[6], [4], [0]])
    junk = np.where(mask[..., None, None], X, np.nan)
    y = ConcatenateFrequencyMap()(junk, mask=mask)
    expected = np.where(mask[..., None, None], to_numpy(ConcatenateFrequencyMap()(X)), 0)
    np.testing.assert_array_equal(to_numpy(y), expected)
    np.testing.assert_array_equal(to_numpy(MaskProbe()(y)), mask)


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"ConcatenateFrequencyMap: expects \(batch, frames"):
        ConcatenateFrequencyMap()(np.zeros((2, 5, 4), "float32"))
    with pytest.raises(ValueError, match="at least one channel"):
        ConcatenateFrequencyMap()(np.zeros((2, 5, 4, 0), "float32"))
    with pytest.raises(ValueError, match="floating point"):
        ConcatenateFrequencyMap()(np.zeros((2, 5, 4, 1), "int32"))
