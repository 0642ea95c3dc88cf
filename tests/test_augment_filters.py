"""Filters against SciPy: `LowPass`, `HighPass`, `BandPass`, `Equalizer`."""

import keras
import numpy as np
import pytest
import scipy.signal
from backend_tools import to_numpy
from random_tools import assert_evenly
from tolerances import FLOAT32

from kapre_like.augment import BandPass, Equalizer, HighPass, LowPass

RATE = 16000
RNG = np.random.default_rng(0)
NOISE = RNG.standard_normal((2, 9000, 1)).astype("float32")
TURN = 2 * np.pi / RATE


def decibels(response):
    return 20 * np.log10(np.maximum(np.abs(response), 1e-9))


def kernel_of(layer, draws):
    draws = {n: keras.ops.convert_to_tensor(np.asarray(v, "float32")) for n, v in draws.items()}
    return to_numpy(layer.kernels(draws))[0].astype("float64")


def fixed(cls, cutoff, order):
    return cls(sample_rate=RATE, min_cutoff_hz=cutoff, max_cutoff_hz=cutoff, order=order)


def assert_like(kernel, sos):
    """The magnitude is within 0.5 dB wherever it is above -80 dB."""
    expected = scipy.signal.freqz_sos(sos, 4096, fs=RATE)[1]
    got = scipy.signal.freqz(kernel, 1, 4096, fs=RATE)[1]
    audible = decibels(expected) > -80
    np.testing.assert_allclose(decibels(got)[audible], decibels(expected)[audible], atol=0.5)
    assert (decibels(got)[~audible] < -75).all()


@pytest.mark.backends
@pytest.mark.parametrize("order", [1, 2, 5, 8])
@pytest.mark.parametrize(
    ("cls", "kind", "cutoff"),
    [(LowPass, "lowpass", 300.0), (LowPass, "lowpass", 7900.0), (HighPass, "highpass", 40.0),
     (HighPass, "highpass", 5000.0)],
)  # fmt: skip
def test_low_and_high_pass_are_scipy_s(cls, kind, cutoff, order):
    sos = scipy.signal.butter(order, cutoff, kind, fs=RATE, output="sos")
    layer = fixed(cls, cutoff, order)
    assert_like(kernel_of(layer, {"cutoff": [TURN * cutoff]}), sos)
    expected = scipy.signal.sosfilt(sos, NOISE, axis=1)
    y = to_numpy(layer(NOISE, training=True))
    # Phase and beginning as well; float32 transforms of noise with a peak of 4.
    np.testing.assert_allclose(y, expected, atol=3e-4)


@pytest.mark.backends
@pytest.mark.parametrize("order", [1, 4, 6])
@pytest.mark.parametrize("edges", [(50.0, 7000.0), (300.0, 3400.0), (900.0, 1100.0)])
def test_band_pass_is_scipy_s(edges, order):
    low, high = edges
    sos = scipy.signal.butter(order, edges, "bandpass", fs=RATE, output="sos")
    layer = BandPass(
        sample_rate=RATE, min_low_hz=low, max_low_hz=low, min_high_hz=high, max_high_hz=high,
        order=order,
    )  # fmt: skip
    assert_like(kernel_of(layer, {"low": [TURN * low], "high": [TURN * high]}), sos)
    expected = scipy.signal.sosfilt(sos, NOISE, axis=1)
    np.testing.assert_allclose(to_numpy(layer(NOISE, training=True)), expected, atol=3e-4)


def peaking_sos(hz, gain_db, q):
    """The section of Bristow-Johnson's cookbook."""
    root, turn = 10 ** (gain_db / 40), 2 * np.pi * hz / RATE
    alpha, cosine = np.sin(turn) / (2 * q), np.cos(turn)
    b = [1 + alpha * root, -2 * cosine, 1 - alpha * root]
    a = [1 + alpha / root, -2 * cosine, 1 - alpha / root]
    return np.array([*b, *a]) / a[0]


@pytest.mark.backends
@pytest.mark.parametrize("bands", [1, 4])
def test_the_equalizer_is_the_product_of_its_bands(bands):
    hz = np.geomspace(80, 6000, bands)
    gain_db, q = np.linspace(-12, 12, bands), np.linspace(0.6, 4.0, bands)
    layer = Equalizer(bands=bands, max_q=4.0)
    draws = {"center": [TURN * hz], "gain_db": [gain_db], "q": [q]}
    sos = np.stack([peaking_sos(*one) for one in zip(hz, gain_db, q, strict=True)])
    kernel = kernel_of(layer, draws)
    got = scipy.signal.freqz(kernel, 1, 8192, fs=RATE)[1]
    expected = scipy.signal.freqz_sos(sos, 8192, fs=RATE)[1]
    np.testing.assert_allclose(decibels(got), decibels(expected), atol=0.5)
    impulse = np.zeros(len(kernel))
    impulse[0] = 1
    np.testing.assert_allclose(kernel, scipy.signal.sosfilt(sos, impulse), atol=FLOAT32)


@pytest.mark.parametrize("cls", [LowPass, HighPass])
def test_the_logarithm_of_the_cutoff_is_uniform(cls):
    layer = cls(min_cutoff_hz=100, max_cutoff_hz=1600, seed=0)
    cutoffs = to_numpy(layer.draw((4000, 1, 1))["cutoff"]) / TURN
    assert cutoffs.min() >= 99.99
    assert cutoffs.max() <= 1600.1
    assert_evenly(np.histogram(np.log2(cutoffs / 100), 4, (-0.001, 4.001))[0])


def test_the_draws_of_bands_stay_in_their_ranges():
    layer = Equalizer(bands=5, min_center_hz=200, max_center_hz=800, min_q=1, max_q=2, seed=0)
    draws = {name: to_numpy(value) for name, value in layer.draw((300, 1, 1)).items()}
    assert all(value.shape == (300, 5) for value in draws.values())
    assert (np.abs(np.log2(draws["center"] / TURN / 400)) < 1.0001).all()
    assert (np.abs(draws["gain_db"]) <= 12).all()
    assert ((draws["q"] >= 1) & (draws["q"] <= 2)).all()
    band = BandPass(seed=0).draw((300, 1, 1))
    low, high = (to_numpy(band[name]) / TURN for name in ("low", "high"))
    assert 49.9 < low.min() < low.max() < 500.1
    assert 1999 < high.min() < high.max() < 7201  # 0.45 of 16 kHz


def test_clips_shorter_than_the_kernel_and_empty_ones():
    for samples in (0, 1, 7):
        x = np.ones((2, samples, 1), "float32")
        y = to_numpy(fixed(HighPass, 30.0, 2)(x, training=True))
        assert y.shape == x.shape
        assert np.isfinite(y).all()


@pytest.mark.parametrize(
    ("cls", "name", "bad"),
    [
        (LowPass, "max_cutoff_hz", {"max_cutoff_hz": 8000}),
        (LowPass, "min_cutoff_hz", {"min_cutoff_hz": 0}),
        (HighPass, "max_cutoff_hz", {"min_cutoff_hz": 300, "max_cutoff_hz": 200}),
        (HighPass, "order", {"order": 0}),
        (LowPass, "order", {"order": 13}),
        (LowPass, "sample_rate", {"sample_rate": 16}),
        (BandPass, "min_high_hz", {"max_low_hz": 2500}),
        (BandPass, "max_high_hz", {"max_high_hz": 9000}),
        (BandPass, "max_low_hz", {"min_low_hz": 600}),
        (Equalizer, "bands", {"bands": 0}),
        (Equalizer, "max_q", {"min_q": 3}),
        (Equalizer, "max_gain_db", {"min_gain_db": 20}),
        (Equalizer, "max_center_hz", {"max_center_hz": 8000}),
    ],
    ids=str,
)
def test_bad_arguments_are_named(cls, name, bad):
    with pytest.raises(ValueError, match=f"^{cls.__name__}: `{name}` must be .* Received: "):
        cls(**bad)
