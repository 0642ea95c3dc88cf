"""`LengthMask`: lengths become a mask, and what is past them becomes silence."""

import keras
import numpy as np
import pytest
from backend_tools import compiled, to_numpy
from layer_contract import POLICIES, masked_model, policy

from kapre_like.layers import LengthMask

pytestmark = pytest.mark.backends

WAVEFORM = np.arange(1.0, 13.0, dtype="float32").reshape(3, 4)
LENGTH = np.array([4, 0, 2], "int32")
ZEROED = np.array([[1, 2, 3, 4], [0, 0, 0, 0], [9, 10, 0, 0]], "float32")[..., None]


def test_samples_past_the_length_are_zero_and_masked():
    got, mask = masked_model([])([WAVEFORM, LENGTH])
    np.testing.assert_array_equal(to_numpy(got), ZEROED)
    np.testing.assert_array_equal(to_numpy(mask), ZEROED[..., 0] != 0)


def test_a_channel_axis_is_kept_or_added():
    for waveform in (WAVEFORM, WAVEFORM[..., None]):
        got = to_numpy(LengthMask()([waveform, LENGTH]))
        np.testing.assert_array_equal(got, ZEROED)
    stereo = np.repeat(WAVEFORM[..., None], 2, axis=2)
    got = to_numpy(LengthMask()([stereo, LENGTH[:, None]]))
    np.testing.assert_array_equal(got, np.repeat(ZEROED, 2, axis=2))


def test_what_is_not_a_number_past_the_length_is_zero_too():
    waveform = WAVEFORM.copy()
    waveform[2, 3] = np.nan
    np.testing.assert_array_equal(to_numpy(LengthMask()([waveform, LENGTH])), ZEROED)


def test_shape_and_dtype_are_declared_as_they_come():
    for shape in ((None,), (0,), (7, 2), (None, 1)):
        x, n = keras.Input(shape), keras.Input((), dtype="int32")
        channels = shape[1] if len(shape) == 2 else 1
        y = LengthMask()([x, n])
        assert y.shape == (None, shape[0], channels)
        assert LengthMask().compute_output_shape([x.shape, n.shape]) == y.shape
    empty, mask = masked_model([])([np.zeros((2, 0), "float32"), LENGTH[:2]])
    assert (tuple(empty.shape), tuple(mask.shape)) == ((2, 0, 1), (2, 0))


@pytest.mark.parametrize("name", POLICIES)
def test_samples_stay_float32_under_every_policy(name):
    # 1 + 2 ** -20 is 1 in both half precisions.
    waveform = np.full((1, 2), 1 + 2.0**-20, "float32")
    with policy(name):
        got = LengthMask()([waveform, np.array([2])])
    expected = "float64" if name == "float64" else "float32"
    assert keras.backend.standardize_dtype(got.dtype) == expected
    np.testing.assert_array_equal(to_numpy(got)[..., 0], waveform)


def test_it_compiles_and_survives_saving(tmp_path):
    layer = LengthMask()
    got = compiled(lambda x, n: layer([x, n]))(WAVEFORM, LENGTH)
    np.testing.assert_array_equal(to_numpy(got), ZEROED)
    x, n = keras.Input((None,)), keras.Input((), dtype="int32")
    keras.Model([x, n], LengthMask(name="mask")([x, n])).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(to_numpy(loaded([WAVEFORM, LENGTH])), ZEROED)
    config = layer.get_config()
    assert LengthMask.from_config(config).get_config() == config


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"floating point.*int16.*x / 32768"):
        LengthMask()([WAVEFORM.astype("int16"), LENGTH])
    with pytest.raises(ValueError, match=r"LengthMask: expects \[waveform, length\]"):
        LengthMask()(WAVEFORM)
    with pytest.raises(ValueError, match=r"LengthMask: `length` must be one integer per clip"):
        LengthMask()([WAVEFORM, WAVEFORM])
    with pytest.raises(ValueError, match="at least one channel"):
        LengthMask()([np.zeros((2, 4, 0), "float32"), LENGTH[:2]])
