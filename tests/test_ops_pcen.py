"""PCEN against librosa in float64, LEAF's recursion, pieces, limits and silence."""

import keras
import numpy as np
import pytest
from backend_tools import gradient, to_numpy
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

from kapre_like.ops.pcen import first_frame, pcen

pytestmark = pytest.mark.backends(full=True)

ENERGY = (10 ** np.random.default_rng(0).uniform(-3, 6, (2, 1, 150, 4))).astype("float32")
FIXED = {"gain": 0.98, "bias": 2.0, "power": 0.5, "smoothing": 0.05, "eps": 1e-6}


def of(x, **arguments):
    return to_numpy(
        pcen(keras.ops.convert_to_tensor(x), **{**FIXED, "state": 1.0, **arguments})[0]
    )


@pytest.mark.parametrize("change", [{}, {"bias": 0}, {"power": 0}, {"gain": 0}], ids=str)
def test_it_is_librosas(change):
    librosa = pytest.importorskip("librosa")
    got = of(ENERGY, **change)
    arguments = {**FIXED, **change}
    expected = librosa.pcen(
        ENERGY.astype("float64"), b=arguments.pop("smoothing"), axis=2, **arguments
    )
    # A power of numbers up to 1e6 in float32; 1e-5 relative to each value.
    np.testing.assert_allclose(got, expected, rtol=FLOAT32, atol=FLOAT32_SHORT)


def test_it_is_leafs_with_its_start_and_its_numbers():
    alpha, smooth, delta, root, floor = 0.96, 0.04, 2.0, 2.0, 1e-12
    x, m = ENERGY.astype("float64"), ENERGY[:, :, 0].astype("float64")
    expected = np.zeros_like(x)
    for t in range(x.shape[2]):
        m = smooth * x[:, :, t] + (1 - smooth) * m
        level = (floor + m) ** alpha
        expected[:, :, t] = (x[:, :, t] / level + delta) ** (1 / root) - delta ** (1 / root)
    tensor = keras.ops.convert_to_tensor(ENERGY)
    bands = {
        name: keras.ops.full((4,), value, "float32")
        for name, value in (
            ("gain", alpha), ("bias", delta), ("power", 1 / root), ("smoothing", smooth),
        )
    }  # fmt: skip
    got, _ = pcen(tensor, **bands, eps=floor, state=first_frame(tensor))
    np.testing.assert_allclose(to_numpy(got), expected, rtol=FLOAT32, atol=FLOAT32_SHORT)


def test_pieces_with_carried_state_are_the_whole():
    whole, parts, state = of(ENERGY), [], 1.0
    for start, stop in ((0, 1), (1, 1), (1, 80), (80, 150)):
        piece = keras.ops.convert_to_tensor(ENERGY[:, :, start:stop])
        part, state = pcen(piece, **FIXED, state=state)
        parts.append(to_numpy(part))
    np.testing.assert_allclose(np.concatenate(parts, axis=2), whole, rtol=FLOAT32)


@pytest.mark.parametrize("change", [{}, {"bias": 0}, {"power": 0}, {"smoothing": 1.0}], ids=str)
def test_silence_is_0_with_a_finite_gradient(change):
    silence = np.zeros((1, 1, 70, 2), "float32")
    np.testing.assert_array_equal(of(silence, **change), 0.0)
    for start in (lambda x: 1.0, first_frame):
        slope = gradient(
            lambda x, f=start: pcen(x, **{**FIXED, **change}, state=f(x))[0], silence
        )
        assert np.isfinite(slope).all()


def test_no_frames_have_a_first_frame_of_0():
    np.testing.assert_array_equal(to_numpy(first_frame(np.zeros((2, 1, 0, 3), "float32"))), 0)
    assert of(ENERGY[:, :, :0]).shape == (2, 1, 0, 4)


def in_float64(x, gain, bias, power, smoothing):
    """The formula of `pcen`, frame by frame, from the state 1."""
    m, y = np.ones((*x.shape[:2], x.shape[3])), np.zeros(x.shape)
    for t in range(x.shape[2]):
        m = (1 - smoothing) * m + smoothing * x[:, :, t]
        y[:, :, t] = (x[:, :, t] / (1e-6 + m) ** gain + bias) ** power - bias**power
    return y


@pytest.mark.parametrize("name", ["gain", "bias", "power", "smoothing"])
def test_what_is_learned_has_the_gradient_of_the_formula(name):
    x = ENERGY[:, :, :70].astype("float64")
    weight = np.random.default_rng(1).random(x.shape)
    values = {
        "gain": [0.98, 0.5, 1.0, 0.7], "bias": [2.0, 0.1, 1.0, 8.0],
        "power": [0.5, 0.9, 0.1, 0.3], "smoothing": [0.05, 0.9, 0.01, 0.3],
    }  # fmt: skip
    values = {key: np.array(value) for key, value in values.items()}

    def moved(by):
        return (in_float64(x, **{**values, name: values[name] + by}) * weight).sum((0, 1, 2))

    def ours(value):
        tensors = {k: keras.ops.convert_to_tensor(v, "float32") for k, v in values.items()}
        energy = keras.ops.convert_to_tensor(x, "float32")
        y, _ = pcen(energy, **{**tensors, name: value}, eps=1e-6, state=1.0)
        return y * keras.ops.convert_to_tensor(weight, "float32")

    got = gradient(ours, values[name].astype("float32"))
    # The slopes of powers of numbers up to 1e6, in float32.
    np.testing.assert_allclose(got, (moved(1e-6) - moved(-1e-6)) / 2e-6, rtol=1e-4)


def test_the_input_has_the_same_gradient_whether_bands_are_learned_or_not():
    numbers = {**FIXED, "power": 0.4}
    learned = {
        name: keras.ops.full((4,), value, "float32")
        for name, value in numbers.items() if name != "eps"
    }  # fmt: skip
    slopes = [
        gradient(lambda x, v=values: pcen(x, **v, eps=1e-6, state=1.0)[0], ENERGY)
        for values in (learned, {name: numbers[name] for name in learned})
    ]
    np.testing.assert_allclose(*slopes, rtol=FLOAT32_LONG, atol=FLOAT32_SHORT)
