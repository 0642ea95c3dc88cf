"""`FrontEndNormalization`: NumPy, known models, statistics from data."""

from functools import partial

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, quick, to_numpy
from layer_contract import (
    noise,
)
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

from kapre_like.layers.front_end_normalization import FrontEndNormalization

pytestmark = pytest.mark.backends(full=True)

# 3 clips, 40 frames, 5 bands, 2 channels, about -50 dB.
LEVELS = 60 * noise(3, 40, 5, 2) + np.linspace(-60, -40, 5, dtype="float32")[:, None]
MODES = [
    {"mode": "clip"},
    {"mode": "band", "scale": False},
    {"mode": "sliding", "window": 7},
    {"mode": "sliding", "window": 10, "window_align": "past", "min_window": 4},
    {"mode": "dataset", "mean": [-60, -55, -50, -45, -40], "variance": 36.0},
]
every_mode = pytest.mark.parametrize("arguments", MODES, ids=str)


def loop(x, window, align, min_window):
    """Kaldi's windows over one clip `(frames, ...)`, in float64."""
    x, frames = x.astype("float64"), len(x)
    means, variances = np.zeros_like(x), np.zeros_like(x)
    for t in range(frames):
        start, stop = (
            (t - window // 2, t - window // 2 + window)
            if align == "center"
            else (t - window + 1, t + 1)
        )
        if start < 0:
            start, stop = 0, stop - start
        if align == "past" and stop > t:
            stop = max(t + 1, min_window)
        if stop > frames:
            start, stop = max(0, start - (stop - frames)), frames
        means[t], variances[t] = x[start:stop].mean(axis=0), x[start:stop].var(axis=0)
    return means, variances


@pytest.mark.parametrize(("mode", "axes"), [("clip", (1, 2)), ("band", (1,))])
def test_clips_and_bands_are_numpys(mode, axes):
    got = to_numpy(FrontEndNormalization(mode=mode, epsilon=0.5)(LEVELS))
    x = LEVELS.astype("float64")
    spread = np.sqrt(x.var(axis=axes, keepdims=True) + 0.5)
    expected = (x - x.mean(axis=axes, keepdims=True)) / spread
    # Means of -50 in float32, five roundings of 4e-6.
    np.testing.assert_allclose(got, expected, atol=2e-5)


@pytest.mark.parametrize(("center", "scale"), [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("align", ["center", "past"])
@pytest.mark.parametrize("window", [1, 8, 13, 100])
def test_sliding_windows_are_kaldis(window, align, center, scale):
    few = 1 if align == "center" or window < 5 else 5
    got = to_numpy(
        FrontEndNormalization(
            mode="sliding", window=window, window_align=align, min_window=few, center=center,
            scale=scale, epsilon=1.0,
        )(LEVELS)
    )  # fmt: skip
    for clip, y in zip(LEVELS, got, strict=True):
        mean, variance = loop(clip, window, align, few)
        expected = clip - mean if center else clip
        expected = expected / np.sqrt(variance + 1.0) if scale else expected
        np.testing.assert_allclose(y, expected, atol=5e-5)


def test_long_clips_lose_no_digits():
    drift = np.linspace(-100, 100, 20_000, dtype="float32")[None, :, None, None]
    x = drift + np.random.default_rng(0).standard_normal(drift.shape).astype("float32")
    got = to_numpy(FrontEndNormalization(mode="sliding", window=300)(x))[0]
    mean, variance = loop(x[0, -1000:], 300, "center", 1)
    expected = (x[0, -1000:] - mean) / np.sqrt(variance)
    # The last 700 frames have the same window in the cut. Squares here are 1e4 times the
    # variance, and float32 has 6e-8.
    np.testing.assert_allclose(got[-700:], expected[-700:], atol=5e-3)


@pytest.mark.parametrize("align", ["center", "past"])
def test_faint_frames_beside_a_burst_keep_their_variance(align):
    x = np.random.default_rng(0).random((1, 60, 1, 1)).astype("float32") * 0.1
    x[:, 40] = 1000.0
    got = to_numpy(FrontEndNormalization(mode="sliding", window=9, window_align=align)(x))[0]
    mean, variance = loop(x[0], 9, align, 1)
    np.testing.assert_allclose(got, (x[0] - mean) / np.sqrt(variance + 1e-7), atol=FLOAT32)


def test_it_is_wav2vec2s_over_valid_samples_with_zeros_behind():
    x, length = noise(3, 500, 1) + 0.1, np.array([500, 300, 7])
    mask = np.arange(500) < length[:, None]
    got = to_numpy(FrontEndNormalization(epsilon=1e-7)(x, mask=mask))
    for clip, n in enumerate(length):
        valid = x[clip, :n, 0].astype("float64")
        expected = np.zeros(500)
        expected[:n] = (valid - valid.mean()) / np.sqrt(valid.var() + 1e-7)
        np.testing.assert_allclose(got[clip, :, 0], expected, atol=FLOAT32)


def test_it_is_asts_with_its_two_numbers():
    mean, deviation = -4.2677393, 4.5689974
    layer = FrontEndNormalization(
        mode="dataset", mean=mean, variance=(2 * deviation) ** 2, epsilon=0.0
    )
    expected = (LEVELS.astype("float64") - mean) / (2 * deviation)
    np.testing.assert_allclose(to_numpy(layer(LEVELS)), expected, atol=FLOAT32)
    assert not layer.weights


@pytest.mark.parametrize("value", [0.7, float(np.log(0.01)), 1e-4, -123.456])
@pytest.mark.parametrize("arguments", MODES[:4], ids=str)
def test_what_does_not_change_is_0_even_without_epsilon(arguments, value):
    # Sums so long that their rounding, over a deviation of nothing else, was 1.
    for shape in ((2, 16000, 1), (1, 12000, 2, 1)):
        layer = FrontEndNormalization(**arguments, epsilon=0.0)
        x, mask = np.full(shape, value, "float32"), np.arange(shape[1])[None] < shape[1] - 5
        np.testing.assert_array_equal(to_numpy(layer(x)), 0.0)
        masked = layer(x, mask=np.repeat(mask, shape[0], axis=0))
        np.testing.assert_array_equal(to_numpy(masked), 0.0)


def test_a_constant_data_set_is_0_even_without_epsilon():
    layer = FrontEndNormalization(mode="dataset", epsilon=0.0)
    x = np.full((2, 9000, 3, 1), 0.7, "float32")
    layer.adapt([x, x[:1]])
    np.testing.assert_array_equal(to_numpy(layer(x)), 0.0)


@pytest.mark.parametrize("mode", ["clip", "band", "sliding"])
def test_one_sample_or_one_frame_alone_is_0(mode):
    layer = FrontEndNormalization(mode=mode, epsilon=0.0)
    np.testing.assert_array_equal(to_numpy(layer(0.3 + noise(3, 1, 2))), 0.0)
    frame = to_numpy(FrontEndNormalization(mode=mode, epsilon=0.0)(LEVELS[:, :1]))
    if mode == "clip":  # over its bands, a frame has a mean and a deviation
        np.testing.assert_allclose(frame.std(axis=(1, 2)), 1.0, atol=FLOAT32)
    else:
        np.testing.assert_array_equal(frame, 0.0)


def test_silence_is_0_even_without_epsilon():
    for arguments in MODES[:4]:
        layer = FrontEndNormalization(**arguments, epsilon=0.0)
        silence = np.full((1, 12, 3, 1), 0.25, "float32")
        np.testing.assert_array_equal(
            to_numpy(layer(silence)), 0.25 if not layer.center else 0.0
        )


@pytest.mark.parametrize("form", ["array", "pairs", "masked", "dataset"])
def test_adapt_counts_valid_frames_only(form, tmp_path):
    mask = np.arange(40) < np.array([[40], [11], [0]])
    junk = np.where(mask[..., None, None], LEVELS, 1e6).astype("float32")
    data = [(junk[:1], mask[:1]), (junk[1:], mask[1:])]
    valid = LEVELS[mask]
    if form == "array":
        data, valid = LEVELS, LEVELS.reshape(-1, 5, 2)
    if form == "masked":
        data = [keras.ops.convert_to_tensor(x) for x, _ in data]
        for x, m in zip(data, (mask[:1], mask[1:]), strict=True):
            x._keras_mask = keras.ops.convert_to_tensor(m)
    if form == "dataset":
        tf = pytest.importorskip("tensorflow")
        data = tf.data.Dataset.from_tensor_slices((junk, mask)).batch(2)
    layer = FrontEndNormalization(mode="dataset", epsilon=0.0)
    for _ in range(2):  # a second time starts anew
        layer.adapt(data)
    mean, deviation = valid.mean(axis=0, dtype="float64"), valid.std(axis=0, dtype="float64")
    expected = (LEVELS - mean) / deviation
    np.testing.assert_allclose(to_numpy(layer(LEVELS)), expected, atol=FLOAT32_LONG)
    if form == "pairs":
        _survives_files(layer, expected, tmp_path)


def _survives_files(layer, expected, tmp_path):
    model = keras.Sequential([keras.Input((None, 5, 2)), layer])
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    clone = keras.models.clone_model(model)
    np.testing.assert_array_equal(to_numpy(clone(LEVELS)), LEVELS)  # 0 and 1 until adapted
    clone.load_weights(tmp_path / "model.weights.h5")
    for copy in (loaded, clone):
        np.testing.assert_allclose(to_numpy(copy(LEVELS)), expected, atol=FLOAT32_LONG)
        assert not copy.trainable_weights
        assert [w.name for w in copy.weights] == ["mean", "variance"]


def test_waveforms_have_statistics_per_channel():
    x = noise(2, 50, 2) + np.array([1.0, -3.0], "float32")
    layer = FrontEndNormalization(mode="dataset")
    layer.adapt([x[:1], x[1:, :20]])
    expected = np.concatenate([x[0], x[1, :20]]).mean(axis=0)
    np.testing.assert_allclose(to_numpy(layer.mean_weight), expected, rtol=FLOAT32_SHORT)


@every_mode
def test_any_number_of_frames(arguments):
    layer = FrontEndNormalization(**arguments)
    model = keras.Model(x := keras.Input((None, 5, 2)), layer(x))
    for frames in (0, 1, 6, 40) if BACKEND == "tensorflow" else (0, 6):
        got = to_numpy(quick(model)(LEVELS[:, :frames]))
        np.testing.assert_allclose(got, to_numpy(layer(LEVELS[:, :frames])), atol=FLOAT32_LONG)
        assert got.shape == (3, frames, 5, 2)


@pytest.mark.parametrize(
    "bad",
    [{"mode": "batch"}, {"center": 1}, {"scale": None}, {"epsilon": -1}, {"window": 0},
     {"window_align": "left"}, {"min_window": 601}, {"mean": 1.0}, {"variance": 1.0}],
    ids=str,
)  # fmt: skip
def test_bad_argument_is_named_in_the_error(bad):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"FrontEndNormalization: `{name}` must be .*"):
        FrontEndNormalization(**bad)


def test_bad_use_is_named_in_the_error():
    make = partial(FrontEndNormalization, mode="dataset")
    with pytest.raises(ValueError, match=r"`scale` must be True if center=False"):
        FrontEndNormalization(center=False, scale=False)
    with pytest.raises(ValueError, match=r"`mean` must be a finite number"):
        make(mean="one", variance=1.0)
    with pytest.raises(ValueError, match=r"`variance` must be given, since mean is"):
        make(mean=1.0)
    with pytest.raises(ValueError, match=r"`variance` must be .* nowhere below 0"):
        make(mean=1.0, variance=-1.0)
    with pytest.raises(ValueError, match=r"`mean` must be a number or an array that fits"):
        make(mean=[1.0, 2.0], variance=1.0)(LEVELS)
    with pytest.raises(ValueError, match=r"`mode` must be .*unknown"):
        make()(keras.Input((None, None, 1)))
    for data, rule in (
        (3, "an array"), ([(LEVELS, np.ones(3, "int32"))], "pairs"),
        ([LEVELS[0, 0]], "floating point"), ([LEVELS, LEVELS[:, :, :2]], "axes"),
        ([], "at least one"), ([(LEVELS, np.zeros((3, 40), bool))], "at least one"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=rf"`data` must be .*{rule}"):
            make().adapt(data)
    with pytest.raises(ValueError, match=r'`mode` must be "dataset" for adapt'):
        FrontEndNormalization().adapt(LEVELS)
    with pytest.raises(ValueError, match="floating point"):
        FrontEndNormalization()(np.ones((1, 2, 1), "int32"))
    with pytest.raises(ValueError, match=r"expects \(batch, samples, channels\)"):
        FrontEndNormalization()(np.ones((2, 3), "float32"))


def test_a_built_layer_still_refuses_no_channels():
    layer = FrontEndNormalization()
    layer(noise(1, 40, 1))
    with pytest.raises(ValueError, match="Normalization: expects at least one channel"):
        layer(noise(1, 40, 0))
