"""`PCEN`: librosa, LEAF's numbers, pieces and what it learns."""

import keras
import numpy as np
import pytest
from backend_tools import quick, to_numpy
from layer_contract import (
    noise,
)
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.layers.pcen import PCEN

pytestmark = pytest.mark.backends(full=True)

RATE = {"sample_rate": 8000, "hop_length": 80}
ENERGY = np.abs(noise(3, 70, 5, 2)) * 1e4


@pytest.mark.parametrize(
    "arguments",
    [{}, {"gain": 0.5, "bias": 10.0, "power": 0.25, "time_constant": 0.06, "eps": 1e-3},
     {"power": 0.0}, {"bias": 0.0}, {"smoothing": 0.3}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("scale", [1.0, 2.0**31])
def test_it_is_librosas(arguments, scale):
    librosa = pytest.importorskip("librosa")
    got = to_numpy(PCEN(**RATE, **arguments, scale=scale)(ENERGY))
    theirs = {("b" if k == "smoothing" else k): v for k, v in arguments.items()}
    expected = librosa.pcen(
        ENERGY.astype("float64") * scale, sr=8000, hop_length=80, axis=1, **theirs
    )
    # Roots and logarithms of numbers up to 1e13 in float32.
    np.testing.assert_allclose(got, expected, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("start", ["one", "first"])
@pytest.mark.parametrize("power", [0.5, 1.0])
def test_a_learned_layer_starts_equal_to_the_fixed_one(start, power):
    arguments = {**RATE, "start": start, "power": power, "gain": 1.0}
    fixed, learned = PCEN(**arguments), PCEN(**arguments, learn="bands")
    np.testing.assert_allclose(
        to_numpy(learned(ENERGY)), to_numpy(fixed(ENERGY)), rtol=FLOAT32, atol=FLOAT32_SHORT
    )


def test_masked_frames_have_no_influence():
    mask = np.arange(70) < np.array([[70], [30], [1]])
    junk = np.where(mask[..., None, None], ENERGY, np.nan).astype("float32")
    got, expected = PCEN(**RATE)(junk, mask=mask), PCEN(**RATE)(ENERGY)
    for clip, frames in enumerate((70, 30, 1)):
        np.testing.assert_allclose(
            to_numpy(got)[clip, :frames], to_numpy(expected)[clip, :frames], rtol=FLOAT32_SHORT
        )
    assert np.isfinite(to_numpy(got)).all()


@pytest.mark.parametrize("start", ["one", "first"])
def test_pieces_are_the_whole(start):
    layer = PCEN(**RATE, start=start, learn="bands")
    whole, parts, state = to_numpy(layer(ENERGY)), [], None
    for first, last in ((0, 3), (3, 4), (4, 68), (68, 70)):
        part, state = layer.stream(ENERGY[:, first:last], state)
        parts.append(to_numpy(part))
    np.testing.assert_allclose(
        np.concatenate(parts, axis=1), whole, rtol=FLOAT32, atol=FLOAT32_SHORT
    )


def test_frames_may_be_none_and_their_number_unknown():
    layer = PCEN(**RATE, learn="bands")
    model = keras.Model(x := keras.Input((None, 5, 2)), layer(x))
    for frames in (0, 1, 64, 65):
        assert quick(model)(ENERGY[:, :1].repeat(frames, axis=1)).shape == (3, frames, 5, 2)


def test_describe_has_seconds_now_and_before():
    layer = PCEN(**RATE, time_constant=0.2, learn="bands")
    with pytest.raises(ValueError, match="Call the layer once"):
        layer.describe()
    layer(ENERGY)
    layer.smoothing_weight.assign(layer.smoothing_weight * 2)
    table = layer.describe().table()
    np.testing.assert_allclose(table["initial_time_constant_s"], 0.2, rtol=FLOAT32_SHORT)
    assert (table["time_constant_s"] < 0.12).all()
    np.testing.assert_allclose(table[["gain", "bias", "power"]], [[0.98, 2.0, 0.5]] * 5)
    fixed = PCEN(**RATE)
    fixed(ENERGY)
    np.testing.assert_allclose(fixed.describe().now["time_constant_s"], [0.4] * 5)


def test_training_keeps_every_weight_in_its_range():
    layer = PCEN(**RATE, learn="bands")
    model = keras.Sequential([layer])
    model.compile(optimizer=keras.optimizers.SGD(1e3), loss="mse")
    for target in (1e3, -1e3):
        model.train_on_batch(ENERGY, np.full_like(ENERGY, target))
        assert np.isfinite(to_numpy(model(ENERGY))).all()
        low, high = (0, 1e-3, 1e-2, 1e-4), (1, np.inf, 1, 1)
        for weight, least, most in zip(layer.weights, low, high, strict=True):
            clipped = np.clip(to_numpy(weight), np.float32(least), np.float32(most))
            np.testing.assert_array_equal(to_numpy(weight), clipped)


@pytest.mark.parametrize(
    "bad",
    [{"sample_rate": 0}, {"hop_length": 1.5}, {"gain": -1}, {"bias": "2"}, {"power": None},
     {"time_constant": 0}, {"smoothing": 1.5}, {"eps": 0}, {"scale": -1}, {"start": "zero"},
     {"learn": True}],
    ids=str,
)  # fmt: skip
def test_bad_argument_is_named_in_the_error(bad):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"PCEN: `{name}` must be .* Received: {name}="):
        PCEN(**bad)


def test_bad_use_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"`power` must be a number > 0"):
        PCEN(power=0.0, learn="bands")
    with pytest.raises(ValueError, match=r"known number of bands"):
        PCEN(learn="bands")(keras.Input((None, None, 1)))
    with pytest.raises(ValueError, match=r"expects \(batch, frames, freqs, channels\)"):
        PCEN()(ENERGY[0])
    with pytest.raises(ValueError, match="floating point"):
        PCEN()(ENERGY.astype("int32"))
