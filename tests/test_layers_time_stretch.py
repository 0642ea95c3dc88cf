"""`TimeStretch`: librosa's phase vocoder."""

import math

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, gradient, quick, to_numpy
from layer_contract import (
    check_gradient,
    noise,
)
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

from kapre_like.layers import STFT, InverseSTFT, TimeStretch
from kapre_like.ops.lowering import plain_operators
from kapre_like.ops.time_stretch import as_fraction, divide

pytestmark = pytest.mark.backends(full=True)

SMALL = {"n_fft": 16, "hop_length": 5}
PAIRS = noise(3, 7, 9, 2, 2)


@pytest.mark.parametrize("rate", [1.0, 1.3, 0.37, 5])
def test_declared_shapes_are_right_for_every_number_of_frames(rate):
    layer = TimeStretch(**SMALL, rate=rate)
    unknown = keras.Input((None, 9, 1, 2))
    model = quick(keras.Model(unknown, layer(unknown)))
    for frames in (0, 1, 2, 9, 10):
        x = noise(2, frames, 9, 1, 2)
        expected = layer.compute_output_shape(x.shape)
        assert expected[1] == math.ceil(frames / rate)
        alone, dynamic = to_numpy(quick(layer)(x)), to_numpy(model(x))
        assert alone.shape == dynamic.shape == expected
        np.testing.assert_allclose(alone, dynamic, atol=FLOAT32_SHORT)


@pytest.mark.parametrize("rate", [1.0, 0.8, 1.25, 1.1, 0.7, 2, math.pi, 1 / 3])
@pytest.mark.parametrize("n_fft", [16, 15])
def test_it_is_librosas_phase_vocoder(rate, n_fft):
    librosa = pytest.importorskip("librosa")
    x = noise(1, 2000, 1)
    spectrum = to_numpy(STFT(n_fft=n_fft, hop_length=4)(x))
    got = to_numpy(TimeStretch(rate=rate, n_fft=n_fft, hop_length=4)(spectrum))
    reference = librosa.phase_vocoder(
        spectrum[0, :, :, 0].T.astype("complex128"), rate=rate, hop_length=4, n_fft=n_fft
    ).T
    # 1e-4 of the peak, over 500 frames of summed phases.
    atol = 1e-4 * np.abs(reference).max()
    np.testing.assert_allclose(got[0, :, :, 0], reference, atol=atol)


@pytest.mark.parametrize("frames", [21, 42, 161])
def test_a_last_frame_that_rounding_puts_on_the_end_is_silent(frames):
    # 42 / 0.7 is above 60 in float64, and 60 * 0.7 is 42: librosa has a 61st frame, of zeros.
    got = to_numpy(TimeStretch(rate=0.7, n_fft=16)(noise(1, frames, 9, 1, 2)))
    assert got.shape[1] == math.ceil(frames / 0.7)
    assert got[:, -2].any()
    assert not got[:, -1].any()


def test_a_long_clip_keeps_its_phase():
    # A steady turn of 0.45 per frame: a float32 sum would be off by 0.003 at the end.
    frames = 20000
    turn = np.exp(2j * np.pi * 0.45 * np.arange(frames)).astype("complex64")
    x = np.broadcast_to(turn[None, :, None, None], (1, frames, 2, 1))
    got = to_numpy(TimeStretch(rate=1.0, n_fft=2)(x))
    np.testing.assert_allclose(got, x, atol=FLOAT32_LONG)


def test_a_sine_keeps_its_pitch_at_its_new_length():
    rate, hop, hz = 8000, 64, 500
    x = np.sin(2 * np.pi * hz / rate * np.arange(8000)).astype("float32")[None, :, None]
    arguments = {"n_fft": 256, "hop_length": hop}
    layers = [STFT(**arguments), TimeStretch(rate=0.5, **arguments), InverseSTFT(**arguments)]
    got = to_numpy(keras.Sequential(layers)(x))[0, 2000:-2000, 0]
    assert abs(len(got) + 4000 - 16000) < 2 * hop
    spectrum = np.abs(np.fft.rfft(got * np.hanning(len(got))))
    assert abs(np.argmax(spectrum) * rate / len(got) - hz) < 1
    assert 0.7 < np.abs(got).max() < 1.1


def test_rates_are_fractions_that_fall_on_frames():
    assert str(as_fraction(1.1)) == "11/10"
    assert str(as_fraction(1e-3)) == "1/1000"
    assert float(as_fraction(math.pi)) == pytest.approx(math.pi, rel=1e-11)
    rng = np.random.default_rng(0)
    for rate in [*rng.uniform(0.2, 4, 30), 0.999999, 1.1, 700.0]:
        parts = as_fraction(rate).numerator, as_fraction(rate).denominator
        # Their products pass what int32 holds.
        count = rng.integers(0, 200_000, 50).astype("int32")
        got = divide(keras.ops.convert_to_tensor(count), *parts)
        expected = divmod(count.astype("int64") * parts[0], parts[1])
        np.testing.assert_array_equal([to_numpy(n) for n in got], expected)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="elsewhere a length is always known")
@pytest.mark.parametrize("rate", [1.3, 0.4, 0.7, 1.1, math.pi])
def test_plain_operators_give_the_same(rate):
    import tensorflow as tf

    layer = TimeStretch(n_fft=2, rate=rate)
    dynamic = tf.function(layer, input_signature=[tf.TensorSpec([None, None, 2, 1, 2])])
    with plain_operators():
        dynamic.get_concrete_function()
    # 90 * 0.7 is below 63 in float64, and 63 / 0.7 above 90: every frame must agree.
    for frames in (1, 63, 126, 2000):
        x = noise(1, frames, 2, 1, 2)
        np.testing.assert_allclose(to_numpy(dynamic(x)), to_numpy(layer(x)), atol=FLOAT32)


def test_gradients_are_finite_on_silence_and_flow_through_the_phase():
    layer = TimeStretch(**SMALL, rate=0.7)
    check_gradient(layer, np.zeros((1, 5, 9, 1, 2), "float32"))
    x = PAIRS[:1, :, :, :1].astype("float64")
    got = gradient(layer, x)
    step = 1e-3
    moved = x.copy()
    moved[0, 2, 4, 0, 1] += step
    before, after = (to_numpy(layer(v.astype("float32"))).sum() for v in (x, moved))
    # A difference quotient in float32: rounding is 1e-7 of sums of 1, divided by the step.
    np.testing.assert_allclose(got[0, 2, 4, 0, 1], (after - before) / step, atol=0.05)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"rate": 0}, "a number > 0"),
        ({"rate": 1e-4}, "a number from 0.001 to 1000"),
        ({"n_fft": 0}, "an int > 0"),
        ({"hop_length": 0}, "an int > 0"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name, value = next(iter(bad.items()))
    match = rf"TimeStretch: `{name}` must be {rule}.* Received: {name}={value!r}"
    with pytest.raises(ValueError, match=match):
        TimeStretch(**{**SMALL, **bad})


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match="n_fft // 2 \\+ 1 = 9 freqs"):
        TimeStretch(**SMALL)(noise(2, 5, 8, 1, 2))
    with pytest.raises(ValueError, match="must be complex, or real with a last axis of 2"):
        TimeStretch(**SMALL)(noise(2, 5, 9, 1))
