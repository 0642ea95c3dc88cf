"""`GaborFrontEnd`: LEAF's formulas in NumPy, what only it promises."""

from functools import partial

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, gradient, quick, to_numpy
from layer_contract import (
    noise,
)
from tolerances import DECIMATED, FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

from kapre_like.layers import GaborFrontEnd
from kapre_like.ops.lowering import plain_operators

pytestmark = pytest.mark.backends(full=True)

RATE = 8000
SMALL = {
    "sample_rate": RATE, "n_filters": 5, "win_length": 101, "hop_length": 40,
    "fmin": 100.0, "fmax": 3800.0,
}  # fmt: skip


def leaf_energy(x, center, width, pooling, win_length, hop_length):
    """Squared modulus of complex Gabor filters, pooled: LEAF's equations 2 to 4."""
    t = np.arange(win_length) - win_length // 2

    def gauss(s):
        return np.exp(-(t**2) / (2 * s**2)) / (np.sqrt(2 * np.pi) * s)

    columns = []
    for eta, sigma, pool in zip(center, width, pooling, strict=True):
        y = np.convolve(x, gauss(sigma) * np.exp(1j * eta * t))
        y = y[win_length // 2 :][: len(x)]
        energy = np.convolve(np.abs(y) ** 2, gauss(pool * (win_length // 2)))
        columns.append(energy[win_length // 2 :][: len(x)][::hop_length])
    return np.stack(columns, axis=-1)


def leaf_pcen(energy, alpha=0.96, s=0.04, delta=2.0, root=2.0, floor=1e-12):
    """LEAF's equation 5; the average starts at the first frame."""
    smooth, out = energy[0], []
    for e in energy:
        smooth = (1 - s) * smooth + s * e
        out.append((e / (floor + smooth) ** alpha + delta) ** (1 / root) - delta ** (1 / root))
    return np.stack(out)


def signals(samples, rate):
    t = np.arange(samples) / rate
    rng = np.random.default_rng(0)
    # Pulses through a resonance, as a voice makes them: 120 a second, formant at 700 Hz.
    voice = np.convolve((np.arange(samples) % (rate // 120) == 0) * 1.0, np.exp(
        -60 * t[:400]) * np.sin(2 * np.pi * 700 * t[:400]))[:samples]  # fmt: skip
    return {
        "noise": 0.1 * rng.standard_normal(samples),
        "chirp": np.sin(2 * np.pi * (50 * t + 0.45 * rate / t[-1] * t**2 / 2)),
        "voice": voice,
    }


def energies(**arguments):
    return GaborFrontEnd(compression=None, **arguments)


def test_plain_operators_give_the_same():
    layer, x = GaborFrontEnd(**SMALL), noise(2, 300, 1)
    expected = to_numpy(layer(x))
    with plain_operators():
        np.testing.assert_allclose(to_numpy(layer(x)), expected, atol=FLOAT32)


@pytest.mark.parametrize("samples", [1600, 1611])
def test_direct_is_leaf(samples):
    layer = scaled(GaborFrontEnd(**SMALL, method="direct"))
    linear = scaled(energies(**SMALL, method="direct"))
    x = noise(2, samples, 1)
    got, energy = to_numpy(quick(layer)(x)), to_numpy(quick(linear)(x))
    numbers = [to_numpy(w) for w in linear.weights]
    expected = leaf_energy(x[1, :, 0].astype("float64"), *numbers, 101, 40)
    np.testing.assert_allclose(energy[1, :, :, 0], expected, atol=FLOAT32_LONG * expected.max())
    np.testing.assert_allclose(got[1, :, :, 0], leaf_pcen(expected), atol=FLOAT32_LONG)


@pytest.mark.parametrize("kind", ["noise", "chirp", "voice"])
def test_decimated_is_the_direct_formula_to_a_hundredth(kind):
    x = signals(16000, 16000)[kind]
    layer = energies(learn=None)
    got = to_numpy(quick(layer)(x[None, :, None].astype("float32")))[0, :, :, 0]
    numbers = [layer._initial[name] for name in ("center", "width", "pooling")]
    expected = leaf_energy(x, *numbers, 401, 160)
    np.testing.assert_allclose(got, expected, atol=DECIMATED * expected.max())


@pytest.mark.parametrize("hop_length", [37, 50, 7, 150])
def test_any_hop_will_do(hop_length):
    arguments = {**SMALL, "hop_length": hop_length, "learn": None}
    x = noise(1, 1000, 1)
    got = to_numpy(quick(energies(**arguments))(x))
    expected = to_numpy(quick(energies(**arguments, method="direct"))(x))
    np.testing.assert_allclose(got, expected, atol=DECIMATED * expected.max())


def faint_and_loud(samples, rate):
    """Beside one tone, and after silence, filters have next to nothing, which counts too."""
    t = np.arange(samples) / rate
    rng = np.random.default_rng(0)
    tones = [0.5 * np.sin(2 * np.pi * hz * t) for hz in (100, 300, 777, 1000, 2000, 4000, 6000)]
    later = t > t[-1] / 2
    onsets = [later * 0.1 * rng.standard_normal(samples), later * np.sin(2 * np.pi * 800 * t)]
    voice = signals(samples, rate)["voice"]
    return np.stack([*tones, *onsets, voice])[..., None].astype("float32")


@pytest.mark.parametrize("compression", ["log", "pcen"])
def test_what_is_compressed_is_the_direct_formula_to_a_hundredth(compression):
    x = faint_and_loud(8000, 16000)
    make = partial(GaborFrontEnd, compression=compression)
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
    "factors", [{"width": 0.92, "center": 0.5}, {"pooling": 0.5}, {"width": 0.3},
                {"width": 2.0}, {"pooling": 0.05}]
)  # fmt: skip
def test_trained_filters_stay_near_the_direct_formula(factors):
    x = signals(2000, RATE)["voice"][None, :, None].astype("float32")
    got = to_numpy(quick(scaled(energies(**SMALL), **factors))(x))
    direct = scaled(energies(**SMALL, method="direct"), **factors)
    expected = to_numpy(quick(direct)(x))
    np.testing.assert_allclose(got, expected, atol=DECIMATED * expected.max())


@pytest.mark.skipif(BACKEND != "tensorflow", reason="one backend's tape is enough")
def test_weights_get_the_gradients_of_the_direct_formula():
    import tensorflow as tf

    x = signals(2000, RATE)["noise"][None, :, None].astype("float32")
    found = []
    for method in ("decimated", "direct"):
        layer = GaborFrontEnd(**SMALL, method=method)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(layer(x)))
        found.append([to_numpy(g) for g in tape.gradient(loss, layer.trainable_variables)])
    for got, expected in zip(*found, strict=True):
        # A few percent: aliasing is 1e-2 of the energies.
        np.testing.assert_allclose(got, expected, atol=0.05 * np.abs(expected).max())


def test_the_waveform_gets_the_gradient_of_the_direct_formula():
    x = signals(800, RATE)["noise"][None, :, None].astype("float32")
    got = gradient(energies(**SMALL, learn=None), x)
    expected = gradient(energies(**SMALL, learn=None, method="direct"), x)
    # Relative to the loudest sample; the end of a clip is a step's width off.
    error = np.abs(got - expected)[0, 50:-50] / np.abs(expected).max()
    assert error.max() < 0.1
    assert np.sqrt((error**2).mean()) < 0.02


@pytest.mark.parametrize("learn", [None, "bands"])
def test_a_learned_layer_starts_equal_to_the_fixed_one(learn):
    x = noise(2, 600, 1)
    got = to_numpy(GaborFrontEnd(**SMALL, learn=learn)(x))
    expected = to_numpy(GaborFrontEnd(**SMALL)(x))
    np.testing.assert_allclose(got, expected, atol=FLOAT32)


def test_describe_has_the_learned_values():
    layer = GaborFrontEnd()
    described = layer.describe()
    np.testing.assert_array_equal(described.now["center_hz"], described.initial["center_hz"])
    np.testing.assert_allclose(described.now["pooling_ms"], 5.0)  # 0.4 * 200 samples
    scaled(layer, center=0.9, width=0.5, pooling=1.25)
    now, first = layer.describe().now, layer.describe().initial
    np.testing.assert_allclose(now["center_hz"], 0.9 * first["center_hz"], rtol=FLOAT32_SHORT)
    np.testing.assert_allclose(
        now["bandwidth_hz"], 2 * first["bandwidth_hz"], rtol=FLOAT32_SHORT
    )
    np.testing.assert_allclose(now["pooling_ms"], 6.25, rtol=FLOAT32_SHORT)
    assert list(layer.describe().table())[:3] == ["center_hz", "bandwidth_hz", "pooling_ms"]


def test_the_described_bandwidth_is_the_response_s():
    layer = energies(method="direct", learn=None, win_length=1001, n_filters=8)
    row = layer.describe().table().iloc[5]
    t = np.arange(4000) / 16000
    hz = [row.center_hz, row.center_hz + row.bandwidth_hz / 2]
    x = np.sin(2 * np.pi * np.array(hz)[:, None] * t)[..., None].astype("float32")
    middle, edge = to_numpy(layer(x))[:, 12, 5, 0]
    np.testing.assert_allclose(edge, middle / 4, rtol=0.02)  # half the amplitude


def test_constraints_keep_the_weights_in_range():
    layer = scaled(GaborFrontEnd(**SMALL), center=-1.0, width=100.0, pooling=9.0, root=0.1)
    for weight in layer.weights:
        weight.assign(weight.constraint(weight))
    center, width, pooling, *_, root = (to_numpy(w) for w in layer.weights)
    assert (center == 0).all()
    np.testing.assert_allclose(width, 101 * np.sqrt(2 * np.log(2)) / np.pi, rtol=FLOAT32_SHORT)
    assert (pooling == 0.5).all()
    assert (root == 1).all()


def test_frame_lengths_count_the_valid_frames():
    got = GaborFrontEnd(**SMALL).frame_lengths(np.array([0, 1, 40, 41, 80]))
    np.testing.assert_array_equal(to_numpy(got), [1, 1, 1, 2, 2])


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"n_filters": 0}, "an int > 0"),
        ({"win_length": 400}, "an odd int > 1"),
        ({"win_length": 1}, "an odd int > 1"),
        ({"hop_length": 2.5}, "an int > 0"),
        ({"sample_rate": "16k"}, "a number > 0"),
        ({"fmin": 3900}, "below fmax"),
        ({"fmax": 4001}, "at most half"),
        ({"compression": "decibel"}, "one of"),
        ({"eps": 0}, "a number > 0"),
        ({"learn": "kernels"}, "one of"),
        ({"method": "fft"}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"GaborFrontEnd: `{name}` must be {rule}.*{name}="):
        GaborFrontEnd(**{**SMALL, **bad})


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"expects \(batch, samples, channels\)"):
        GaborFrontEnd(**SMALL)(np.zeros((2, 40), "float32"))
    with pytest.raises(ValueError, match=r"floating point.*int16"):
        GaborFrontEnd(**SMALL)(keras.Input((40, 1), dtype="int16"))


@pytest.mark.skipif(BACKEND != "tensorflow", reason="branches of a tf.function")
@pytest.mark.slow
def test_learns_in_a_graph_whatever_the_batch():
    import tensorflow as tf

    layer = GaborFrontEnd(n_filters=4, win_length=101, hop_length=160)
    layer.build((None, None, 1))

    @tf.function(input_signature=[tf.TensorSpec((None, None, 1))])
    def slope(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(layer(x) ** 2)
        return tape.gradient(loss, layer.center_weight.value)

    for clips in (1, 3, 16):
        assert np.isfinite(to_numpy(slope(noise(clips, 2000, 1)))).all()
