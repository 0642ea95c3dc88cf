"""`learn_decibel` of the composed layers: equal to the fixed layer at first; description."""

from functools import partial

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise
from tolerances import DECIBEL

from kapre_like.layers import LogFrequencySpectrogram, MelSpectrogram, StftMagnitude

pytestmark = pytest.mark.backends(full=True)

STFT = {"n_fft": 64, "hop_length": 16, "decibel": True}
MAKERS = {
    "mel": (partial(MelSpectrogram, **STFT, n_mels=5), 5),
    "log": (
        partial(LogFrequencySpectrogram, **STFT, sample_rate=8000, n_bands=4, fmin=400.0),
        4,
    ),
    "stft": (partial(StftMagnitude, **STFT), 33),
}
WAVEFORM = noise(2, 200, 2)


@pytest.mark.parametrize("kind", MAKERS)
def test_it_starts_equal_to_the_fixed_layer_and_describes_itself(kind, tmp_path):
    make, bands = MAKERS[kind]
    fixed, layer = make(), make(learn_decibel="affine")
    # The soft floor adds less than 0.01 dB.
    np.testing.assert_allclose(
        to_numpy(layer(WAVEFORM)), to_numpy(fixed(WAVEFORM)), atol=DECIBEL
    )
    arguments = {"sample_rate": 8000} if kind == "stft" else {}
    table = layer.describe(part="decibel", **arguments).table()
    assert len(table) == bands
    np.testing.assert_allclose(table["slope"], 1.0)
    assert [w.name for w in layer.weights] == ["slope", "reference_db", "floor_db"]
    with pytest.raises(ValueError, match=r"`learn_decibel` must be None if decibel=False"):
        make(learn_decibel="affine", decibel=False)
    with pytest.raises(ValueError, match=r"`learn_decibel` must be one of"):
        make(learn_decibel="bands")
