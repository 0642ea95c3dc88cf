"""Where a mask goes behind the front end: into sequences, convnets and back to waveforms."""

import keras
import numpy as np
import pytest
from backend_tools import quick, to_numpy
from layer_contract import noise
from tolerances import FLOAT32

import kapre_like

LENGTHS = (3000, 1700)


def masked_mel():
    waveform, length = keras.Input((None,)), keras.Input((), dtype="int32")
    x = kapre_like.LengthMask()([waveform, length])
    mel = kapre_like.MelSpectrogram(sample_rate=8000, n_fft=256, hop_length=128, n_mels=12)
    return [waveform, length], mel(x)


def to_gru():
    inputs, x = masked_mel()
    sequence = kapre_like.FramesToSequence()(x)
    return keras.Model(inputs, keras.layers.GRU(5)(sequence))


def to_convnet():
    inputs, x = masked_mel()
    x, valid = kapre_like.UnpackMask()(x)
    x = keras.layers.Conv2D(4, 3, padding="same")(x)
    x = kapre_like.MaskedBatchNormalization()([x, valid])
    x = keras.layers.MaxPooling2D(2, padding="same")(keras.layers.ReLU()(x))
    valid = keras.layers.MaxPooling2D((2, 1), padding="same")(valid)
    return keras.Model(inputs, kapre_like.MaskedMean()([x, valid]))


@pytest.mark.backends
@pytest.mark.parametrize("make", [to_gru, to_convnet])
def test_a_clip_padded_with_noise_is_itself(make):
    model = quick(make())
    clips = noise(2, LENGTHS[0])
    together = to_numpy(model([clips, np.array(LENGTHS, "int32")]))
    short = LENGTHS[1]
    alone = to_numpy(model([clips[1:, :short], np.array([short], "int32")]))
    np.testing.assert_allclose(together[1:], alone, rtol=0, atol=2e-4)


@pytest.mark.backends
def test_a_sequence_has_the_numbers_and_the_mask_of_its_frames(tmp_path):
    inputs, x = masked_mel()
    sequence = kapre_like.FramesToSequence()(x)
    assert sequence.shape == (None, None, 12)
    model = keras.Model(inputs, [x, sequence])
    model.save(tmp_path / "model.keras")
    model = keras.models.load_model(tmp_path / "model.keras")
    frames, vectors = model([noise(2, 3000), np.array(LENGTHS, "int32")])
    mask = to_numpy(frames._keras_mask)
    np.testing.assert_array_equal(to_numpy(vectors._keras_mask), mask)
    np.testing.assert_array_equal(to_numpy(vectors)[mask], to_numpy(frames)[mask][..., 0])
    assert not to_numpy(vectors)[~mask].any()


@pytest.mark.parametrize(
    "layer", [keras.layers.Conv2D(4, 3), keras.layers.GlobalAveragePooling2D()]
)
def test_keras_itself_warns_of_a_layer_that_drops_our_mask(layer):
    _, x = masked_mel()
    with pytest.warns(UserWarning, match="destroy the mask information"):
        layer(x)


def test_a_sequence_needs_known_bands():
    with pytest.raises(ValueError, match="expects known bands and channels"):
        kapre_like.FramesToSequence()(keras.Input((None, None, 1)))


@pytest.mark.backends
@pytest.mark.parametrize("samples", [8000, 7900, 100])
def test_a_waveform_gives_the_inverse_its_length(samples):
    sizes = {"n_fft": 256, "hop_length": 64}
    x = keras.Input((None, 2))
    spectrum = kapre_like.STFT(**sizes)(x)
    back = kapre_like.InverseSTFT(**sizes)([spectrum, x])
    assert back.shape == (None, None, 2)
    model, clip = quick(keras.Model(x, back)), noise(2, samples, 2)
    got = to_numpy(model(clip))
    assert got.shape == clip.shape
    np.testing.assert_allclose(got[:, : samples - 64], clip[:, : samples - 64], atol=FLOAT32)


@pytest.mark.backends
def test_a_masked_waveform_gives_the_inverse_its_mask():
    sizes = {"n_fft": 256, "hop_length": 64}
    mask = kapre_like.LengthMask()
    x = mask([noise(2, 8000), np.array([8000, 5000], "int32")])
    back = kapre_like.InverseSTFT(**sizes)([kapre_like.STFT(**sizes)(x), x])
    np.testing.assert_array_equal(to_numpy(back._keras_mask).sum(axis=1), [8000, 5000])
    got = to_numpy(back)
    assert not got[1, 5000:].any()
    np.testing.assert_allclose(got[1, :4900], to_numpy(x)[1, :4900], atol=FLOAT32)
