"""The picture of a clip: the right band, the right axes, a bounded size."""

import numpy as np
import pytest
from tolerances import DECIBEL

from kapre_like.models.experiment.logmel import N_MELS, log_mel


@pytest.mark.parametrize("hz", [300.0, 1000.0, 3000.0])
def test_a_tone_is_loudest_in_its_band_at_0_db(hz):
    time = np.arange(16000) / 16000
    picture = log_mel(np.sin(2 * np.pi * hz * time), 16000)
    band = int(picture.db[:, 50].argmax())
    spacing = np.diff(picture.centers_hz)[band]
    assert abs(picture.centers_hz[band] - hz) < spacing
    assert picture.db.max() == 0.0
    assert picture.duration_s == 1.0


@pytest.mark.parametrize("samples", [1, 7, 100, 8000])
def test_silence_of_any_length_is_the_floor(samples):
    picture = log_mel(np.zeros(samples, "float32"), 8000)
    assert picture.db.shape[0] == N_MELS
    assert (picture.db == -80.0).all()


def test_an_hour_is_no_bigger_than_a_picture():
    picture = log_mel(np.zeros(3600 * 1000, "float32"), 1000)
    assert picture.db.shape[1] <= 2001


def test_levels_match_librosa():
    librosa = pytest.importorskip("librosa")
    waveform = np.random.default_rng(0).normal(0, 0.1, 16000)
    expected = librosa.feature.melspectrogram(
        y=waveform, sr=16000, n_fft=1024, win_length=400, hop_length=160, n_mels=N_MELS,
        pad_mode="constant",
    )  # fmt: skip
    got = log_mel(waveform, 16000).db
    # 0.01 dB: the peak that both are relative to is one value of a noisy picture.
    np.testing.assert_allclose(got, librosa.power_to_db(expected, ref=np.max), atol=DECIBEL)
