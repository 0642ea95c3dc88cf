"""What `FrequencyAwareConv2D` promises beside what every layer does (`test_every_layer.py`)."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, graph, quick, to_numpy
from layer_contract import (
    MaskProbe,
    noise,
)
from tolerances import FLOAT32

from kapre_like.layers import STFT, ConcatenateFrequencyMap, FrequencyAwareConv2D, Magnitude

pytestmark = pytest.mark.backends(full=True)

X = 5 * noise(3, 12, 9, 2)
CONVOLUTIONS = [
    {"kernel_size": 3, "padding": "same"},
    {"kernel_size": (3, 5)},
    {"kernel_size": (4, 3), "strides": (2, 1), "padding": "same", "use_bias": False},
    {"kernel_size": (5, 2), "strides": (3, 2), "padding": "same"},
    {"kernel_size": (2, 3), "strides": 2, "activation": "relu"},
    {"kernel_size": 3, "dilation_rate": (2, 1), "padding": "same"},
    {"kernel_size": 1, "strides": 2, "padding": "same"},
    {"kernel_size": (3, 2), "dilation_rate": 2},
]


def make(**arguments):
    seeded = keras.initializers.GlorotUniform(seed=0)
    shared = {"filters": 4, "bias_initializer": "ones", "kernel_initializer": seeded}
    return FrequencyAwareConv2D(**{**shared, **arguments})


@pytest.mark.parametrize("arguments", CONVOLUTIONS, ids=str)
def test_is_the_map_and_keras_s_convolution(arguments):
    layer = make(**arguments)
    reference = keras.layers.Conv2D(4, **arguments)
    mapped = ConcatenateFrequencyMap()(X)
    for frames in (12, 11, 7):
        got = layer(X[:, :frames])
        assert layer.compute_output_shape(X[:, :frames].shape) == tuple(got.shape)
        reference(mapped[:, :frames])
        reference.set_weights(layer.get_weights())
        expected = to_numpy(reference(mapped[:, :frames]))
        np.testing.assert_allclose(to_numpy(got), expected, atol=FLOAT32)


@pytest.mark.parametrize("arguments", CONVOLUTIONS, ids=str)
def test_a_padded_clip_gives_what_it_gives_alone(arguments):
    layer, frames = make(**arguments), [12, 9, 8, 7, 2, 0]
    x = 5 * noise(6, 12, 9, 2)
    mask = np.arange(12) < np.array(frames)[:, None]
    junk = np.where(mask[..., None, None], x, np.nan)
    together = layer(junk, mask=mask)
    out = to_numpy(MaskProbe()(together))
    together = to_numpy(together)
    assert out.shape == together.shape[:2]
    for clip, own in enumerate(frames):
        alone = to_numpy(layer(x[clip : clip + 1, :own]))
        count = alone.shape[1]
        np.testing.assert_array_equal(out[clip], np.arange(out.shape[1]) < count)
        np.testing.assert_allclose(together[clip, :count], alone[0], atol=FLOAT32)


@pytest.mark.parametrize("arguments", CONVOLUTIONS, ids=str)
def test_any_number_of_frames_known_or_not(arguments):
    layer = make(**arguments)
    dynamic = graph(quick(layer)) if BACKEND != "tensorflow" else _dynamic(layer)
    for frames in (0, 1, 2, 3, 5, 12):
        x = X[:, :frames]
        got = to_numpy(layer(x))
        assert got.shape == tuple(layer.compute_output_shape(x.shape))
        assert np.isfinite(got).all()
        np.testing.assert_allclose(to_numpy(dynamic(x)), got, atol=FLOAT32)


def _dynamic(layer):
    import tensorflow as tf

    return tf.function(lambda x: layer(x), input_signature=[tf.TensorSpec([None, None, 9, 2])])


def test_behind_a_mask_in_a_model():
    waveform, length = keras.Input((None,)), keras.Input((), dtype="int32")
    from kapre_like.layers import LengthMask

    x = LengthMask()([waveform, length])
    x = Magnitude()(STFT(n_fft=16, hop_length=8)(x))
    x = make(kernel_size=3, padding="same", strides=2)(x)
    model = keras.Model([waveform, length], x)
    clips = noise(2, 100)
    together = to_numpy(model([clips, np.array([100, 57], "int32")]))
    alone = to_numpy(model([clips[1:, :57], np.array([57], "int32")]))
    np.testing.assert_allclose(together[1:, : alone.shape[1]], alone, atol=FLOAT32)


def test_activity_counts_as_loss_once():
    layer = make(kernel_size=1, activity_regularizer="l2")
    y = to_numpy(layer(X))
    # l2 of Keras is 0.01 * sum(y ** 2), per clip of the batch.
    got = float(to_numpy(keras.ops.stop_gradient(sum(layer.losses))))
    assert got == pytest.approx(0.01 * float((y**2).sum()) / len(X), rel=1e-4)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"filters": 0}, "an int > 0"),
        ({"kernel_size": (3, 0)}, "an int > 0 or two of them"),
        ({"kernel_size": (3, 3, 3)}, "an int > 0 or two of them"),
        ({"strides": None}, "an int > 0 or two of them"),
        ({"dilation_rate": "2"}, "an int > 0 or two of them"),
        ({"strides": 2, "dilation_rate": 2}, "1 where dilation_rate=2 is above 1"),
        ({"padding": "causal"}, "one of"),
        ({"groups": 2}, "1. Received: groups=2. Only the last"),
        ({"use_bias": 1}, "True or False"),
        ({"activation": "rellu"}, "a Keras activation"),
        ({"activation": object()}, "a Keras activation"),
        ({"kernel_initializer": []}, "a Keras initializer"),
        ({"bias_regularizer": -1}, "a Keras regularizer"),
        ({"kernel_constraint": {}}, "a Keras constraint"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    message = rf"FrequencyAwareConv2D: `{name}` must be {rule}"
    with pytest.raises(ValueError, match=message):
        make(**{"kernel_size": 3, **bad})


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"FrequencyAwareConv2D: expects \(batch, frames"):
        make(kernel_size=3)(np.zeros((2, 5, 4), "float32"))
    with pytest.raises(ValueError, match="at least 5 freqs"):
        make(kernel_size=5)(np.zeros((2, 5, 4, 1), "float32"))
    with pytest.raises(ValueError, match="floating point"):
        make(kernel_size=3)(np.zeros((2, 5, 4, 1), "int32"))
