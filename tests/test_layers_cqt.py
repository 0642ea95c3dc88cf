"""What `CQT` promises beside what every layer does (`test_every_layer.py`)."""

import json

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, gradient, quick, to_numpy
from layer_contract import (
    noise,
)
from tolerances import FLOAT32, FLOAT32_LONG

from kapre_like.layers import CQT, Magnitude

pytestmark = pytest.mark.backends(full=True)

# Three octaves, the last with two bins; low-passed and halved once before the first.
SMALL = {
    "sample_rate": 8000, "hop_length": 64, "fmin": 120.0, "n_bins": 14, "bins_per_octave": 6,
}  # fmt: skip
WAVEFORM = noise(3, 700, 2)


def test_channels_may_be_unknown_too():
    x, mask = noise(2, 400, 3), np.arange(400) < np.array([[400], [200]])
    layer = CQT(**SMALL)
    expected = to_numpy(layer(x, mask=mask))
    if BACKEND == "tensorflow":
        import tensorflow as tf

        specs = [tf.TensorSpec([None] * 3), tf.TensorSpec([None] * 2, "bool")]
        call = tf.function(lambda x, m: layer(x, mask=m), input_signature=specs)
        np.testing.assert_allclose(to_numpy(call(x, mask)), expected, atol=FLOAT32)
    assert layer(keras.Input((None, None))).shape == (None, None, 14, None)


LIBROSA = [
    {},
    {"sr": 16000},
    {"sr": 16000, "hop_length": 160},
    {"hop_length": 441, "n_bins": 80},
    {"hop_length": 256, "n_bins": 110, "bins_per_octave": 24, "norm": 2},
    {"n_bins": 250, "bins_per_octave": 36, "hop_length": 1000},
    {"n_bins": 20, "filter_scale": 2, "window": ("kaiser", 8.0)},
    {"pad_mode": "reflect", "hop_length": 400, "norm": np.inf},
    {"sr": 8400, "n_bins": 83, "scale": False, "norm": None},
    {"n_bins": 1, "fmin": 440.0},
]


@pytest.mark.filterwarnings("ignore:n_fft=.* is too large")
@pytest.mark.parametrize("arguments", LIBROSA, ids=str)
def test_matches_librosa_one_clip_at_a_time(arguments):
    librosa = pytest.importorskip("librosa")
    if BACKEND != "tensorflow" and len(arguments) > 2:
        pytest.skip("one program a configuration takes long to compile")
    theirs = {"sr": 22050, "fmin": 32.70319566, **arguments}
    ours = {k: v for k, v in theirs.items() if k != "sr"}
    if ours.get("norm") == np.inf:
        ours["norm"] = "max"
    layer = CQT(sample_rate=theirs["sr"], output="complex", **ours)
    samples = theirs["sr"] * 2 + 1
    time = np.arange(samples) / theirs["sr"]
    chord = np.cos(2 * np.pi * np.array([110.0, 440.0, 900.0])[:, None] * time).sum(axis=0)
    x = np.stack([noise(2, samples)[1], chord]).astype("float32")
    got = to_numpy(quick(layer)(x[..., None]))[..., 0]
    for clip in range(2):
        expected = librosa.cqt(x[clip].astype("float64"), **theirs).T
        # The largest difference was 1.3e-3 of the peak: where rates are halved further than in
        # librosa, the weak lobes of a filter are lost. Elsewhere it is 1e-4.
        peak = np.abs(expected).max()
        np.testing.assert_allclose(got[clip], expected, atol=2e-3 * peak)
        magnitude = to_numpy(Magnitude()(got[clip : clip + 1, ..., None]))[0, ..., 0]
        np.testing.assert_allclose(magnitude, np.abs(expected), atol=2e-3 * peak)


def test_the_default_rate_is_that_of_all_layers():
    tone = np.cos(2 * np.pi * 440.0 * np.arange(16000) / 16000).astype("float32")
    magnitude = to_numpy(CQT()(tone[None, :, None]))[0, 16, :, 0]
    assert magnitude.argmax() == 45  # A4, 45 semitones above C1


@pytest.mark.parametrize("output", ["magnitude", "real_imag"])
def test_outputs_are_one_number_in_three_forms(output):
    expected = to_numpy(CQT(**SMALL, output="complex")(WAVEFORM))
    got = to_numpy(CQT(**SMALL, output=output)(WAVEFORM))
    if output == "real_imag":
        np.testing.assert_array_equal(got[..., 0] + 1j * got[..., 1], expected)
    else:
        np.testing.assert_allclose(got, np.abs(expected), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(("hop_length", "atol"), [(64, 1e-4), (50, 1e-3), (37, 1e-3)])
def test_learned_kernels_start_equal_to_the_fixed_ones(hop_length, atol):
    arguments = {**SMALL, "hop_length": hop_length}
    x = noise(2, 3000, 1)
    fixed = to_numpy(CQT(**arguments)(x))
    learned = to_numpy(CQT(**arguments, learn="kernels")(x))
    # 1e-4 of the peak: two formulas in float32. Where the hop does not allow to halve the rate,
    # learned octaves keep their rate and fixed ones are halved: the ends of a filter, as
    # librosa cuts them, reach beyond the halved band by some 5e-4.
    np.testing.assert_allclose(learned, fixed, atol=atol * fixed.max())


@pytest.mark.parametrize("learn", [None, "kernels"])
def test_describe_has_the_frequencies_of_the_filters(learn):
    layer = CQT(learn=learn)
    layer.build((None, None, 1))
    now, initial = layer.describe().now, layer.describe().initial
    expected = 32.70319566 * 2.0 ** (np.arange(84) / 12)
    # A bin's distance is 6 %; weak parts of a filter pull its center less than 1 %.
    np.testing.assert_allclose(now["center_hz"], expected, rtol=0.01)
    # Of a Hann window 1 / length times 1.5, over librosa's relative bandwidth.
    length = 1 / (expected * 2 * np.tanh(np.log(2) / 12) / 2)
    np.testing.assert_allclose(now["bandwidth_hz"], 1.5 / length, rtol=0.05)
    for name, values in initial.items():
        np.testing.assert_allclose(now[name], values, rtol=FLOAT32_LONG)


def test_describe_follows_what_is_learned():
    layer = CQT(**SMALL, learn="kernels")
    layer.build((None, None, 1))
    before = layer.describe()
    layer.weights[0].assign(np.roll(to_numpy(layer.weights[0]), 1, axis=1))
    layer.weights[1].assign(np.roll(to_numpy(layer.weights[1]), 1, axis=1))
    after = layer.describe()
    np.testing.assert_allclose(
        after.initial["center_hz"], before.now["center_hz"], rtol=FLOAT32_LONG
    )
    top = slice(-6, None)
    expected = np.roll(before.now["center_hz"][top], 1)
    np.testing.assert_allclose(after.now["center_hz"][top], expected, rtol=FLOAT32_LONG)
    np.testing.assert_array_equal(after.now["center_hz"][:-6], before.now["center_hz"][:-6])


@pytest.mark.parametrize("hop_length", [64, 50])
def test_the_gradient_is_the_transpose(hop_length):
    # The transform is linear: its gradient by the waveform is the same everywhere, and the
    # difference quotient is exact up to rounding.
    layer = CQT(**{**SMALL, "hop_length": hop_length}, output="real_imag")
    x = noise(1, 200, 1)
    got = gradient(layer, x)[0, :, 0]
    base = to_numpy(layer(x)).sum()
    for sample in (0, 77, 199):
        moved = x.copy()
        moved[0, sample, 0] += 1.0
        slope = to_numpy(layer(moved)).sum() - base
        np.testing.assert_allclose(got[sample], slope, rtol=2e-3, atol=1e-3)


def test_numpy_numbers_and_tuples_survive_the_file():
    layer = CQT(**{**SMALL, "hop_length": np.int64(64)}, window=("kaiser", np.float64(8.0)))
    config = json.loads(json.dumps(layer.get_config()))
    assert CQT.from_config(config).get_config()["window"] == ["kaiser", 8.0]


def test_frame_lengths_count_the_valid_frames():
    got = to_numpy(CQT(**SMALL).frame_lengths(np.array([0, 63, 64, 128])))
    np.testing.assert_array_equal(got, [1, 1, 2, 3])


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"sample_rate": "8k"}, "a number > 0"),
        ({"hop_length": 0}, "an int > 0"),
        ({"fmin": 0}, "a number > 0"),
        ({"n_bins": 2.5}, "an int > 0"),
        ({"n_bins": 50}, "such that every filter ends below half of sample_rate=8000"),
        ({"bins_per_octave": None}, "an int > 0"),
        ({"filter_scale": -1}, "a number > 0"),
        ({"norm": "min"}, "a number > 0"),
        ({"window": np.hanning(8)}, "a name"),
        ({"pad_mode": "edge"}, "one of"),
        ({"scale": 1}, "True or False"),
        ({"output": "phase"}, "one of"),
        ({"learn": True}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"CQT: `{name}` must be {rule}"):
        CQT(**{**SMALL, **bad})


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"expects \(batch, samples, channels\)"):
        CQT(**SMALL)(np.zeros((2, 40), "float32"))
    with pytest.raises(ValueError, match=r"floating point.*int16.*x / 32768"):
        CQT(**SMALL)(np.zeros((2, 40, 1), "int16"))
