"""The values of features stay what they were: trained models depend on them."""

from pathlib import Path

import numpy as np
import pytest

from kapre_like.features.settings import resolve
from kapre_like.features.vector import clip_vector, names

# Computed by the first implementation, before it was made faster (commit aea3402).
VALUES = Path(__file__).parent / "feature_values.npz"


def swell(seconds, rate):
    """A gliding tone with overtones and noise, that swells and pauses like syllables."""
    time = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * (150 * time + 40 * np.sin(3 * time))
    voice = sum(np.sin(k * phase) / k for k in range(1, 12))
    noise = np.random.default_rng(7).random(len(time)) - 0.5
    loud = np.maximum(np.sin(2 * np.pi * 2.5 * time), 0.0) ** 2
    return loud * (0.1 * voice + 0.02 * noise) + 1e-4 * noise


CLIPS = {
    "one second": (swell(1.0, 16000), {}),
    "several blocks, float32": (swell(4.3, 16000).astype("float32"), {}),
    "8 kHz, short": (swell(0.37, 8000), {"sample_rate": 8000}),
    "other settings": (
        swell(1.2, 22050),
        {"sample_rate": 22050, "n_mels": 64, "n_fft": 2048, "win_length": 1000, "fmin": 50.0},
    ),
    "hop longer than the window": (swell(2.0, 8000), {"sample_rate": 8000, "hop_length": 500}),
}


@pytest.mark.parametrize("name", CLIPS)
def test_values_are_those_of_the_first_implementation(name):
    wave, settings = CLIPS[name]
    analysis = resolve(**settings)
    with np.load(VALUES) as stored:
        expected = stored[name]
    got = clip_vector(wave, analysis)
    # 1e-5 is 80 times the rounding of float32; 1e-5 dB is nothing where a value is near 0.
    bad = ~np.isclose(got, expected, rtol=1e-5, atol=1e-5)
    assert not bad.any(), [
        (column, float(ours), float(theirs))
        for column, ours, theirs, differs in zip(
            names(analysis), got, expected, bad, strict=True
        )
        if differs
    ]
