"""The description of bands and transform in Hz (`_composed`), through `MelSpectrogram`."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import masked_model, noise
from tolerances import DECIBEL_FLOAT32, FLOAT32_SHORT

from kapre_like import filters
from kapre_like.layers import MelSpectrogram, StftMagnitude

pytestmark = pytest.mark.backends(full=True)

SMALL = {"sample_rate": 8000, "n_fft": 32, "hop_length": 10, "n_mels": 4}
WAVEFORM = noise(5, 90, 2)


def test_describe_has_the_frequencies_of_bands_and_kernels():
    layer = MelSpectrogram(**SMALL, learn_stft="kernels", learn_mel="bands")
    before = layer.describe().now["center_hz"]
    np.testing.assert_allclose(
        before, filters.mel_frequencies(6, 0.0, 4000.0, "slaney")[1:-1], rtol=FLOAT32_SHORT
    )
    model = keras.Sequential([keras.Input((90, 2)), layer])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    model.train_on_batch(WAVEFORM, np.zeros((5, 10, 4, 2)))
    layer.trainable = False
    said = layer.describe()
    np.testing.assert_allclose(said.initial["center_hz"], before)
    assert (np.abs(said.now["center_hz"] - before) > 1).any()
    kernels = layer.describe(part="stft")
    np.testing.assert_allclose(kernels.initial["center_hz"], np.arange(17) * 250, atol=1)
    assert np.isfinite(kernels.now["center_hz"]).all()
    with pytest.raises(ValueError, match="`part` must be one of"):
        layer.describe(part="mel")


@pytest.mark.parametrize(
    "layer",
    [MelSpectrogram(**SMALL, ref="max"), StftMagnitude(n_fft=32, hop_length=10, decibel=True)],
)
def test_frames_past_a_clips_end_set_no_peak(layer):
    # Click at the last sample of 69: louder in frame 7, near whose middle it is, and
    # which is past the end, than in frame 6.
    x = noise(2, 100) * np.float32(1e-3)
    x[:, 68] = 1.0
    alone = to_numpy(layer(x[:1, :69, None]))
    batch = [x, np.array([69, 100], "int32")]
    together = to_numpy(masked_model([layer])(batch)[0])[:1, : alone.shape[1]]
    assert alone.shape[1] == 7
    np.testing.assert_allclose(together, alone, atol=DECIBEL_FLOAT32)
