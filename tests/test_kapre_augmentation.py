"""The facade's `SpecAugment` and `ChannelSwap`: Kapre's arguments, errors, widths and files."""

import itertools

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, compiled, gradient, to_numpy
from layer_contract import noise, policy
from random_tools import assert_evenly, distinct, drawn, reseed

from kapre_like import kapre
from kapre_like.kapre.augmentation import ChannelSwap, SpecAugment

pytestmark = pytest.mark.backends(full=True)

FORMATS = ["channels_last", "channels_first"]
# Kapre has these two in the same order; what they mean here.
SPEC = {"freq_mask_param": 4, "time_mask_param": 5}


def spectrogram(data_format, *, clips=3, frames=12, freqs=9, channels=2):
    """Of ones, so that everything hidden by 0 is seen."""
    shape = (clips, frames, freqs, channels)
    if data_format == "channels_first":
        shape = (clips, channels, frames, freqs)
    return np.ones(shape, "float32")


def trained(layer, x):
    return to_numpy(layer(x, training=True))


def test_the_module_has_kapre_s_names():
    module = kapre.augmentation
    assert kapre.SpecAugment is module.SpecAugment is SpecAugment
    assert kapre.ChannelSwap is module.ChannelSwap is ChannelSwap
    assert module.backend is kapre.backend
    formats = (module._CH_FIRST_STR, module._CH_LAST_STR, module._CH_DEFAULT_STR)
    assert formats == ("channels_first", "channels_last", "default")


def test_configurations_hold_what_kapre_s_hold():
    base = {"name", "trainable", "dtype"}
    config = SpecAugment(4, 5, 2, 3, -80, "channels_first", name="s").get_config()
    assert {k: v for k, v in config.items() if k not in base} == {
        "freq_mask_param": 4, "time_mask_param": 5, "n_freq_masks": 2, "n_time_masks": 3,
        "mask_value": -80, "data_format": "channels_first",
    }  # fmt: skip
    assert SpecAugment.from_config(config).get_config() == config
    assert set(ChannelSwap().get_config()) == {*base, "data_format"}
    assert keras.saving.get_registered_name(SpecAugment) == "Kapre>SpecAugment"
    assert keras.saving.get_registered_name(ChannelSwap) == "Kapre>ChannelSwap"


@pytest.mark.parametrize("make", [ChannelSwap, lambda: SpecAugment(**SPEC)])
def test_the_default_data_format_is_kept_as_what_it_stood_for(make):
    before = keras.config.image_data_format()
    try:
        for resolved in FORMATS:
            keras.config.set_image_data_format(resolved)
            layer = make()
            assert layer.data_format == resolved
            assert layer.get_config()["data_format"] == resolved
    finally:
        keras.config.set_image_data_format(before)


@pytest.mark.parametrize("make", [ChannelSwap, lambda: SpecAugment(**SPEC)])
def test_at_inference_anything_passes_as_it_is(make):
    layer = make()
    for x in (noise(2, 12, 9, 1), noise(2, 5), np.ones((1, 2, 3), "int32")):
        for training in (None, False):
            y = layer(x, training=training)
            assert keras.backend.standardize_dtype(y.dtype) == x.dtype.name
            np.testing.assert_array_equal(to_numpy(y), x)


@pytest.mark.parametrize("make", [ChannelSwap, lambda **more: SpecAugment(**SPEC, **more)])
def test_floats_take_the_policy_s_dtype_but_no_half_precision(make):
    x = noise(2, 12, 9, 1).astype("float64")
    for name, given, expected in [
        ("float32", "float64", "float32"),
        ("float32", "float16", "float32"),
        ("float64", "float32", "float64"),
        ("mixed_float16", "float64", "float32"),
        ("mixed_float16", "float16", "float16"),
        ("mixed_bfloat16", "float32", "float32"),
    ]:
        if BACKEND == "jax" and name == "float64":
            continue  # which it has only if the whole process is told to
        layer = make(dtype=name)
        for training in (False, True):
            y = layer(x.astype(given), training=training)
            assert keras.backend.standardize_dtype(y.dtype) == expected
        assert layer(keras.Input(x.shape[1:], dtype=given)).dtype in (expected, "float64")


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("shape", [(12, 9, 2), (2, 12, 9)])
def test_saved_and_loaded_it_is_the_same(data_format, shape, tmp_path):
    spec = SpecAugment(2, 2, mask_value=-80.0, data_format=data_format)
    layers = [keras.Input(shape), spec, ChannelSwap(data_format)]
    model = keras.Sequential(layers)
    assert model.weights == []
    x = noise(2, *shape)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for one, other in zip(loaded.layers, model.layers, strict=True):
        assert one.get_config() == other.get_config()
    model.save_weights(tmp_path / "model.weights.h5")
    clone = keras.models.clone_model(model)
    clone.load_weights(tmp_path / "model.weights.h5")
    for copy in (loaded, clone):
        assert [type(layer) for layer in copy.layers] == [SpecAugment, ChannelSwap]
        np.testing.assert_array_equal(to_numpy(copy(x)), x)
        assert distinct([to_numpy(copy(x, training=True)), x]) == 2


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_widths_start_at_one_and_all_are_equally_likely(axis):
    layer = SpecAugment(4, 5)
    reseed(layer, 1)
    shape = [1, 1, 1]
    shape[axis] = 10
    masks = [to_numpy(layer._apply_masks_to_axis(np.ones(shape, "f4"), axis, 4, 1))]
    assert masks[0].shape == tuple(shape)
    assert 1 <= (masks[0] == 0).sum() <= 4
    if axis == 2:
        return
    size = [3000, 10, 1, 1] if axis == 0 else [3000, 1, 10, 1]
    layer = SpecAugment(*((1, 4) if axis == 0 else (4, 1)))
    layer.n_time_masks, layer.n_freq_masks = (1, 0) if axis == 0 else (0, 1)
    reseed(layer, 1)
    where = trained(layer, np.ones(size, "float32")).reshape(3000, 10) == 0
    width, start = where.sum(axis=1), where.argmax(axis=1)
    assert set(width) == {1, 2, 3, 4}
    assert_evenly(np.bincount(width)[1:])
    for w in range(1, 5):
        assert_evenly(np.bincount(start[width == w], minlength=11 - w))
    inside = np.arange(10) - start[:, None]
    np.testing.assert_array_equal(where, (inside >= 0) & (inside < width[:, None]))


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("channels", [1, 4])
def test_frames_and_frequencies_are_hidden_in_all_channels(data_format, channels):
    x = spectrogram(data_format, clips=40, channels=channels)
    y = trained(SpecAugment(3, 5, mask_value=-7, data_format=data_format), x)
    y = np.moveaxis(y, 1, -1) if data_format == "channels_first" else y
    np.testing.assert_array_equal(y, np.broadcast_to(y[..., :1], y.shape))
    hidden = y[..., 0] == -7
    assert ((y == 1) | (y == -7)).all()
    frames, freqs = hidden.all(axis=2), hidden.all(axis=1)
    # Whole frames and whole frequencies, and nothing else.
    np.testing.assert_array_equal(hidden, frames[:, :, None] | freqs[:, None, :])
    assert set(frames.sum(axis=1)) == {1, 2, 3, 4, 5}
    assert set(freqs.sum(axis=1)) == {1, 2, 3}
    assert distinct(y) > 20


def test_no_masks_on_an_axis_hide_nothing_there():
    x = spectrogram("channels_last")
    hidden = trained(SpecAugment(4, 5, n_freq_masks=0), x)[..., 0] == 0
    np.testing.assert_array_equal(hidden, np.repeat(hidden[:, :, :1], 9, axis=2))
    assert trained(SpecAugment(4, 5, n_freq_masks=0, n_time_masks=0), x).min() == 1
    # Kapre looks at the length of an axis only if something is to be hidden there.
    assert trained(SpecAugment(100, 5, n_freq_masks=0), x).min() == 0


@pytest.mark.parametrize("make", [lambda: SpecAugment(**SPEC), ChannelSwap])
def test_every_call_of_a_graph_draws_anew(make):
    x = noise(3, 12, 9, 5)
    assert distinct(drawn(make(), x, 10)) > 7
    assert distinct([to_numpy(make()(x, training=True)) for _ in range(10)]) > 7


@pytest.mark.skipif(BACKEND != "tensorflow", reason="JAX is compiled by the test above")
@pytest.mark.parametrize("make", [lambda: SpecAugment(**SPEC), ChannelSwap])
def test_it_trains_through_xla(make):
    layer, x = make(), noise(3, 12, 9, 5)
    layer.build(x.shape)
    function = compiled(lambda x: layer(x, training=True))
    assert distinct([to_numpy(function(x)) for _ in range(10)]) > 7


@pytest.mark.skipif(BACKEND != "tensorflow", reason="tf.data belongs to TensorFlow")
@pytest.mark.parametrize("make", [lambda: SpecAugment(**SPEC), ChannelSwap])
def test_it_can_be_made_inside_a_graph(make):
    import tensorflow as tf

    x = noise(3, 12, 9, 5)
    function = tf.function(lambda x: make()(x, training=True))
    assert distinct([to_numpy(function(x)) for _ in range(10)]) > 7
    clips = tf.data.Dataset.from_tensor_slices(x).batch(1).repeat(5)
    for training in (None, True):
        mapped = clips.map(lambda x, training=training: make()(x, training=training))
        assert distinct(y.numpy() for y in mapped) >= (10 if training else 3)


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("shape", [(4, 3, 3), (4, 3, 7, 3)])
def test_one_order_of_channels_for_the_whole_batch(data_format, shape):
    x = noise(*shape)
    axis = 1 if data_format == "channels_first" else -1
    layer = ChannelSwap(data_format)
    options = {
        np.take(x, order, axis).tobytes(): order for order in itertools.permutations(range(3))
    }
    seen = {options[trained(layer, x).tobytes()] for _ in range(60)}
    assert len(seen) == 6


def test_one_channel_is_unchanged():
    x = noise(4, 20, 1)
    np.testing.assert_array_equal(trained(ChannelSwap("channels_last"), x), x)
    np.testing.assert_array_equal(trained(ChannelSwap("channels_first"), x[:, :1]), x[:, :1])


@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_trains(name):
    x = noise(3, 12, 9, 2)
    with policy(name):
        layers = [SpecAugment(4, 5, mask_value=-80.0), ChannelSwap(), keras.layers.Dense(1)]
        for layer in layers[:2]:
            assert keras.backend.standardize_dtype(layer(x, training=True).dtype) == "float32"
            half = keras.ops.cast(x, layer.compute_dtype)
            assert layer(half, training=True).dtype == half.dtype
        model = keras.Sequential([keras.Input(x.shape[1:]), *layers])
        model.compile("sgd", "mse", jit_compile=BACKEND == "jax")
        loss = model.fit(x, np.ones((3, 12, 9, 1), "float32"), verbose=0).history["loss"]
    assert np.isfinite(loss).all()


def test_gradients_flow_past_what_is_hidden():
    x = spectrogram("channels_last")
    layer = SpecAugment(**SPEC)
    reseed(layer, 3)
    got = gradient(lambda x: layer(x, training=True), x)
    reseed(layer, 3)
    np.testing.assert_array_equal(got, trained(layer, x))


@pytest.mark.parametrize("axis", [3, -1, "time", None])
def test_masks_have_three_axes(axis):
    layer, x = SpecAugment(**SPEC), spectrogram("channels_last")
    with pytest.raises(NotImplementedError, match=r"SpecAugment: `axis` must be .* Received"):
        layer._apply_masks_to_axis(x, axis, 3, 1)


def test_masks_of_one_spectrogram_take_a_value_of_their_own():
    layer, x = SpecAugment(**SPEC, mask_value=-1), spectrogram("channels_last")[0]
    for value in (None, 5.0):
        y = to_numpy(layer._apply_masks_to_axis(x, 0, 3, 2, mask_value=value))
        assert y.shape == x.shape
        assert set(np.unique(y)) == {1.0, -1.0 if value is None else value}
    np.testing.assert_array_equal(to_numpy(layer._apply_masks_to_axis(x, 0, 3, 0)), x)


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("params", [(10, 5), (4, 13)])
def test_an_axis_shorter_than_its_parameter_is_an_error(data_format, params):
    x = spectrogram(data_format)
    layer = SpecAugment(*params, data_format=data_format)
    layer(x)
    with pytest.raises(ValueError, match="SpecAugment: expects axes that are at least"):
        layer(x, training=True)
    with pytest.raises(ValueError, match="SpecAugment: expects axes that are at least"):
        layer(keras.Input(x.shape[1:]), training=True)
    with pytest.raises(ValueError, match="SpecAugment: expects axes that are at least"):
        layer._apply_masks_to_axis(x[0], 1, 13, 1)
    # As long is long enough.
    layer = SpecAugment(9, 12, data_format=data_format)
    assert (trained(layer, x) == 0).any()


@pytest.mark.skipif(BACKEND != "tensorflow", reason="elsewhere lengths are known")
def test_an_unknown_length_is_checked_when_the_graph_runs():
    import tensorflow as tf

    layer = SpecAugment(**SPEC)
    spec = tf.TensorSpec([None, None, None, 2])
    function = tf.function(lambda x: layer(x, training=True), input_signature=[spec])
    assert function(spectrogram("channels_last")).shape == (3, 12, 9, 2)
    for short in ({"frames": 4}, {"freqs": 3}):
        with pytest.raises(tf.errors.InvalidArgumentError, match="at least as long as"):
            function(spectrogram("channels_last", **short))


@pytest.mark.parametrize("value", [0, None, 0.0, False])
@pytest.mark.parametrize("name", ["freq_mask_param", "time_mask_param"])
def test_a_mask_parameter_of_nothing_is_a_runtime_error(name, value):
    message = f"^SpecAugment: `{name}` must be an int > 0. Received: {name}="
    with pytest.raises(RuntimeError, match=message):
        SpecAugment(**{**SPEC, name: value})


@pytest.mark.parametrize(
    "bad",
    [
        {"freq_mask_param": -1},
        {"time_mask_param": 2.5},
        {"time_mask_param": ...},
        {"n_freq_masks": "two"},
        {"n_time_masks": -1},
        {"mask_value": "mean"},
        {"mask_value": None},
        {"data_format": "last"},
    ],
    ids=str,
)
def test_bad_argument_is_named_in_the_error(bad):
    (name,) = bad
    message = rf"^SpecAugment: `{name}` must be .* Received: {name}="
    with pytest.raises(ValueError, match=message):
        SpecAugment(**{**SPEC, **bad})


@pytest.mark.parametrize("make", [ChannelSwap, lambda **more: SpecAugment(**SPEC, **more)])
def test_data_formats_are_checked_as_kapre_does(make):
    with pytest.raises(TypeError, match="`data_format` must be a string"):
        make(data_format=1)
    with pytest.raises(ValueError, match="`data_format` must be one of"):
        make(data_format="channels_second")


def test_inputs_of_another_rank_are_errors_in_training():
    for layer, wrong in [
        (SpecAugment(**SPEC), noise(2, 12, 9)),
        (ChannelSwap(), noise(2, 12)),
        (ChannelSwap(), noise(2, 3, 4, 5, 2)),
        (ChannelSwap("channels_first"), noise(2, 0, 4)),
    ]:
        with pytest.raises(ValueError, match=f"{type(layer).__name__}: expects"):
            layer(wrong, training=True)
