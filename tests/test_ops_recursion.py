"""The recursion in blocks against a loop in float64: lengths, coefficients, gradients."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, compiled, gradient, to_numpy
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.ops.pcen import first_order

pytestmark = pytest.mark.backends(full=True)

PER_BAND = np.array([0.5, 0.999, 0.0], "float32")


def loop(x, decay, state):
    x, y = x.astype("float64"), np.zeros(x.shape)
    state = np.broadcast_to(state, (*x.shape[:2], x.shape[3])).astype("float64")
    for step in range(x.shape[2]):
        state = np.asarray(decay, "float64") * state + x[:, :, step]
        y[:, :, step] = state
    return y, state


def noise(steps, seed=0):
    return np.random.default_rng(seed).random((2, 2, steps, 3)).astype("float32")


@pytest.mark.parametrize("decay", [0.95, 0.0, 1.0, PER_BAND], ids=str)
def test_it_is_the_loop_at_every_length(decay):
    # Around a block of 64 and a block of blocks of 4096.
    for steps in (0, 1, 2, 63, 64, 65, 200) if BACKEND == "jax" else (0, 1, 64, 65, 4097, 9000):
        x, state = noise(steps), noise(1, seed=1)[:, :, 0]
        got, last = first_order(
            keras.ops.convert_to_tensor(x), decay=decay, gain=1.0, state=state
        )
        expected, expected_last = loop(x, decay, state)
        # Sums of positive float32 numbers: 2e-6 is 17 steps of rounding.
        np.testing.assert_allclose(to_numpy(got), expected, rtol=2e-6, atol=FLOAT32_SHORT)
        np.testing.assert_allclose(to_numpy(last), expected_last, rtol=2e-6, atol=FLOAT32_SHORT)


def test_float64_is_kept():
    if BACKEND == "jax":
        pytest.skip("JAX computes in float64 only if the whole process is told to")
    x = noise(300).astype("float64")
    for decay in (0.97, PER_BAND.astype("float64")):
        got, _ = first_order(keras.ops.convert_to_tensor(x), decay=decay, gain=1.0, state=0.0)
        np.testing.assert_allclose(to_numpy(got), loop(x, decay, 0.0)[0], rtol=1e-13)


def test_pieces_with_carried_state_are_the_whole():
    x = keras.ops.convert_to_tensor(noise(150))
    whole, last = first_order(x, decay=0.9, gain=1.0, state=2.0)
    parts, state = [], 2.0
    for start, stop in ((0, 1), (1, 70), (70, 70), (70, 150)):
        part, state = first_order(x[:, :, start:stop], decay=0.9, gain=1.0, state=state)
        parts.append(to_numpy(part))
    np.testing.assert_allclose(
        np.concatenate(parts, axis=2), to_numpy(whole), rtol=FLOAT32_SHORT
    )
    np.testing.assert_allclose(to_numpy(state), to_numpy(last), rtol=FLOAT32_SHORT)


@pytest.mark.parametrize("steps", [5, 150])
def test_gradients_are_those_of_the_loop(steps):
    x, weight = noise(steps), noise(steps, seed=2)

    def loss(x, decay, state):
        return keras.ops.multiply(first_order(x, decay=decay, gain=1.0, state=state)[0], weight)

    decay = np.array([0.3, 0.9, 0.0], "float32")
    tensor = keras.ops.convert_to_tensor(x)
    got = gradient(lambda d: loss(tensor, d, 1.0), decay)
    for band in range(3):
        step = 1e-5 * np.eye(3)[band]
        above, below = ((loop(x, decay + s, 1.0)[0] * weight).sum() for s in (step, -step))
        # A gradient in float32; the difference quotient is float64.
        np.testing.assert_allclose(got[band], (above - below) / 2e-5, rtol=1e-3)
    by_x = gradient(lambda value: loss(value, decay, 1.0), x)
    backwards, _ = loop(weight[:, :, ::-1], decay, 0.0)
    np.testing.assert_allclose(by_x, backwards[:, :, ::-1], rtol=FLOAT32, atol=FLOAT32)


@pytest.mark.parametrize("decay", [0.9, PER_BAND], ids=str)
def test_one_program_for_every_length(decay):
    x = noise(300)
    expected = loop(x, decay, 1.0)[0]
    function = compiled(lambda x: first_order(x, decay=decay, gain=1.0, state=1.0)[0])
    np.testing.assert_allclose(to_numpy(function(x)), expected, rtol=2e-6)
    if BACKEND == "tensorflow":
        import tensorflow as tf

        for jit in (True, False):
            dynamic = tf.function(
                lambda x: first_order(x, decay=decay, gain=1.0, state=1.0),
                input_signature=[tf.TensorSpec([None, None, None, 3])],
                jit_compile=jit,
            )
            for steps in (0, 1, 65, 300):
                got, last = dynamic(x[:, :, :steps])
                np.testing.assert_allclose(to_numpy(got), expected[:, :, :steps], rtol=2e-6)
                assert last.shape == (2, 2, 3)
