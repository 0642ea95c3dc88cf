"""What `MelSpectrogram` promises beside what every layer does (`test_every_layer.py`)."""

from functools import partial

import keras
import numpy as np
import pytest
from backend_tools import quick, to_numpy
from layer_contract import (
    check_policies,
    full_scale_sine,
    masked_model,
    noise,
)
from tolerances import DECIBEL, DECIBEL_FLOAT32

from kapre_like.layers import (
    STFT,
    ApplyFilterbank,
    LengthMask,
    Magnitude,
    MagnitudeToDecibel,
    MelSpectrogram,
    Power,
    PowerToDecibel,
)

pytestmark = pytest.mark.backends(full=True)

SMALL = {"sample_rate": 8000, "n_fft": 32, "hop_length": 10, "n_mels": 4}
WAVEFORM = noise(5, 90, 2)


def test_every_policy_computes_in_float32():
    make = partial(MelSpectrogram, sample_rate=8000, n_fft=1024, n_mels=20)
    batches = [np.zeros((1, 2048, 1), "float32"), full_scale_sine(2048)]
    # Half of one step of the result's dtype at 100 dB: 0.03 and 0.25. float64: 1e-3 dB of
    # float32 rounding in the quietest bands.
    tolerance = {"float32": 0, "mixed_float16": 0.04, "mixed_bfloat16": 0.26, "float64": 1e-3}
    check_policies(make, batches, output="policy", atol=tolerance)
    linear = partial(make, decibel=False, learn_stft="kernels", learn_mel="matrix")
    # The sine's power, up to 65536 in one bin, overflows float16; 1e-5 of the peak.
    tolerance = {"float32": 0, "mixed_float16": 0, "mixed_bfloat16": 0, "float64": 0.02}
    check_policies(linear, batches, output="float32", atol=tolerance)


@pytest.mark.parametrize("mel_scale", ["slaney", "htk"])
@pytest.mark.parametrize("norm", ["slaney", None])
@pytest.mark.parametrize(("power", "top_db"), [(2.0, 80.0), (1.0, None)])
def test_matches_librosa_one_clip_at_a_time(mel_scale, norm, power, top_db):
    librosa = pytest.importorskip("librosa")
    x = noise(2, 4000, 2)
    # A tone gives the bands something to differ by.
    x += full_scale_sine(4000, 2) * np.array([0.01, 0.5])[:, None, None].astype("float32")
    arguments = {"n_fft": 512, "hop_length": 160, "n_mels": 40, "fmin": 50.0, "fmax": 3800.0}
    layer = MelSpectrogram(
        sample_rate=8000, **arguments, power=power, mel_scale=mel_scale, norm=norm,
        top_db=top_db,
    )  # fmt: skip
    layer.build(x.shape)
    got = to_numpy(quick(layer)(x))
    for clip in (0, 1):
        expected = librosa.feature.melspectrogram(
            y=x[clip, :, 1].astype("float64"), sr=8000, **arguments, power=power,
            htk=mel_scale == "htk", norm=norm,
        )  # fmt: skip
        to_db = librosa.power_to_db if power == 2 else librosa.amplitude_to_db
        expected = to_db(expected, ref=1.0, amin=1e-10, top_db=None).T
        if top_db is not None:  # one peak per clip over both channels
            expected = np.maximum(expected, got[clip].max() - top_db)
        np.testing.assert_allclose(got[clip, :, :, 1], expected, atol=DECIBEL)


@pytest.mark.parametrize(
    ("power", "level", "scale"),
    [(2.0, Power, PowerToDecibel), (1.0, Magnitude, MagnitudeToDecibel)],
)
def test_equals_its_layers_in_a_row(power, level, scale):
    bands = {"sample_rate": 8000, "n_mels": 4}
    row = [
        STFT(n_fft=33, hop_length=10), level(), ApplyFilterbank(**bands, n_fft=33),
        scale(ref="max", amin=1e-6, top_db=40.0),
    ]  # fmt: skip
    one = MelSpectrogram(
        **bands, n_fft=33, hop_length=10, power=power, ref="max", amin=1e-6, top_db=40.0
    )
    waveform, length = noise(3, 100), np.array([100, 55, 20], "int32")
    got, mask = masked_model([one])([waveform, length])
    expected, expected_mask = masked_model(row)([waveform, length])
    np.testing.assert_allclose(to_numpy(got), to_numpy(expected), atol=DECIBEL_FLOAT32)
    np.testing.assert_array_equal(to_numpy(mask), to_numpy(expected_mask))


@pytest.mark.parametrize("learn_stft", ["kernels", "window"])
@pytest.mark.parametrize("learn_mel", ["matrix", "bands"])
def test_a_learned_front_end_starts_equal_to_the_fixed_one(learn_stft, learn_mel):
    x = noise(2, 2000, 1)
    arguments = {"sample_rate": 8000, "n_fft": 256, "n_mels": 20}
    fixed = to_numpy(MelSpectrogram(**arguments)(x))
    learned = MelSpectrogram(**arguments, learn_stft=learn_stft, learn_mel=learn_mel)
    np.testing.assert_allclose(to_numpy(learned(x)), fixed, atol=DECIBEL)


def test_a_learned_matrix_stays_non_negative():
    layer = MelSpectrogram(**SMALL, learn_mel="matrix", decibel=False)
    model = keras.Sequential([keras.Input((90, 2)), layer])
    # Steps of 1 against the gradient of the sum push every entry below zero.
    model.compile(optimizer=keras.optimizers.SGD(1e3), loss=lambda true, got: got)
    model.train_on_batch(WAVEFORM, np.zeros((5, 10, 4, 2)))
    matrix = to_numpy(layer.mel_matrix)
    assert matrix.min() == 0.0
    assert (matrix > 0).sum() < 20


def test_frame_lengths_and_mask_agree_in_a_model():
    waveform, length = keras.Input((None,)), keras.Input((), dtype="int32")
    layer = MelSpectrogram(**SMALL)
    model = keras.Model(
        [waveform, length],
        [layer(LengthMask()([waveform, length])), layer.frame_lengths(length)],
    )
    _, frames = model([noise(4, 60), np.array([60, 59, 10, 0], "int32")])
    np.testing.assert_array_equal(to_numpy(frames), [7, 6, 2, 1])


def test_empty_bands_are_one_warning_with_arguments_that_fix_it():
    layer = MelSpectrogram(n_fft=400, n_mels=128, mel_scale="htk")
    with pytest.warns(UserWarning, match="4 of 128 mel bands") as record:
        layer(noise(1, 800, 1))
    assert len(record) == 1
    assert "n_mels=89 or n_fft=1024" in str(record[0].message)
    layer(noise(1, 800, 1))
    for mended in ({"n_fft": 400, "n_mels": 89}, {"n_fft": 1024, "n_mels": 128}):
        MelSpectrogram(**mended, mel_scale="htk")(noise(1, 800, 1))


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"sample_rate": "8000"}, "a number > 0"),
        ({"n_fft": 0}, "an int > 0"),
        ({"win_length": 33}, "at most n_fft=32"),
        ({"hop_length": 0}, "an int > 0"),
        ({"window": "triangle-ish"}, "a window"),
        ({"center": None}, "True or False"),
        ({"pad_mode": "edge"}, "one of"),
        ({"power": 0}, "a number > 0"),
        ({"n_mels": 0}, "an int > 0"),
        ({"fmin": -1.0}, "a number >= 0"),
        ({"fmin": 4000.0}, "below fmax, here half of sample_rate=8000"),
        ({"fmax": 4001.0}, "at most half of sample_rate=8000"),
        ({"mel_scale": "mel"}, "one of"),
        ({"norm": "l2"}, "one of"),
        ({"decibel": 1}, "True or False"),
        ({"ref": "min"}, 'a number > 0 or "max"'),
        ({"ref": 0.0}, "a number > 0"),
        ({"amin": 0.0}, "a number > 0"),
        ({"top_db": -80.0}, "a number > 0"),
        ({"learn_stft": "matrix"}, "one of"),
        ({"learn_mel": True}, "one of"),
        ({"band_shape": "square"}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    match = rf"MelSpectrogram: `{name}` must be {rule}.* Received: {name}="
    with pytest.raises(ValueError, match=match):
        MelSpectrogram(**{**SMALL, **bad})


def test_bad_input_is_named_in_the_error():
    with pytest.raises(
        ValueError, match=r"expects \(batch, samples, channels\).*expand_dims\(x, axis=-1\)"
    ):
        MelSpectrogram(**SMALL)(np.zeros((2, 40), "float32"))
    with pytest.raises(ValueError, match="at least one channel"):
        MelSpectrogram(**SMALL)(np.zeros((2, 40, 0), "float32"))
    with pytest.raises(ValueError, match=r"floating point.*int16.*x / 32768"):
        MelSpectrogram(**SMALL)(np.zeros((2, 40, 1), "int16"))
