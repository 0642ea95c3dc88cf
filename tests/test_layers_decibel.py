"""Learned levels of the two decibel layers: equal to the fixed layer at first; description."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import DECIBEL_FLOAT32, FLOAT32_SHORT

from kapre_like.layers.magnitude_to_decibel import MagnitudeToDecibel
from kapre_like.layers.power_to_decibel import PowerToDecibel

pytestmark = pytest.mark.backends(full=True)

WEIGHTS = ("slope", "reference_db", "floor_db")
BOTH = pytest.mark.parametrize("layer_class", [PowerToDecibel, MagnitudeToDecibel])

# 3 clips, 40 frames, 4 bins, 1 channel: from 60 dB (120 in power) below 1 to 30 (60) above.
LINEAR = (10 ** np.random.default_rng(0).uniform(-6, 3, (3, 40, 4, 1))).astype("float32")


@BOTH
@pytest.mark.parametrize("ref", [1.0, 0.02, "max"])
@pytest.mark.parametrize("top_db", [None, 80.0, 20.0])
def test_it_starts_equal_to_the_fixed_layer(layer_class, ref, top_db):
    arguments = {"ref": ref, "top_db": top_db, "amin": 1e-4}
    fixed = to_numpy(layer_class(**arguments)(LINEAR))
    learned = to_numpy(layer_class(**arguments, learn="affine")(LINEAR))
    # At the edge of the soft floor the difference is 0.01 * ln 2 dB, elsewhere rounding.
    np.testing.assert_allclose(learned, fixed, atol=0.0075)
    assert np.median(np.abs(learned - fixed)) < 1e-4


def test_every_band_has_its_own_scale():
    layer = PowerToDecibel(top_db=None, amin=1e-4, learn="affine")
    layer(LINEAR)
    for name, values in (
        ("slope", [1, 2, 1, 1]),
        ("reference_db", [0, 0, 10, 0]),
        ("floor_db", [-40, -40, -40, 5]),
    ):
        getattr(layer, name).assign(np.array(values, "float32"))
    got, db = to_numpy(layer(LINEAR)), 10 * np.log10(np.maximum(LINEAR, 1e-4))
    expected = np.stack(
        [db[..., 0, 0], 2 * db[..., 1, 0], db[..., 2, 0] - 10, np.maximum(db[..., 3, 0], 5)], -1
    )
    np.testing.assert_allclose(got[..., 0], expected, atol=0.015)


def test_silence_teaches_the_floor_and_sound_does_not():
    layer = PowerToDecibel(top_db=None, learn="affine")
    model = keras.Sequential([layer])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    half = LINEAR.copy()
    half[:, :, 1] = 0
    model.train_on_batch(half, np.zeros_like(half))
    floor = to_numpy(layer.floor_db)
    np.testing.assert_array_equal(floor[[0, 2, 3]], np.float32(-100.0))
    assert floor[1] > -100.0


def test_padding_sets_no_peak():
    layer = MagnitudeToDecibel(ref="max", top_db=20.0, learn="affine")
    padded = np.concatenate([LINEAR, 1e6 * np.ones_like(LINEAR)], axis=1)
    mask = np.arange(80) < np.full((3, 1), 40)
    got = to_numpy(layer(padded, mask=mask))[:, :40]
    np.testing.assert_allclose(got, to_numpy(layer(LINEAR)), atol=DECIBEL_FLOAT32)


def test_description_is_in_decibels():
    layer = MagnitudeToDecibel(ref=0.1, amin=1e-5, learn="affine")
    with pytest.raises(ValueError, match="Call the layer once"):
        layer.describe()
    layer(LINEAR)
    layer.floor_db.assign(layer.floor_db + 3.0)
    table = layer.describe().table()
    expected = [[1.0, -20.0, -97.0, 1.0, -20.0, -100.0]] * 4
    np.testing.assert_allclose(table, expected, rtol=FLOAT32_SHORT)
    assert list(table)[:3] == list(WEIGHTS)
    assert len(PowerToDecibel().describe().table()) == 1


def test_bad_use_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"PowerToDecibel: `learn` must be one of"):
        PowerToDecibel(learn="bands")
    with pytest.raises(ValueError, match=r"MagnitudeToDecibel: `learn` .* number of bands"):
        MagnitudeToDecibel(learn="affine")(np.ones((2, 3), "float32"))
