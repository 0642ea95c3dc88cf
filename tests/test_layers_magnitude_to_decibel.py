"""What `MagnitudeToDecibel` promises beside what every layer does (`test_every_layer.py`)."""

from functools import partial

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import (
    MaskProbe,
    check_policies,
)
from tolerances import DECIBEL_FLOAT32, DECIBEL_STEP

from kapre_like.layers import MagnitudeToDecibel

pytestmark = pytest.mark.backends(full=True)

# 3 clips, 5 frames, 4 bins, 1 channel; each clip 10 times louder than the last.
LOUDER = (10.0 ** np.arange(3)).reshape(3, 1, 1, 1)
MAGNITUDE = (LOUDER * np.linspace(0.0, 1.0, 20).reshape(1, 5, 4, 1)).astype("float32")


@pytest.mark.parametrize("top_db", [None, 60.0])
def test_matches_librosa_one_clip_at_a_time(top_db):
    librosa = pytest.importorskip("librosa")
    got = to_numpy(MagnitudeToDecibel(top_db=top_db, amin=1e-5)(MAGNITUDE))
    for clip, db in zip(MAGNITUDE, got, strict=True):
        # 2-D and mono: librosa 0.11 takes one peak per array, later ones per (freq, time).
        expected = librosa.amplitude_to_db(clip[..., 0], ref=1.0, amin=1e-5, top_db=top_db)
        np.testing.assert_allclose(db[..., 0], expected, atol=DECIBEL_STEP)


def test_the_loudest_value_of_each_clip_is_0_db_if_ref_is_max():
    got = to_numpy(MagnitudeToDecibel(ref="max", top_db=30.0)(MAGNITUDE))
    np.testing.assert_allclose(got.max(axis=(1, 2, 3)), 0.0, atol=DECIBEL_STEP)
    np.testing.assert_allclose(got.min(axis=(1, 2, 3)), -30.0, atol=DECIBEL_STEP)


def test_padding_sets_no_peak_and_the_mask_goes_on():
    layer = MagnitudeToDecibel(ref="max", top_db=20.0)
    padded = np.concatenate([MAGNITUDE, 1e6 * np.ones_like(MAGNITUDE)], axis=1)
    mask = np.arange(10) < np.full((3, 1), 5)
    got = to_numpy(layer(padded, mask=mask))[:, :5]
    np.testing.assert_allclose(got, to_numpy(layer(MAGNITUDE)), atol=DECIBEL_FLOAT32)
    np.testing.assert_array_equal(to_numpy(MaskProbe()(layer(padded, mask=mask))), mask)


def test_every_policy_computes_in_float32():
    # float16 holds neither 1e-9 nor 1e6. The tolerance is half a step at 256 dB.
    batch = np.array([[0.0, 1e-9, 1e6]], "float32")[..., None, None]
    tolerance = {"float32": 0, "mixed_float16": 0.07, "mixed_bfloat16": 0.6, "float64": 1e-4}
    make = partial(MagnitudeToDecibel, amin=1e-10, top_db=None)
    check_policies(make, [batch], output="policy", atol=tolerance)


@pytest.mark.parametrize(
    "bad", [{"ref": 0.0}, {"ref": "mean"}, {"ref": None}, {"amin": -1e-5}, {"top_db": "80"}]
)
def test_bad_argument_is_named_in_the_error(bad):
    name, value = next(iter(bad.items()))
    with pytest.raises(ValueError, match=rf"`{name}` must be .* Received: {name}={value!r}"):
        MagnitudeToDecibel(**bad)


def test_integers_are_refused():
    with pytest.raises(ValueError, match="floating point"):
        MagnitudeToDecibel()(np.ones((1, 2), "int32"))
