"""`FitLength`: cutting and filling."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise

from kapre_like.layers import FitLength, LengthMask

pytestmark = pytest.mark.backends(full=True)


@pytest.mark.parametrize("shape", [(2, 6), (2, 6, 3), (2, 6, 4, 1)])
def test_every_clip_is_cut_or_filled(shape):
    x = noise(*shape)
    np.testing.assert_array_equal(to_numpy(FitLength(length=4)(x)), x[:, :4])
    filled = to_numpy(FitLength(length=9, value=-1)(x))
    np.testing.assert_array_equal(filled[:, :6], x)
    np.testing.assert_array_equal(filled[:, 6:], -1)


def test_a_clip_in_a_padded_batch_is_filled_from_its_own_end():
    x = LengthMask()([noise(2, 8) + 9, np.array([8, 3], "int32")])
    layer = FitLength(length=10, value=7.0)
    got = to_numpy(layer(x))
    np.testing.assert_array_equal(got[1, 3:], 7.0)
    np.testing.assert_array_equal(got[0, 8:], 7.0)
    assert getattr(layer(x), "_keras_mask", None) is None


def test_no_samples_at_all():
    model = keras.Sequential([keras.Input((None, 1)), FitLength(length=3)])
    np.testing.assert_array_equal(
        to_numpy(model(np.zeros((1, 0, 1), "f4"))), np.zeros((1, 3, 1))
    )


@pytest.mark.parametrize("bad", [{"length": 0}, {"length": 2, "value": "x"}])
def test_bad_argument_is_named_in_the_error(bad):
    name = list(bad)[-1]
    with pytest.raises(ValueError, match=rf"FitLength: `{name}` must be .* Received: {name}="):
        FitLength(**bad)
