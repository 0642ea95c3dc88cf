"""What `ApplyFilterbank` promises beside what every layer does (`test_every_layer.py`)."""

import pathlib

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise, policy
from tolerances import FLOAT32, FLOAT64_LONG

from kapre_like import filters
from kapre_like.filters.filterbank import TYPES
from kapre_like.layers import ApplyFilterbank

pytestmark = pytest.mark.backends(full=True)

SAVED = pathlib.Path(__file__).parent / "saved_files"
SMALL = {"sample_rate": 8000, "n_mels": 4}
SPECTRUM = np.abs(noise(3, 5, 17, 2))
MATRIX = np.random.default_rng(0).standard_normal((17, 3))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("learn", [None, "matrix"])
def test_bands_are_sums_over_frequencies(channels, learn):
    x = noise(2, 5, 17, channels)
    got = to_numpy(ApplyFilterbank(type="matrix", matrix=MATRIX, learn=learn)(x))
    expected = np.einsum("tfkc,km->tfmc", x.astype("float64"), MATRIX)
    np.testing.assert_allclose(got, expected, atol=FLOAT32 * np.abs(expected).max())


@pytest.mark.parametrize(("n_fft", "n_freqs"), [(None, 17), (32, 17), (33, 17)])
def test_mel_bands_are_those_of_filters(n_fft, n_freqs):
    x = np.abs(noise(2, 5, n_freqs, 1))
    layer = ApplyFilterbank(**SMALL, fmin=10.0, fmax=3900.0, mel_scale="htk", n_fft=n_fft)
    bands = filters.mel_matrix(8000, n_fft or 32, 4, 10.0, 3900.0, "htk", "slaney")
    expected = np.einsum("tfkc,km->tfmc", x, bands)
    np.testing.assert_allclose(to_numpy(layer(x)), expected, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("learn", [None, "matrix"])
def test_large_powers_stay_finite_under_mixed_precision(name, learn):
    with policy(name):
        layer = ApplyFilterbank(**SMALL, norm=None, learn=learn)
        got = to_numpy(layer(np.full((1, 2, 17, 1), 1e6, "float32")))
    assert got.dtype == "float32"
    assert np.isfinite(got).all()
    assert got.min() > 1e6


def test_only_a_matrix_without_negative_entries_is_kept_so():
    for matrix, kept in ((MATRIX, False), (np.abs(MATRIX), True)):
        layer = ApplyFilterbank(type="matrix", matrix=matrix, learn="matrix")
        layer.build((None, None, 17, 1))
        assert (layer.mel_matrix.constraint is not None) == kept


def test_the_warning_of_empty_bands_has_arguments_that_fix_it():
    with pytest.warns(UserWarning, match="ApplyFilterbank: 1 of 128 mel bands"):
        ApplyFilterbank(mel_scale="htk")(np.ones((1, 2, 257, 1), "float32"))


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("shape", [None, "triangle", "gaussian", "gabor"])
def test_learned_bands_start_equal_to_the_fixed_ones(type, shape):
    if type == "gammatone" and shape is not None:
        return
    x = np.abs(noise(2, 3, 1025, 1))
    arguments = {"type": type, "band_shape": shape, "n_mels": 40}
    if type == "log":
        arguments |= {"n_bands": 40, "fmin": 200.0}
    expected = to_numpy(ApplyFilterbank(**arguments)(x))
    for learn in ("bands", "matrix"):
        got = to_numpy(ApplyFilterbank(**arguments, learn=learn)(x))
        np.testing.assert_allclose(got, expected, rtol=0, atol=3e-6 * expected.max())


def pushed(layer, x, sign, rate):
    """The layer after one step of plain descent on the sum of its result."""
    model = keras.Sequential([keras.Input(x.shape[1:]), layer])
    optimizer = keras.optimizers.SGD(rate)
    model.compile(optimizer=optimizer, loss=lambda true, got: sign * keras.ops.mean(got))
    model.train_on_batch(x, np.zeros((len(x), *model.output_shape[1:])))
    return layer


@pytest.mark.parametrize("type", ["mel", "bark", "log", "linear"])
@pytest.mark.parametrize("sign", [1, -1])
def test_centers_stay_in_range_and_widths_are_at_least_one_bin(type, sign):
    x = np.abs(noise(2, 5, 129, 1)) * np.linspace(0, 1, 129)[:, None].astype("float32")
    arguments = {"type": type, "sample_rate": 8000, "n_mels": 10, "norm": None}
    if type != "mel":
        arguments |= {"n_bands": 10, "fmin": 300.0, "spread": 0.5}
    layer = pushed(ApplyFilterbank(**arguments, learn="bands"), x, sign, 1e6)
    said = layer.describe()
    center, width = said.now["center_hz"], said.now["bandwidth_hz"]
    assert not np.array_equal(center, said.initial["center_hz"])
    assert center.min() >= 0
    assert center.max() <= 4000.1
    least = np.minimum(said.initial["bandwidth_hz"], 8000 / 256)
    assert (width >= 0.99 * least).all()
    if sign == 1:  # Narrower bands of height 1 hold less.
        assert width.min() < 1.1 * least.max()
    assert np.isfinite(to_numpy(layer(x))).all()


def test_bands_learn_where_a_tone_lies():
    # One band above, one below 1 kHz; both are to be loud at 1 kHz.
    x = np.full((4, 3, 257, 1), 0.01, "float32")
    x[:, :, 32] = 1.0
    layer = ApplyFilterbank(
        type="erb", n_bands=2, fmin=300.0, fmax=2200.0, band_shape="gaussian", norm=None,
        learn="bands",
    )  # fmt: skip
    model = keras.Sequential([keras.Input((3, 257, 1)), layer])
    model.compile(keras.optimizers.Adam(0.01), lambda true, got: -keras.ops.mean(got))
    before = np.abs(layer.describe().now["center_hz"] - 1000)
    model.fit(x, np.zeros((4, 3, 2, 1)), epochs=10, verbose=0)
    assert (np.abs(layer.describe().now["center_hz"] - 1000) < before).all()


@pytest.mark.parametrize("learn", [None, "bands", "matrix"])
def test_describe_has_hz_now_and_before_training_after_any_change(learn, tmp_path):
    centers = filters.mel_frequencies(22, 0.0, 4000.0, "htk")
    layer = ApplyFilterbank(sample_rate=8000, n_mels=20, mel_scale="htk", learn=learn)
    x = np.abs(noise(2, 3, 257, 1))
    if learn:
        pushed(layer, x, -1, 10.0)
    else:
        layer(x)
    said = layer.describe()
    # A matrix is measured: a triangle's center of gravity lies above its middle.
    bins = 0.01 if learn != "matrix" else 0.5 * 8000 / 512
    np.testing.assert_allclose(said.initial["center_hz"], centers[1:-1], rtol=0.02, atol=bins)
    widths = (centers[2:] - centers[:-2]) / 2
    np.testing.assert_allclose(said.initial["bandwidth_hz"], widths, rtol=0.1)
    moved = not np.array_equal(said.now["center_hz"], said.initial["center_hz"])
    assert moved == (learn is not None)
    layer.trainable = False
    model = keras.Sequential([keras.Input((3, 257, 1)), layer])
    model.save(tmp_path / "model.keras")
    for other in (layer, keras.models.load_model(tmp_path / "model.keras").layers[0]):
        again = other.describe()
        for name, values in said.now.items():
            np.testing.assert_allclose(again.now[name], values, rtol=FLOAT32)
            np.testing.assert_allclose(
                again.initial[name], said.initial[name], rtol=FLOAT64_LONG
            )


def test_a_given_matrix_is_described_by_its_columns():
    box = np.zeros((17, 2))
    box[2:5, 0] = box[10, 1] = 2.0
    layer = ApplyFilterbank(type="matrix", matrix=box, sample_rate=3200, n_fft=32)
    with pytest.raises(ValueError, match="Call the layer once"):
        layer.describe()
    layer.build((None, None, 17, 1))
    said = layer.describe()
    np.testing.assert_allclose(said.now["center_hz"], [300, 1000])
    np.testing.assert_allclose(said.now["bandwidth_hz"], [300, 100])


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"type": "cochlea"}, "one of"),
        ({"n_bands": 4}, "None if type='mel'"),
        ({"type": "bark", "n_bands": 0}, "an int > 0"),
        ({"bins_per_octave": 0}, "an int > 0"),
        ({"spread": 0.0}, "a number > 0"),
        ({"band_shape": "box"}, "one of"),
        ({"sample_rate": 0}, "a number > 0"),
        ({"n_mels": 4.0}, "an int > 0"),
        ({"fmin": 4000}, "below fmax"),
        ({"fmax": 5000}, "at most half"),
        ({"mel_scale": None}, "one of"),
        ({"norm": "area"}, "one of"),
        ({"n_fft": -1}, "an int > 0"),
        ({"matrix": [[1.0]]}, "None if type='mel'"),
        ({"learn": "kernels"}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = list(bad)[-1]
    match = rf"ApplyFilterbank: `{name}` must be {rule}.* Received: {name}="
    with pytest.raises(ValueError, match=match):
        ApplyFilterbank(**{**SMALL, **bad})


@pytest.mark.parametrize("bad", [None, [1.0], [[np.inf]], [], "mel"])
def test_a_bad_matrix_is_named_in_the_error(bad):
    with pytest.raises(ValueError, match="`matrix` must be finite numbers of shape"):
        ApplyFilterbank(type="matrix", matrix=bad)


def test_a_matrix_has_no_bands_to_learn():
    with pytest.raises(ValueError, match="`learn` must be None or 'matrix' if type='matrix'"):
        ApplyFilterbank(type="matrix", matrix=MATRIX, learn="bands")


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"expects \(batch, frames, freqs, channels\)"):
        ApplyFilterbank(**SMALL)(noise(2, 5, 17))
    with pytest.raises(ValueError, match="expects 18 freqs"):
        ApplyFilterbank(**SMALL, n_fft=34)(SPECTRUM)
    with pytest.raises(ValueError, match="expects 17 freqs"):
        ApplyFilterbank(type="matrix", matrix=MATRIX)(noise(2, 5, 18, 1))
    with pytest.raises(ValueError, match="at least one channel"):
        ApplyFilterbank(**SMALL)(noise(2, 5, 17, 0))
    with pytest.raises(ValueError, match="floating point"):
        ApplyFilterbank(**SMALL)(np.zeros((2, 5, 17, 1), "int32"))


def test_files_saved_before_the_weight_was_renamed_still_load():
    # The file contains `GaborFrontEnd` and `MelSpectrogram`, whose weight `center` then had its
    # British spelling. The weight was multiplied by 0.9. Keras stores weights by position.
    model = keras.models.load_model(SAVED / "bands_named_centre.keras")
    for name in ("gabor", "mel"):
        layer = model.get_layer(name)
        trained = to_numpy(layer.weights[0])
        assert layer.weights[0].name == "center"
        fresh = type(layer).from_config(layer.get_config())
        fresh.build((None, 400, 1))
        np.testing.assert_allclose(trained, 0.9 * to_numpy(fresh.weights[0]), rtol=1e-6)
