"""`SincFrontEnd`: SincNet's formula in NumPy, what only it promises."""

from functools import partial

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, quick, to_numpy
from layer_contract import (
    check_compiled,
    noise,
)
from tolerances import DECIMATED, FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

from kapre_like.layers import SincFrontEnd
from kapre_like.ops.lowering import plain_operators

pytestmark = pytest.mark.backends(full=True)

RATE = 8000
SMALL = {
    "sample_rate": RATE, "n_filters": 5, "win_length": 101, "pool_length": 161,
    "hop_length": 40,
}  # fmt: skip
RAW = {"pooling": None, "compression": None}


def sinc_filters(low, band, win_length):
    """Differences of two sincs over twice the bandwidth, under a Hamming window."""
    t = np.arange(win_length) - win_length // 2
    low, high = low[:, None] / (2 * np.pi), np.minimum(low + band, np.pi)[:, None] / (2 * np.pi)
    both = 2 * high * np.sinc(2 * high * t) - 2 * low * np.sinc(2 * low * t)
    return both / (2 * (high - low)) * np.hamming(win_length)


def outputs(x, kernels):
    side = kernels.shape[1] // 2
    return np.stack([np.convolve(x, h)[side : side + len(x)] for h in kernels], axis=-1)


def pooled(y, width, pool_length, hop_length):
    t = np.arange(pool_length) - pool_length // 2
    window = np.exp(-(t**2) / (2 * width**2)) / (np.sqrt(2 * np.pi) * width)
    side = pool_length // 2
    energy = [np.convolve(column, window)[side : side + len(y)] for column in (y**2).T]
    return np.stack(energy, axis=-1)[::hop_length]


def kernels_of(layer):
    return sinc_filters(layer._initial["low"], layer._initial["band"], layer.win_length)


def signals(samples):
    t = np.arange(samples) / 16000
    rng = np.random.default_rng(0)
    pulses = (np.arange(samples) % 133 == 0) * 1.0
    formant = np.exp(-60 * t[:800]) * np.sin(2 * np.pi * 700 * t[:800])
    return {
        "noise": 0.1 * rng.standard_normal(samples),
        "chirp": np.sin(2 * np.pi * (50 * t + 7000 / t[-1] * t**2 / 2)),
        "voice": np.convolve(pulses, formant)[:samples],
    }


@pytest.mark.parametrize("arguments", [{"compression": None}, RAW])
def test_compiled_equals_eager_and_plain_operators(arguments):
    make, x = partial(SincFrontEnd, **SMALL, **arguments), noise(2, 300, 1)
    check_compiled(make, x, atol=FLOAT32_LONG)
    expected = to_numpy(make()(x))
    with plain_operators():
        np.testing.assert_allclose(to_numpy(make()(x)), expected, atol=FLOAT32)


@pytest.mark.parametrize("samples", [1600, 1611])
def test_filters_are_sincnet_s(samples):
    layer, x = SincFrontEnd(**SMALL, **RAW), noise(2, samples, 1)
    got = to_numpy(layer(x))[1, :, :, 0]
    expected = outputs(x[1, :, 0].astype("float64"), kernels_of(layer))[::40]
    np.testing.assert_allclose(got, expected, atol=FLOAT32_LONG * np.abs(expected).max())


def test_direct_is_the_pooled_square_of_the_filters():
    layer, x = SincFrontEnd(**SMALL, method="direct"), noise(2, 1611, 1)
    y = outputs(x[1, :, 0].astype("float64"), kernels_of(layer))
    expected = pooled(y, 0.4 * 80, 161, 40)
    got = np.exp(to_numpy(layer(x))[1, :, :, 0])
    np.testing.assert_allclose(got, expected, atol=FLOAT32_LONG * expected.max())


@pytest.mark.parametrize("kind", ["noise", "chirp", "voice"])
def test_decimated_is_the_direct_formula_to_a_hundredth(kind):
    x = signals(16000)[kind]
    layer = SincFrontEnd(compression=None, learn=None)
    got = to_numpy(quick(layer)(x[None, :, None].astype("float32")))[0, :, :, 0]
    expected = pooled(outputs(x, kernels_of(layer)), 80.0, 401, 160)
    np.testing.assert_allclose(got, expected, atol=DECIMATED * expected.max())


def faint_and_loud(samples, rate):
    """Beside one tone, and after silence, filters have next to nothing, which counts too."""
    t = np.arange(samples) / rate
    rng = np.random.default_rng(0)
    tones = [0.5 * np.sin(2 * np.pi * hz * t) for hz in (100, 300, 777, 1000, 2000, 4000, 6000)]
    later = t > t[-1] / 2
    onsets = [later * 0.1 * rng.standard_normal(samples), later * np.sin(2 * np.pi * 800 * t)]
    voice = signals(samples)["voice"]
    return np.stack([*tones, *onsets, voice])[..., None].astype("float32")


@pytest.mark.parametrize("compression", ["log", "pcen"])
def test_what_is_compressed_is_the_direct_formula_to_a_hundredth(compression):
    x = faint_and_loud(8000, 16000)
    make = partial(SincFrontEnd, compression=compression)
    got = to_numpy(quick(make())(x))
    expected = to_numpy(quick(make(method="direct", learn=None))(x))
    for clip, own in zip(got, expected, strict=True):
        np.testing.assert_allclose(clip, own, atol=DECIMATED * np.ptp(own))


def scaled(layer, **factors):
    """The layer with some weights multiplied, as if trained."""
    layer.build((None, None, 1))
    for weight in layer.weights:
        weight.assign(to_numpy(weight) * factors.get(weight.name, 1.0))
    return layer


@pytest.mark.parametrize(
    "factors", [{"band": 1.05, "low": 0.7}, {"pooling": 0.6}, {"band": 4.0}, {"pooling": 0.05}]
)
def test_trained_filters_stay_near_the_direct_formula(factors):
    x = signals(2000)["voice"][None, :, None].astype("float32")
    make = partial(SincFrontEnd, **SMALL, compression=None)
    got = to_numpy(quick(scaled(make(), **factors))(x))
    expected = to_numpy(quick(scaled(make(method="direct"), **factors))(x))
    np.testing.assert_allclose(got, expected, atol=DECIMATED * expected.max())


@pytest.mark.skipif(BACKEND != "tensorflow", reason="one backend's tape is enough")
def test_weights_get_the_gradients_of_the_direct_formula():
    import tensorflow as tf

    x = signals(2000)["noise"][None, :, None].astype("float32")
    found = []
    for method in ("decimated", "direct"):
        layer = SincFrontEnd(**SMALL, method=method)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(layer(x)))
        found.append([to_numpy(g) for g in tape.gradient(loss, layer.trainable_variables)])
    for got, expected in zip(*found, strict=True):
        # A few percent: aliasing is 1e-2 of the energies.
        np.testing.assert_allclose(got, expected, atol=0.05 * np.abs(expected).max())


@pytest.mark.parametrize("learn", [None, "bands"])
def test_a_learned_layer_starts_equal_to_the_fixed_one(learn):
    x = noise(2, 600, 1)
    got = to_numpy(SincFrontEnd(**SMALL, learn=learn)(x))
    expected = to_numpy(SincFrontEnd(**SMALL)(x))
    np.testing.assert_allclose(got, expected, atol=FLOAT32)


def test_describe_has_the_learned_values():
    layer = SincFrontEnd(min_band_hz=10.0)
    corners = 700 * (10 ** (np.linspace(*2595 * np.log10(1 + np.array([30, 7940]) / 700), 41)
                            / 2595) - 1)  # fmt: skip
    first = layer.describe().initial
    np.testing.assert_allclose(first["bandwidth_hz"], np.diff(corners))
    np.testing.assert_allclose(first["center_hz"][2:], (corners[1:] + corners[:-1])[2:] / 2)
    scaled(layer, band=2.0, pooling=1.25)
    now = layer.describe().now
    np.testing.assert_allclose(
        now["bandwidth_hz"][:-1], 2 * first["bandwidth_hz"][:-1], rtol=FLOAT32
    )
    np.testing.assert_allclose(now["pooling_ms"], 6.25, rtol=FLOAT32_SHORT)
    # The last filter ends at half the rate.
    np.testing.assert_allclose(now["center_hz"][-1] + now["bandwidth_hz"][-1] / 2, 8000)
    assert list(SincFrontEnd(**SMALL, **RAW).describe().now) == ["center_hz", "bandwidth_hz"]


def test_constraints_keep_the_weights_in_range():
    layer = scaled(SincFrontEnd(), low=-1.0, band=0.0)
    low, band, _ = (to_numpy(w.constraint(w)) for w in layer.weights)
    np.testing.assert_allclose(low, 50 * 2 * np.pi / 16000, rtol=FLOAT32_SHORT)
    np.testing.assert_allclose(band, 50 * 2 * np.pi / 16000, rtol=FLOAT32_SHORT)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"n_filters": 0}, "an int > 0"),
        ({"win_length": 250}, "an odd int > 1"),
        ({"pool_length": 400}, "an odd int > 1"),
        ({"hop_length": 0}, "an int > 0"),
        ({"min_low_hz": 0}, "a number > 0"),
        ({"min_band_hz": 4000.0}, "so small"),
        ({"fmin": 3999.0}, "below fmax"),
        ({"fmax": 4001}, "at most half"),
        ({"pooling": "max"}, "one of"),
        ({"compression": "decibel"}, "one of"),
        ({"compression": "log", "pooling": None}, "None if pooling=None"),
        ({"learn": "kernels"}, "one of"),
        ({"method": "fft"}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"SincFrontEnd: `{name}` must be {rule}.*{name}="):
        SincFrontEnd(**{**SMALL, **bad})


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"expects \(batch, samples, channels\)"):
        SincFrontEnd(**SMALL)(np.zeros((2, 40), "float32"))
    with pytest.raises(ValueError, match=r"floating point.*int16"):
        SincFrontEnd(**SMALL)(keras.Input((40, 1), dtype="int16"))
