"""`features.descriptors` against librosa, and on signals whose answer is known."""

import numpy as np
import pytest
from tolerances import FLOAT64

from kapre_like.features.analysis import _frames
from kapre_like.features.descriptors import bands, describe_frames
from kapre_like.features.settings import resolve

N_FFT = 512


def analysis_of(rate):
    return resolve(sample_rate=rate, n_fft=N_FFT, win_length=N_FFT, hop_length=128)


def sound(rate, seed=0):
    """Noise that fades in over a tone: every frame has another spectrum."""
    time = np.arange(rate) / rate
    noise = np.random.default_rng(seed).normal(size=rate)
    return 0.3 * np.sin(2 * np.pi * 1000 * time) + 0.2 * time**2 * noise


def described(wave, rate):
    frames = _frames(wave, analysis_of(rate))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    constants = bands(rate, N_FFT)
    got = describe_frames(power, frames, constants)
    return dict(zip(constants.names, got.T, strict=True)), power, frames


@pytest.mark.parametrize(("rate", "n_bands"), [(8000, 4), (16000, 5), (44100, 6)])
def test_matches_librosa(rate, n_bands):
    librosa = pytest.importorskip("librosa")
    got, power, _ = described(sound(rate), rate)
    magnitude = np.sqrt(power).T
    # Same definitions in float64: 1e-9 leaves room for the order of sums only.
    close = {"rtol": 1e-9, "atol": 1e-6}
    options = {"S": magnitude, "sr": rate, "n_fft": N_FFT}
    feature = librosa.feature
    np.testing.assert_allclose(
        got["centroid_hz"], feature.spectral_centroid(**options)[0], **close
    )
    np.testing.assert_allclose(
        got["bandwidth_hz"], feature.spectral_bandwidth(**options)[0], **close
    )
    np.testing.assert_allclose(
        got["rolloff_hz"], feature.spectral_rolloff(**options)[0], **close
    )
    flatness = feature.spectral_flatness(S=magnitude)[0]
    np.testing.assert_allclose(got["flatness_db"], 10 * np.log10(flatness), **close)


@pytest.mark.parametrize(("rate", "n_bands"), [(8000, 4), (16000, 5), (44100, 6)])
def test_contrast_matches_librosa(rate, n_bands, monkeypatch):
    """Librosa's contrast without its decibels: the peaks and valleys it takes them of."""
    librosa = pytest.importorskip("librosa")
    spectral = pytest.importorskip("librosa.feature.spectral")
    ours, power, _ = described(sound(rate), rate)
    # Ours is decibels of amplitude, librosa's 10 log10 of a magnitude, cut at 80 dB.
    monkeypatch.setattr(spectral, "power_to_db", lambda s: 20 * np.log10(np.maximum(s, 1e-5)))
    theirs = librosa.feature.spectral_contrast(
        S=np.sqrt(power).T, sr=rate, n_fft=N_FFT, n_bands=n_bands
    )
    names = [name for name in ours if name.startswith("contrast")]
    assert len(names) == len(theirs) == n_bands + 1
    for name, row in zip(names, theirs, strict=True):
        np.testing.assert_allclose(ours[name], row, rtol=1e-9, atol=1e-6, err_msg=name)


def test_zero_crossings_match_librosa():
    librosa = pytest.importorskip("librosa")
    got, _, frames = described(sound(16000), 16000)
    crossings = librosa.zero_crossings(frames, pad=False, zero_pos=True, threshold=0)
    # Librosa counts the first sample as a place for a crossing; we divide by the gaps.
    expected = crossings.sum(axis=1) / (N_FFT - 1)
    np.testing.assert_allclose(got["zero_crossings"], expected, atol=FLOAT64)


def test_a_tone_is_where_it_is():
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    got = {name: np.median(values) for name, values in described(tone, 16000)[0].items()}
    assert got["centroid_hz"] == pytest.approx(1000, abs=5)
    assert got["bandwidth_hz"] < 100
    assert got["rolloff_hz"] == pytest.approx(1000, abs=32)
    assert got["envelope_db"] == pytest.approx(20 * np.log10(0.5), abs=0.01)
    assert got["energy_ratio_db"] > 60
    assert got["zero_crossings"] == pytest.approx(2 * 1000 / 16000, rel=0.01)
    assert got["flatness_db"] < -40


def test_silence_is_finite_and_as_documented():
    values, _, _ = described(np.zeros(4000), 16000)
    got = {name: np.unique(column) for name, column in values.items()}
    assert all(np.isfinite(values).all() for values in got.values())
    assert got["centroid_hz"] == got["bandwidth_hz"] == got["rolloff_hz"] == 0
    assert got["flatness_db"] == pytest.approx(0, abs=1e-12)
    assert got["energy_ratio_db"] == got["contrast_200_400hz_db"] == 0
    assert got["envelope_db"] == -100


@pytest.mark.parametrize("rate", [100, 400, 1000, 2000, 4000, 16000, 96000])
def test_every_sample_rate_has_contrast_bands_up_to_half_of_it(rate):
    for n_fft in (1, 16, 512):
        constants = bands(rate, n_fft)
        assert constants.octaves[-1].stop == n_fft // 2 + 1
        assert all(octave.first < octave.stop for octave in constants.octaves)
        assert len(set(constants.names)) == len(constants.names)
