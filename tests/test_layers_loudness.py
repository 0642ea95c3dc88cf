"""What `Loudness` promises beside what every layer does (`test_every_layer.py`)."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, gradient, quick, to_numpy
from layer_contract import (
    check_gradient,
    noise,
)
from tolerances import DECIBEL_FLOAT32, DECIBEL_STEP

from kapre_like.layers import LengthMask, Loudness

pytestmark = pytest.mark.backends(full=True)

RATE = 4000
BLOCK, HOP = 1600, 400
# Every shape is compiled anew on JAX, which takes seconds.
RATES = [8000, 16000, 44100, 48000] if BACKEND != "jax" else [8000]
LENGTHS = [4600, 0, 1, 1599, 1600, 1800, 1801, 2000, 2001, 4599]


def test_a_clip_in_a_padded_batch_is_as_loud_as_alone():
    waveform, length = keras.Input((None,)), keras.Input((), dtype="int32")
    y = Loudness(sample_rate=RATE)(LengthMask()([waveform, length]))
    model = quick(keras.Model([waveform, length], y))
    x = noise(len(LENGTHS), LENGTHS[0])
    for clip, samples in enumerate(LENGTHS):
        x[clip, samples:] = 1e3
    together = to_numpy(model([x, np.array(LENGTHS, "int32")]))
    for clip in (0, 1, 3, 6, 9):
        alone = x[clip : clip + 1, : LENGTHS[clip], None]
        expected = to_numpy(Loudness(sample_rate=RATE)(alone))
        np.testing.assert_allclose(together[clip : clip + 1], expected, atol=DECIBEL_FLOAT32)


def test_silence_reads_the_floor_and_has_a_finite_gradient():
    silence = np.zeros((1, 3000, 2), "float32")
    for mode, floor in (("integrated", -70), ("momentary", -120), ("short_term", -120)):
        layer = Loudness(sample_rate=RATE, mode=mode)
        np.testing.assert_allclose(to_numpy(quick(layer)(silence)), floor, atol=DECIBEL_STEP)
        check_gradient(quick(layer), silence)
    sound = gradient(quick(Loudness(sample_rate=RATE)), noise(1, 3000, 1))
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() > 0


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000, 96000])
def test_the_standard_s_own_check(rate):
    sine = np.sin(2 * np.pi * 997 / rate * np.arange(3 * rate)).astype("float32")
    got = to_numpy(quick(Loudness(sample_rate=rate))(sine[None, :, None]))
    np.testing.assert_allclose(got, [[-3.01]], atol=0.02 if rate == 8000 else 0.005)
    if rate == 48000 and BACKEND != "jax":
        # Both front channels read 3 LU more, one surround 1.5 LU more.
        both = to_numpy(Loudness(sample_rate=rate)(np.stack([sine, sine], axis=-1)[None]))
        np.testing.assert_allclose(both, [[0.0]], atol=0.005)
        five = np.zeros((1, len(sine), 5), "float32")
        five[0, :, 4] = sine
        surround = to_numpy(Loudness(sample_rate=rate)(five))
        np.testing.assert_allclose(surround, [[-3.01 + 10 * np.log10(1.41)]], atol=0.005)


@pytest.mark.skipif(BACKEND == "jax", reason="every shape is compiled anew")
@pytest.mark.parametrize("hz", [60, 100, 400, 3000])
def test_a_sine_is_as_loud_at_every_rate(hz):
    read = []
    for rate in (48000, 32000, 22050, 16000, 11025, 8000):
        sine = 0.5 * np.sin(2 * np.pi * hz / rate * np.arange(2 * rate)).astype("float32")
        read.append(to_numpy(Loudness(sample_rate=rate)(sine[None, :, None]))[0, 0])
    # The EBU allows meters 0.1 LU; 0.02 is what a filter of this order leaves at 8 kHz.
    np.testing.assert_allclose(read, read[0], atol=0.025)


@pytest.mark.parametrize(
    ("weighting", "rate"),
    # Below 48 kHz pyloudnorm's DeMan filters read too much of low notes.
    [("itu", 48000), *(("cookbook", rate) for rate in RATES)],
)
@pytest.mark.parametrize("channels", [1, 5])
def test_matches_pyloudnorm(rate, channels, weighting):
    pyloudnorm = pytest.importorskip("pyloudnorm")
    name = {"itu": "DeMan", "cookbook": "K-weighting"}[weighting]
    meter = pyloudnorm.Meter(rate, filter_class=name)
    rng = np.random.default_rng(rate + channels)
    for seconds in (0.4, 1.0, 3.37):
        samples = int(seconds * rate)
        # Segments of very different level, so that both gates close on some of them.
        level = 10 ** (rng.uniform(-90, 0, 20) / 20)
        level = np.repeat(level, samples // 20 + 1)[:samples, None]
        x = (0.2 * level * rng.standard_normal((samples, channels))).astype("float32")
        got = to_numpy(quick(Loudness(sample_rate=rate, weighting=weighting))(x[None]))
        expected = meter.integrated_loudness(x.astype("float64"))
        # A meter may differ by 0.1 LU (EBU Tech 3341); two implementations differ far less.
        np.testing.assert_allclose(got, [[expected]], atol=DECIBEL_FLOAT32)


def test_only_whole_blocks_count_as_in_the_standard():
    x = noise(1, BLOCK + HOP - 1, 1)
    x[:, BLOCK:] *= 100
    whole = to_numpy(Loudness(sample_rate=RATE, last_block="whole")(x))
    cut = to_numpy(Loudness(sample_rate=RATE)(x[:, :BLOCK]))
    np.testing.assert_allclose(whole, cut, atol=DECIBEL_STEP)
    assert to_numpy(Loudness(sample_rate=RATE)(x))[0, 0] > whole[0, 0] + 20


def test_momentary_and_short_term_follow_the_level():
    rate = 16000
    sine = np.sin(2 * np.pi * 997 / rate * np.arange(7 * rate))
    sine[: 3 * rate] *= 0.1
    x = sine[None, :, None].astype("float32")
    momentary = to_numpy(quick(Loudness(sample_rate=rate, mode="momentary"))(x))[0, :, 0]
    short = to_numpy(quick(Loudness(sample_rate=rate, mode="short_term"))(x))[0, :, 0]
    assert (len(momentary), len(short)) == (67, 41)
    assert abs(momentary[5] + 22.97) < 0.1
    assert abs(momentary[-1] + 2.97) < 0.1
    assert abs(short[0] + 22.97) < 0.1
    # Half of the block is 20 dB louder.
    assert abs(short[15] - (-2.97 + 10 * np.log10(0.505))) < 0.1


def test_channel_weights_of_one_s_own():
    x = noise(1, 4000, 6)
    weights = [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]
    got = to_numpy(Loudness(sample_rate=RATE, channel_weights=weights)(x))
    without = np.delete(x, 3, axis=2)
    expected = to_numpy(Loudness(sample_rate=RATE)(without))
    np.testing.assert_allclose(got, expected, atol=DECIBEL_STEP)
    with pytest.raises(ValueError, match=r"at most 5 channels.*channel_weights"):
        Loudness(sample_rate=RATE)(x)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="shapes are unknown on TensorFlow only")
def test_length_may_be_unknown_with_a_mask():
    import tensorflow as tf

    x = noise(2, 5000, 1)
    mask = np.arange(5000)[None] < np.array([[5000], [1900]])
    for mode in ("integrated", "momentary"):
        layer = Loudness(sample_rate=RATE, mode=mode)
        specs = [tf.TensorSpec([None, None, 1]), tf.TensorSpec([None, None], "bool")]
        call = tf.function(lambda x, m, f=layer: f(x, mask=m), input_signature=specs)
        expected = to_numpy(layer(x, mask=mask))
        np.testing.assert_allclose(to_numpy(call(x, mask)), expected, atol=DECIBEL_STEP)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="a graph of TensorFlow")
@pytest.mark.parametrize(("channels", "expected"), [(1, -3.01), (2, 0.0)])
def test_the_number_of_channels_may_be_unknown(channels, expected):
    import tensorflow as tf

    # As `audio_dataset_from_directory` gives it; all five channel weights were used then.
    time = np.arange(2 * 16000) / 16000
    sine = np.sin(2 * np.pi * 997 * time).astype("float32")
    x = np.repeat(sine[None, :, None], channels, axis=2)
    layer = Loudness(sample_rate=16000)
    spec = tf.TensorSpec([None, None, None])
    graph = tf.function(lambda x: layer(x), input_signature=[spec])
    for call in (layer, graph):
        np.testing.assert_allclose(to_numpy(call(x)), expected, atol=5e-3)


def test_frame_lengths_count_the_valid_blocks():
    layer = Loudness(sample_rate=RATE, mode="momentary")
    got = to_numpy(layer.frame_lengths(np.array([0, 1600, 1800, 1801, 2200, 2201])))
    assert got.tolist() == [1, 1, 1, 2, 2, 3]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"sample_rate": 3000}, "above 3400"),
        ({"sample_rate": "48000"}, "a number > 0"),
        ({"mode": "range"}, "one of"),
        ({"weighting": "A"}, "one of"),
        ({"channel_weights": [1.0, -1.0]}, "numbers >= 0"),
        ({"channel_weights": "standard"}, "numbers >= 0"),
        ({"last_block": True}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    match = rf"Loudness: `{name}` must be {rule}.* Received: {name}="
    with pytest.raises(ValueError, match=match):
        Loudness(**bad)
