"""`SpecAugment`: how often it hides what, what it leaves alone."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, compiled, gradient, to_numpy
from layer_contract import noise
from random_tools import assert_evenly, distinct, drawn
from tolerances import FLOAT32

from kapre_like.layers import LengthMask, MelSpectrogram, SpecAugment

pytestmark = pytest.mark.backends

LEVELS = 60 * noise(3, 12, 8, 2) - 50
HIDING = {"freq_mask_param": 5, "time_mask_param": 6, "n_time_masks": 2}


def trained(x, mask=None, **arguments):
    """What one training call of a fresh layer makes of `x`."""
    layer = SpecAugment(**arguments)
    if BACKEND == "jax":  # where a call that is no program compiles every operation alone
        return drawn(layer, x, 1, mask)[0]
    return to_numpy(layer(x, mask=mask, training=True))


def test_it_changes_nothing_but_in_training():
    layer = SpecAugment(**HIDING)
    for training in (None, False):
        np.testing.assert_array_equal(to_numpy(layer(LEVELS, training=training)), LEVELS)
    assert distinct([LEVELS, to_numpy(layer(LEVELS, training=True))]) == 2


def test_every_call_of_a_graph_draws_anew_and_every_clip_its_own():
    same = np.repeat(LEVELS[:1], 8, axis=0)
    results = drawn(SpecAugment(**HIDING), same, 10)
    assert distinct(results) == 10
    assert distinct(results[0]) > 4


def test_a_seed_repeats_the_draws():
    first, second = (drawn(SpecAugment(**HIDING, seed=7), LEVELS, 2) for _ in range(2))
    assert distinct([*first, *second]) == 2
    assert distinct([trained(LEVELS, **HIDING) for _ in range(5)]) == 5


@pytest.mark.skipif(BACKEND == "torch", reason="no compiler here")
def test_it_trains_through_xla():
    layer = SpecAugment(**HIDING, mask_value=-99.0)
    layer.build(LEVELS.shape)
    if BACKEND == "tensorflow":
        function = compiled(lambda x: layer(x, training=True))
        results = [to_numpy(function(LEVELS)) for _ in range(10)]
    else:
        results = drawn(layer, LEVELS, 10)
    assert distinct(results) == 10
    for y in results:
        np.testing.assert_array_equal(y[y != -99], LEVELS[y != -99])


def spans_along(axis, clips, **arguments):
    """Width and start of the one span along `axis` of each of many clips."""
    shape = [clips, 1, 1, 1]
    shape[axis] = 10
    where = trained(np.ones(shape, "float32"), mask_value=0.0, seed=3, **arguments) == 0
    where = where.reshape(clips, 10)
    width = where.sum(axis=1)
    start = np.where(width > 0, where.argmax(axis=1), -1)
    inside = np.arange(10) - start[:, None]
    # Nothing but one span without gaps.
    np.testing.assert_array_equal(where, (inside >= 0) & (inside < width[:, None]))
    return width, start


@pytest.mark.parametrize(
    ("axis", "arguments"),
    [
        (1, {"time_mask_param": 5, "n_freq_masks": 0}),
        (2, {"freq_mask_param": 5, "n_time_masks": 0}),
    ],
)
def test_widths_and_starts_are_equally_likely(axis, arguments):
    width, start = spans_along(axis, 4000, **arguments)
    assert_evenly(np.bincount(width, minlength=5))
    assert width.max() == 4
    for w in range(1, 5):
        assert_evenly(np.bincount(start[width == w], minlength=11 - w))
        assert start[width == w].max() == 10 - w


def test_widths_stay_within_the_axis_and_the_share_of_frames():
    width, _ = spans_along(1, 2000, time_mask_param=100, n_freq_masks=0, time_mask_ratio=0.35)
    assert_evenly(np.bincount(width, minlength=4))
    assert width.max() == 3
    width, _ = spans_along(2, 2000, freq_mask_param=100, n_time_masks=0)
    assert_evenly(np.bincount(width, minlength=11))


def test_frames_and_bins_are_drawn_independently():
    y = trained(
        np.ones((1000, 10, 10, 1), "float32"), freq_mask_param=5, time_mask_param=5,
        mask_value=0.0, seed=4,
    )[..., 0]  # fmt: skip
    frames, bins = ((y == 0).all(axis=axis).sum(axis=1) for axis in (2, 1))
    # Without correlation, to five standard errors.
    assert abs(np.corrcoef(frames, bins)[0, 1]) < 5 / np.sqrt(1000)


def test_channels_share_what_is_hidden():
    y = trained(LEVELS, **HIDING, mask_value=0.0)
    np.testing.assert_array_equal(y[..., 0] == 0, y[..., 1] == 0)
    np.testing.assert_array_equal(y[y != 0], LEVELS[y != 0])


@pytest.mark.parametrize("kind", ["mean", "min"])
def test_what_is_hidden_takes_the_mean_or_least_valid_value(kind):
    mask = np.arange(12) < np.array([[12], [5], [3]])
    x = np.where(mask[:, :, None, None], LEVELS, np.float32(-1e4))
    y = trained(x, mask, **HIDING, n_freq_masks=3, mask_value=kind, seed=1)
    changed = y != x
    assert changed.any(axis=(1, 2, 3)).all()
    for clip, length in enumerate((12, 5, 3)):
        for channel in (0, 1):
            valid = LEVELS[clip, :length, :, channel]
            expected = valid.mean() if kind == "mean" else valid.min()
            got = y[clip, ..., channel][changed[clip, ..., channel]]
            np.testing.assert_allclose(got, expected, rtol=FLOAT32)


def test_padding_is_left_alone_and_spans_lie_in_valid_frames():
    length = np.tile([0, 1, 4, 10], 500)
    mask = np.arange(10) < length[:, None]
    x = np.where(mask, 1.0, 7.0).astype("float32")[:, :, None, None]
    y = trained(x, mask, time_mask_param=100, n_freq_masks=0, mask_value=0.0, seed=5)
    np.testing.assert_array_equal(y[~mask], 7.0)
    width = (y == 0).sum(axis=(1, 2, 3))
    for valid in (0, 1, 4, 10):
        assert_evenly(np.bincount(width[length == valid], minlength=valid + 1))
    y = trained(x, mask, n_time_masks=0, freq_mask_param=2, n_freq_masks=9, mask_value=0.0)
    np.testing.assert_array_equal(y[~mask], 7.0)
    assert (y == 0).any()


def test_it_trains_in_a_model_behind_a_mask():
    waveform, length = keras.Input((800,)), keras.Input((), dtype="int32")
    x = LengthMask()([waveform, length])
    x = MelSpectrogram(n_fft=128, n_mels=8, sample_rate=8000)(x)
    x = SpecAugment(**HIDING, seed=0)(x)
    assert x._keras_mask is not None
    y = keras.layers.Dense(1)(keras.layers.Flatten()(keras.ops.multiply(x, 0.01)))
    model = keras.Model([waveform, length], y)
    model.compile("sgd", "mse", jit_compile=BACKEND == "jax")
    inputs = [noise(4, 800), np.array([800, 300, 50, 0], "int32")]
    before = model.predict(inputs, verbose=0)
    loss = model.fit(inputs, np.ones((4, 1), "float32"), epochs=2, verbose=0).history["loss"]
    assert np.isfinite(loss).all()
    assert not np.array_equal(before, model.predict(inputs, verbose=0))


@pytest.mark.parametrize("shape", [(2, 0, 8, 1), (0, 5, 8, 1), (2, 1, 1, 1), (2, 5, 8, 0)])
def test_short_and_empty_spectrograms(shape):
    x = np.ones(shape, "float32")
    if not shape[-1]:
        with pytest.raises(ValueError, match="SpecAugment: expects at least one channel"):
            trained(x)
        return
    for kind in ("mean", "min", 0.0):
        assert trained(x, mask_value=kind).shape == shape
        np.testing.assert_array_equal(drawn(SpecAugment(), x, 1)[0].shape, shape)


def test_the_gradient_flows_past_what_is_hidden():
    ones = np.ones((2, 9, 8, 1), "float32")
    zeros = {**HIDING, "mask_value": 0.0, "n_freq_masks": 2, "seed": 2}
    layer = SpecAugment(**zeros)
    got = gradient(lambda x: layer(x, training=True), ones)
    np.testing.assert_array_equal(got, trained(ones, **zeros))
    for kind in ("mean", "min"):
        layer = SpecAugment(**HIDING, mask_value=kind)
        silence = np.zeros((2, 9, 8, 1))
        got = gradient(lambda x, layer=layer: layer(x, training=True), silence)
        assert np.isfinite(got).all()


@pytest.mark.parametrize(
    "bad",
    [
        {"freq_mask_param": -1},
        {"time_mask_param": 1.5},
        {"n_freq_masks": None},
        {"n_time_masks": "two"},
        {"mask_value": "max"},
        {"mask_value": float("nan")},
        {"time_mask_ratio": 1.1},
        {"seed": 2**31},
        {"seed": -1},
        {"seed": [1]},
    ],
    ids=str,
)
def test_bad_argument_is_named_in_the_error(bad):
    (name,) = bad
    with pytest.raises(
        ValueError, match=rf"^SpecAugment: `{name}` must be .* Received: {name}="
    ):
        SpecAugment(**bad)


def test_bad_input_is_named_in_the_error():
    for wrong in (LEVELS[..., 0], LEVELS.astype("int32")):
        with pytest.raises(ValueError, match="SpecAugment: "):
            SpecAugment()(wrong)
