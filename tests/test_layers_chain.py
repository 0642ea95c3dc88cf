"""`Chain` is its layers in a row."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise

from kapre_like.layers import (
    STFT,
    ApplyFilterbank,
    Chain,
    FrequencyAwareConv2D,
    MelSpectrogram,
    Pad,
    Power,
    PowerToDecibel,
    Resample,
)

pytestmark = pytest.mark.backends(full=True)


def parts(learn=None):
    return [
        Pad(before=10, after=3),
        STFT(n_fft=32, center=False, output="real_imag", learn=learn),
        Power(),
        ApplyFilterbank(n_mels=6),
        PowerToDecibel(ref="max"),
    ]


def make(learn=None, **more):
    return Chain(layers=parts(learn), **more)


def test_it_is_its_layers_in_a_row():
    x = noise(2, 100, 2)
    expected = x
    for layer in parts():
        expected = layer(expected)
    np.testing.assert_array_equal(to_numpy(make()(x)), to_numpy(expected))


def test_frame_lengths_go_through_every_layer():
    frames = make().frame_lengths(np.array([100, 1], "int32"))
    assert to_numpy(frames).tolist() == [1 + (113 - 32) // 8, 1]


def test_frame_lengths_follow_a_resampler_and_a_strided_convolution():
    chain = Chain(
        layers=[
            Resample(orig_sr=16000, target_sr=8000),
            MelSpectrogram(sample_rate=8000, n_fft=32, n_mels=6),
            FrequencyAwareConv2D(filters=2, kernel_size=3, strides=2, padding="same"),
        ]
    )
    lengths = [1, 100, 4001]
    expected = [chain.compute_output_shape((1, n, 1))[1] for n in lengths]
    assert to_numpy(chain.frame_lengths(np.array(lengths, "int32"))).tolist() == expected


def test_layers_of_keras_are_welcome_and_training_reaches_them():
    chain = Chain(layers=[keras.layers.Dropout(0.5, seed=0), keras.layers.Rescaling(2.0)])
    x = np.ones((1, 50, 1), "float32")
    np.testing.assert_array_equal(to_numpy(chain(x)), 2 * x)
    assert (to_numpy(chain(x, training=True)) == 0).any()


@pytest.mark.parametrize("bad", [[], None, [1], STFT(), "STFT"])
def test_what_is_no_list_of_layers_is_refused(bad):
    with pytest.raises(ValueError, match=r"Chain: `layers` must be a list of one Keras layer"):
        Chain(layers=bad)
