"""`InstantaneousFrequency`: sines whose frequency is known."""

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import (
    check_gradient,
    noise,
)

from kapre_like.layers import STFT, InstantaneousFrequency

pytestmark = pytest.mark.backends(full=True)

SMALL = {"sample_rate": 8000, "n_fft": 16, "hop_length": 5}
PAIRS = noise(3, 6, 9, 2, 2)
NUMBER = PAIRS[..., 0] + 1j * PAIRS[..., 1]


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_declared_shapes_are_right_for_every_number_of_frames(frames):
    layer = InstantaneousFrequency(**SMALL)
    got = to_numpy(layer(PAIRS[:, :frames]))
    assert got.shape == layer.compute_output_shape(PAIRS[:, :frames].shape)


@pytest.mark.parametrize("n_fft", [256, 255])
@pytest.mark.parametrize("hz", [440.0, 1234.5, 3600.0])
def test_a_sine_gives_its_frequency(n_fft, hz):
    rate, hop = 8000, 50
    time = np.arange(4000) / rate
    x = (0.5 * np.sin(2 * np.pi * hz * time)).astype("float32")[None, :, None]
    spectrum = STFT(n_fft=n_fft, hop_length=hop, output="real_imag")(x)
    layer = InstantaneousFrequency(sample_rate=rate, n_fft=n_fft, hop_length=hop)
    got = to_numpy(layer(spectrum))[0, :, :, 0]
    nearest = round(hz * n_fft / rate)
    # Frames that hold nothing but the sine; 0.05 Hz of 1234 is the leak of the mirror image.
    np.testing.assert_allclose(got[5:-5, nearest - 1 : nearest + 2], hz, atol=0.05)


def test_it_is_the_formula():
    got = to_numpy(InstantaneousFrequency(**SMALL)(NUMBER))
    phase, own = np.angle(NUMBER.astype("complex128")), np.arange(9)[None, :, None]
    turn = np.diff(phase, axis=1) - 2 * np.pi * own * 5 / 16
    turn -= 2 * np.pi * np.round(turn / (2 * np.pi))
    expected = 8000 * (own / 16 + turn / (2 * np.pi * 5))
    # 1e-4 of 4000 Hz; not where the angle wraps.
    inside = np.abs(turn) < np.pi - 1e-3
    np.testing.assert_allclose(got[:, 1:][inside], expected[inside], atol=0.4)
    np.testing.assert_allclose(got[:, 0], np.broadcast_to(own * 500.0, got[:, 0].shape))


def test_silence_has_the_frequencies_of_the_bins():
    silence = np.zeros((2, 4, 9, 1, 2), "float32")
    got = to_numpy(InstantaneousFrequency(**SMALL)(silence))
    np.testing.assert_allclose(got, np.broadcast_to(500.0 * np.arange(9)[:, None], got.shape))
    check_gradient(InstantaneousFrequency(**SMALL), silence)
    # One silent frame beside a loud one, and numbers whose squares underflow.
    silence[0, 1], silence[1] = 1.0, 1e-20
    check_gradient(InstantaneousFrequency(**SMALL), silence)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"sample_rate": 0}, "a number > 0"),
        ({"n_fft": 0}, "an int > 0"),
        ({"hop_length": 2.5}, "an int > 0"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name, value = next(iter(bad.items()))
    match = rf"InstantaneousFrequency: `{name}` must be {rule}.* Received: {name}={value!r}"
    with pytest.raises(ValueError, match=match):
        InstantaneousFrequency(**{**SMALL, **bad})


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match="n_fft // 2 \\+ 1 = 9 freqs"):
        InstantaneousFrequency(**SMALL)(noise(2, 5, 8, 1, 2))
    with pytest.raises(ValueError, match="must be complex, or real with a last axis of 2"):
        InstantaneousFrequency(**SMALL)(noise(2, 5, 9, 1))
