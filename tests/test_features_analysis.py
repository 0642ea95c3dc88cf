"""`features.analysis` against librosa: frames, mel bands and decibels, one clip at a time."""

import numpy as np
import pytest

from kapre_like.features import analysis as module
from kapre_like.features.analysis import analyze
from kapre_like.features.settings import resolve


def sound(n, seed=0):
    rng = np.random.default_rng(seed)
    return np.sin(0.3 * np.arange(n)) * np.linspace(0, 0.5, n) + 0.01 * rng.normal(size=n)


@pytest.mark.parametrize("samples", [1, 399, 400, 512, 640, 16000, 16159, 16160])
# Librosa's word on clips shorter than the FFT; they are padded there as here.
@pytest.mark.filterwarnings("ignore:n_fft=512 is too large:UserWarning:librosa")
@pytest.mark.parametrize("settings", [{}, {"n_mels": 64, "fmin": 50.0, "fmax": 7000.0}])
def test_mel_matches_librosa(samples, settings):
    librosa = pytest.importorskip("librosa")
    wave = sound(samples)
    series = analyze(wave, resolve(**settings))
    mel = librosa.feature.melspectrogram(
        y=wave, sr=16000, n_fft=512, win_length=400, hop_length=160, dtype=np.float64,
        n_mels=settings.get("n_mels", 40), fmin=settings.get("fmin", 0.0),
        fmax=settings.get("fmax"),
    )  # fmt: skip
    expected = librosa.power_to_db(mel, ref=np.max, amin=1e-10, top_db=80.0).T
    assert series.mel_db.shape == expected.shape
    # Librosa computes its mel matrix in float32: 1e-5 dB; more where bands are near the cut.
    np.testing.assert_allclose(series.mel_db, expected, atol=1e-3)


def test_loudness_drops_out():
    quiet, loud = (analyze(gain * sound(8000), resolve()).mel_db for gain in (0.1, 1.0))
    np.testing.assert_allclose(quiet, loud, atol=1e-6)


@pytest.mark.parametrize("wave", [np.zeros(0), np.zeros(1), np.ones(1), np.zeros(5000)])
def test_silence_and_tiny_clips_are_finite(wave):
    series = analyze(wave, resolve())
    assert len(series.mel_db) == len(series.energy_db) == len(series.descriptors) >= 1
    assert all(np.isfinite(part).all() for part in series)


def test_odd_sizes_have_their_frames():
    series = analyze(sound(1000), resolve(n_fft=101, win_length=101, hop_length=30, n_mels=8))
    # The number of centered frames: 1 + (1000 + 2 * 50 - 101) // 30
    assert len(series.mel_db) == 34


def test_blocks_give_what_one_piece_gives(monkeypatch):
    wave = sound(30000)
    whole = analyze(wave, resolve())
    monkeypatch.setattr(module, "_BLOCK", 7)
    for a, b in zip(whole, analyze(wave, resolve()), strict=True):
        # Matrix products of other heights may add in another order.
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-7)
