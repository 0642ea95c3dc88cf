"""The feature path and the layers compute the same mel spectrogram."""

import keras
import numpy as np
import pytest
from tolerances import DECIBEL

from kapre_like.features.analysis import analyze
from kapre_like.features.settings import resolve
from kapre_like.layers import MelSpectrogram


@pytest.mark.parametrize("samples", [1, 399, 640, 16000, 16159])
@pytest.mark.parametrize("rate", [8000, 16000])
def test_mel_decibels_are_equal(samples, rate):
    rng = np.random.default_rng(0)
    wave = np.sin(0.3 * np.arange(samples)) * np.linspace(0.1, 0.5, samples)
    wave += 0.01 * rng.normal(size=samples)
    analysis = resolve(sample_rate=rate)
    layer = MelSpectrogram(
        sample_rate=rate, n_fft=analysis.n_fft, win_length=analysis.win_length,
        hop_length=analysis.hop_length, n_mels=40, ref="max", amin=1e-10, top_db=80.0,
    )  # fmt: skip
    theirs = keras.ops.convert_to_numpy(layer(wave[None, :, None].astype("float32")))[0, ..., 0]
    ours = analyze(wave, analysis).mel_db
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=DECIBEL)
