"""`Power`, for complex numbers and for pairs."""

import re

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise, policy
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like import filters
from kapre_like.layers import STFT, Power

pytestmark = pytest.mark.backends(full=True)

PAIRS = noise(3, 4, 5, 2, 2)
NUMBER = PAIRS[..., 0] + 1j * PAIRS[..., 1]


@pytest.mark.parametrize("inputs", [PAIRS, NUMBER], ids=["real_imag", "complex"])
@pytest.mark.parametrize("name", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_it_is_numpys_in_float32_under_every_policy(inputs, name):
    with policy(name):
        got = to_numpy(Power()(inputs))
    assert got.dtype == "float32"
    # A few float32 ulps.
    np.testing.assert_allclose(got, np.abs(NUMBER) ** 2, rtol=FLOAT32, atol=FLOAT32_SHORT)


def test_bad_input_is_named_in_the_error():
    with pytest.raises(
        ValueError, match="Power: `inputs` must be complex, or real with a last"
    ):
        Power()(noise(2, 3, 4, 1))


SCALED = {"sample_rate": 8000, "n_fft": 9, "win_length": 7, "window": ("kaiser", 5.0)}


@pytest.mark.parametrize("n_fft", [64, 63])
@pytest.mark.parametrize(("scaling", "scipys"), [("psd", "density"), ("spectrum", "spectrum")])
def test_every_frame_is_scipys_periodogram(n_fft, scaling, scipys):
    from scipy.signal import periodogram

    x = noise(1, 500, 2)
    forward = STFT(n_fft=n_fft, hop_length=20, window="hamming", center=False)
    layer = Power(scaling=scaling, sample_rate=8000, n_fft=n_fft, window="hamming")
    got = to_numpy(layer(forward(x)))[0]
    for channel in (0, 1):
        frames = np.lib.stride_tricks.sliding_window_view(x[0, :, channel], n_fft)[::20]
        _, expected = periodogram(
            frames.astype("float64"), 8000, "hamming", detrend=False, scaling=scipys
        )
        np.testing.assert_allclose(got[..., channel], expected, atol=FLOAT32 * expected.max())


@pytest.mark.parametrize(("n_fft", "win_length"), [(64, 64), (64, 40), (63, 63), (63, 41)])
@pytest.mark.parametrize(("scaling", "scipys"), [("psd", "psd"), ("spectrum", "magnitude")])
def test_the_last_bin_of_an_odd_size_counts_twice_as_scipys_does(
    n_fft, win_length, scaling, scipys
):
    from scipy.signal import ShortTimeFFT

    window = filters.window("hann", win_length, n_fft)
    reference = ShortTimeFFT(
        window, 16, fs=8000, fft_mode="onesided2X", scale_to=scipys, phase_shift=None
    )
    x = noise(1, 500, 1)
    # At the ends the two do not agree on where frames begin.
    frames = [t for t in range(3, 25)]
    sides = reference.stft(x[0, :, 0].astype("float64"), p0=3, p1=25)
    # A magnitude doubled on one side is a power four times: SciPy's spectrum is that of
    # amplitudes (the peak `a` of a sine), this one of powers (`a ** 2 / 2`).
    expected = np.abs(sides).T ** 2
    if scaling == "spectrum":
        expected[:, 1 : (n_fft + 1) // 2] /= 2
    spectrum = STFT(n_fft=n_fft, win_length=win_length, hop_length=16)(x)
    layer = Power(scaling=scaling, sample_rate=8000, n_fft=n_fft, win_length=win_length)
    got = to_numpy(layer(spectrum))[0, frames, :, 0]
    np.testing.assert_allclose(got, expected, atol=FLOAT32 * expected.max())


@pytest.mark.parametrize("n_fft", [64, 63])
def test_the_bins_sum_up_to_the_power_of_the_frame(n_fft):
    # Parseval, with a constant offset and half the rate in it, which have no mirror image.
    x = noise(1, n_fft, 1) + 0.3 + 0.2 * np.cos(np.pi * np.arange(n_fft))[None, :, None]
    x = x.astype("float32")
    spectrum = STFT(n_fft=n_fft, window="boxcar", center=False)(x)
    layer = Power(scaling="psd", sample_rate=8000, n_fft=n_fft, window="boxcar")
    total = to_numpy(layer(spectrum)).sum() * 8000 / n_fft
    np.testing.assert_allclose(total, np.mean(x.astype("float64") ** 2), rtol=FLOAT32)


def test_a_sine_has_half_its_squared_amplitude():
    x = (0.5 * np.sin(2 * np.pi * 8 * np.arange(64) / 64)).astype("float32")[None, :, None]
    spectrum = STFT(n_fft=64, center=False)(x)
    got = to_numpy(Power(scaling="spectrum", sample_rate=8000, n_fft=64)(spectrum))
    np.testing.assert_allclose(got[0, 0, 8, 0], 0.125, rtol=FLOAT32)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"scaling": "density"}, "one of"),
        ({"sample_rate": 0}, "a number > 0"),
        ({"n_fft": 9.0}, "an int > 0"),
        ({"win_length": 10}, "at most n_fft=9"),
        ({"window": "nonsense"}, "a window"),
        ({"window": [0.0] * 7}, "one that does not sum up to 0"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name, value = next(iter(bad.items()))
    match = rf"Power: `{name}` must be {rule}.* Received: {name}={re.escape(repr(value))}"
    with pytest.raises(ValueError, match=match):
        Power(**{"scaling": "psd", **SCALED, **bad})


def test_a_scaling_checks_the_number_of_bins():
    with pytest.raises(ValueError, match="expects n_fft // 2 \\+ 1 = 33 freqs"):
        Power(scaling="psd", n_fft=64)(PAIRS)
