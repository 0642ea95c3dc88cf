"""The description of a transform in Hz (`_analysis`), through `STFT`."""

import keras
import numpy as np
import pytest
from layer_contract import noise

from kapre_like.layers import STFT

pytestmark = pytest.mark.backends(full=True)

SMALL = {"n_fft": 16, "hop_length": 5}
WAVEFORM = noise(3, 60, 2)


@pytest.mark.parametrize("learn", [None, "window", "kernels"])
def test_describe_has_hz_now_and_before_training(learn, tmp_path):
    layer = STFT(**SMALL, learn=learn, output="real_imag")
    model = keras.Sequential([keras.Input((60, 2)), layer])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse")
    if learn:
        model.train_on_batch(WAVEFORM, np.zeros((3, *model.output_shape[1:])))
    layer.trainable = False
    said = layer.describe(sample_rate=1600)
    # A Hann window is 1.5 bins wide.
    np.testing.assert_allclose(said.initial["bandwidth_hz"], 150, rtol=1e-3)
    assert len(said.now["bandwidth_hz"]) == (9 if learn == "kernels" else 1)
    if learn == "kernels":
        np.testing.assert_allclose(said.initial["center_hz"], np.arange(9) * 100, atol=0.1)
    changed = np.abs(said.now["bandwidth_hz"] - 150).max() > 0.01
    assert changed == (learn is not None)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False).layers[0]
    again = loaded.describe(sample_rate=1600)
    for name, values in said.now.items():
        np.testing.assert_allclose(again.now[name], values, rtol=1e-5, atol=1e-3)


def test_describe_needs_a_sample_rate():
    with pytest.raises(ValueError, match="STFT: `sample_rate` must be a number > 0"):
        STFT(**SMALL).describe(sample_rate=None)
