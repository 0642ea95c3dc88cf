"""What `_composed` says of bands and transform in Hz, through `MelSpectrogram`."""

import keras
import numpy as np
import pytest
from layer_contract import noise

from kapre_like import filters
from kapre_like.layers import MelSpectrogram

pytestmark = pytest.mark.backends

SMALL = {"sample_rate": 8000, "n_fft": 32, "hop_length": 10, "n_mels": 4}
WAVEFORM = noise(5, 90, 2)


def test_describe_says_where_bands_and_kernels_lie():
    layer = MelSpectrogram(**SMALL, learn_stft="kernels", learn_mel="bands")
    before = layer.describe().now["centre_hz"]
    np.testing.assert_allclose(
        before, filters.mel_frequencies(6, 0.0, 4000.0, "slaney")[1:-1], rtol=1e-6
    )
    model = keras.Sequential([keras.Input((90, 2)), layer])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    model.train_on_batch(WAVEFORM, np.zeros((5, 10, 4, 2)))
    layer.trainable = False
    said = layer.describe()
    np.testing.assert_allclose(said.initial["centre_hz"], before)
    assert (np.abs(said.now["centre_hz"] - before) > 1).any()
    kernels = layer.describe(part="stft")
    np.testing.assert_allclose(kernels.initial["centre_hz"], np.arange(17) * 250, atol=1)
    assert np.isfinite(kernels.now["centre_hz"]).all()
    with pytest.raises(ValueError, match="`part` must be one of"):
        layer.describe(part="decibel")
