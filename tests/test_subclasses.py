"""What a user's subclass keeps of its parent, and which numbers arguments may be."""

import inspect
import json

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_cases import FORMULAS
from layer_contract import noise

from kapre_like import layers


def subclass_of(cls):
    @keras.saving.register_keras_serializable(package="mine", name=f"My{cls.__name__}")
    class Mine(cls):
        def __init__(self, mine=1.0, **kwargs):
            super().__init__(**kwargs)
            self.mine = mine

    return Mine


@pytest.mark.parametrize("case", FORMULAS, ids=str)
def test_a_subclass_keeps_its_parent_s_arguments(case):
    cls = subclass_of(getattr(layers, case.name))
    layer = cls(**case.arguments, mine=2.5)
    config, parent = layer.get_config(), case.layer().get_config()
    assert {name: config[name] for name in parent if name != "name"} == {
        name: value for name, value in parent.items() if name != "name"
    }
    again = cls.from_config(json.loads(json.dumps(config)))
    assert again.mine == 2.5
    # A file has lists for tuples.
    assert json.dumps(again.get_config()) == json.dumps(config)


@pytest.mark.backends
def test_a_subclass_comes_back_from_a_file_with_its_numbers(tmp_path):
    cls = subclass_of(subclass_of(layers.MelSpectrogram))
    x = keras.Input((None, 1))
    layer = cls(mine=3.0, sample_rate=44100, n_fft=1024, fmax=8000.0, decibel=False)
    model = keras.Model(x, layer(x))
    model.save(tmp_path / "model.keras")
    custom = {"mine>MyMine": cls}
    loaded = keras.models.load_model(tmp_path / "model.keras", custom_objects=custom)
    assert loaded.layers[-1].get_config() == layer.get_config()
    clip = noise(1, 3000, 1)
    np.testing.assert_array_equal(to_numpy(loaded(clip)), to_numpy(model(clip)))


def test_a_subclass_that_fixes_its_parent_s_arguments_does_not_save_them():
    class Fixed(layers.MelSpectrogram):
        def __init__(self, n_mels=40):
            super().__init__(n_fft=512, n_mels=n_mels)

    own = {"n_fft", "n_mels", "sample_rate"} & Fixed().get_config().keys()
    assert own == {"n_mels"}


def test_an_argument_that_is_kept_nowhere_is_named():
    class Lost(layers.MelSpectrogram):
        def __init__(self, gain=1.0, **kwargs):
            super().__init__(**kwargs)

    class Kept(Lost):
        def get_config(self):
            return {**super().get_config(), "gain": 1.0}

    with pytest.raises(ValueError, match="Lost: keep the argument `gain`"):
        Lost().get_config()
    assert Kept().get_config()["gain"] == 1.0


def numpy_kind(value):
    """The same value as NumPy's own type, alone or in a list."""
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, int):
        return np.int64(value)
    if isinstance(value, float):
        return np.float64(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(numpy_kind, value))
    return value


@pytest.mark.parametrize("case", FORMULAS, ids=str)
def test_numpy_s_numbers_become_python_s(case):
    signature = inspect.signature(getattr(layers, case.name).__init__)
    defaults = {
        name: parameter.default
        for name, parameter in signature.parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    given = {**defaults, **case.layer().get_config()}
    given = {name: value for name, value in given.items() if name in defaults}
    given = {**given, **{n: case.arguments[n] for n in case.arguments if n not in given}}
    if case.name == "Chain":
        given = dict(case.arguments)
    plain = getattr(layers, case.name)(**given, name="one")
    layer = getattr(layers, case.name)(
        **{name: numpy_kind(value) for name, value in given.items()}, name="one"
    )
    assert layer.get_config() == plain.get_config()
    for name, value in vars(layer).items():
        if name in given:
            assert not isinstance(value, np.generic), name


@pytest.mark.backends
def test_a_size_from_a_table_computes():
    clip = noise(1, 3000, 1)
    sizes = {"n_fft": 512, "hop_length": 128, "n_mels": 20}
    table = {name: np.int64(size) for name, size in sizes.items()}
    got = layers.MelSpectrogram(**table, center=np.bool_(False))(clip)
    expected = layers.MelSpectrogram(**sizes, center=False)(clip)
    np.testing.assert_array_equal(to_numpy(got), to_numpy(expected))


@pytest.mark.backends
def test_one_clip_can_be_augmented():
    layer = layers.SpecAugment(seed=1, freq_mask_param=8, time_mask_param=8)
    clip = noise(1, 40, 30, 1)[0] + 1
    hidden = to_numpy(layer.one(clip, training=True))
    assert (hidden != clip).any()
    np.testing.assert_array_equal(to_numpy(layer.one(clip)), clip)


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="TensorFlow maps")
def test_a_map_of_tf_data_augments_each_clip_with_new_draws_in_training():
    import tensorflow as tf

    layer = layers.SpecAugment(seed=1, freq_mask_param=8, time_mask_param=8)
    clips = noise(6, 40, 30, 1) + 1
    dataset = tf.data.Dataset.from_tensor_slices(clips)
    trained = dataset.map(lambda x: layer.one(x, training=True))
    epochs = [np.stack([y.numpy() for y in trained]) for _ in range(2)]
    hidden = [epoch != clips for epoch in epochs]
    assert hidden[0].any()
    assert (hidden[0] != hidden[1]).any()
    plain = np.stack([y.numpy() for y in dataset.map(layer.one)])
    np.testing.assert_array_equal(plain, clips)


@pytest.mark.backends
def test_a_map_of_tf_data_is_an_error_without_tensorflow_as_backend():
    tf = pytest.importorskip("tensorflow")
    clips = tf.data.Dataset.from_tensor_slices(noise(2, 1000, 1))
    layer = layers.MelSpectrogram(n_fft=128, n_mels=8)
    layer(noise(1, 1000, 1))
    if keras.config.backend() == "tensorflow":
        assert next(iter(clips.map(layer.one))).shape == (32, 8, 1)
        return
    with pytest.raises(ValueError, match="runs a layer only while Keras runs on TensorFlow"):
        clips.map(layer.one)


@pytest.mark.backends
def test_a_built_layer_still_has_the_error_for_wrong_waveforms():
    layer = layers.MelSpectrogram(n_fft=128, n_mels=8)
    layer(noise(1, 1000, 1))
    with pytest.raises(
        ValueError, match=r"expects \(batch, samples, channels\).*expand_dims\(x, axis=-1\)"
    ):
        layer(noise(2, 1000))
    with pytest.raises(ValueError, match=r"expects \(batch, samples, channels\)"):
        layer(keras.Input((1000,)))


@pytest.mark.backends
def test_channels_in_the_first_place_are_remarked():
    with pytest.warns(UserWarning, match="8000 channels. Move channels to the last axis"):
        layers.RMS(frame_length=4, hop_length=4)(np.zeros((2, 1, 8000), "float32"))


def test_a_ragged_tensor_gets_one_clear_line():
    tf = pytest.importorskip("tensorflow")
    ragged = tf.ragged.constant([[0.1, 0.2], [0.3]])
    with pytest.raises(ValueError, match=r"must not be ragged.*LengthMask"):
        layers.MelSpectrogram()(ragged)


@pytest.mark.backends
@pytest.mark.skipif(keras.config.backend() != "torch", reason="autocast is PyTorch's")
def test_autocast_of_pytorch_leaves_the_front_end_in_float32():
    import torch

    layer, clip = layers.MelSpectrogram(n_fft=512, n_mels=40), noise(1, 8000, 1)
    expected = to_numpy(layer(clip))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        np.testing.assert_array_equal(to_numpy(layer(clip)), expected)
