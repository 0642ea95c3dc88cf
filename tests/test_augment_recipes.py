"""Recipes of augmentation: YAML files, what they make, and what is wrong in them."""

import numpy as np
import pytest
from backend_tools import to_numpy

from kapre_like import augment
from kapre_like.augment.recipe import read_recipe, recipe_names


def write(folder, text):
    path = folder / "own.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_six_recipes_come_with_the_package():
    names = ["environment", "far-field", "light", "speech", "street", "telephone"]
    assert recipe_names() == names


@pytest.mark.parametrize("sample_rate", [8000, 16000, 44100])
@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_changes_sounds_at_every_rate(name, sample_rate):
    recipe = read_recipe(name, sample_rate=sample_rate, n_classes=3)
    assert recipe.about.endswith(".")
    rng = np.random.default_rng(0)
    waveform = (0.1 * rng.standard_normal((2, sample_rate // 2))).astype("float32")
    length = np.array([sample_rate // 2, sample_rate // 4], "int32")
    waveform[1, length[1] :] = 0
    x = [waveform, length]
    for layer in recipe.waveform:
        x = layer(x, training=True)
    assert np.isfinite(to_numpy(x[0])).all()
    picture = y = rng.standard_normal((2, 40, 32, 1)).astype("float32")
    for layer in recipe.spectrogram:
        y = layer(y, training=True)
    assert np.isfinite(to_numpy(y)).all()
    changed = (to_numpy(x[0]) != waveform).any() or (to_numpy(y) != picture).any()
    assert changed
    for layer in recipe.labels:
        x, label = layer((x, np.array([0, 2], "int32")), training=True)
        assert to_numpy(label).shape == (2, 3)


def test_the_recipe_for_speech_keeps_the_last_word():
    recipe = read_recipe("speech", sample_rate=8000, seed=0)
    waveform = np.zeros((8, 8000), "float32")
    waveform[:, 7000:] = np.sin(np.arange(1000) / 3)
    x = [waveform, np.full(8, 8000, "int32")]
    for layer in recipe.waveform:
        x = layer(x, training=True)
    assert (to_numpy(x[1]) == 8000).all()
    assert to_numpy(x[0])[:, 7500:].std() > 0.5
    # Only `SpecAugment` may hide frames, and the test is about the other layers.
    y = np.zeros((8, 100, 32, 1), "float32")
    y[:, 90:] = 50.0
    pair = [y, np.full(8, 100, "int32")]
    for layer in recipe.spectrogram:
        if type(layer).__name__ != "SpecAugment":
            pair = layer(pair, training=True)
    y, length = (to_numpy(part) for part in pair)
    assert len(set(length)) > 1
    # The last tenth of the frames is still loud, however long the clip has become.
    loud = (np.median(y, axis=2)[..., 0] > 25).sum(axis=1)
    np.testing.assert_allclose(loud, length / 10, atol=1.5)


def test_a_copy_of_a_recipe_makes_the_same_layers(tmp_path):
    original = read_recipe("street", sample_rate=16000, seed=3)
    copy = read_recipe(write(tmp_path, original.text), sample_rate=16000, seed=3)
    for ours, theirs in zip(original.waveform, copy.waveform, strict=True):
        assert type(ours) is type(theirs)
        ours, theirs = ours.get_config(), theirs.get_config()
        assert _without_names(ours) == _without_names(theirs)


def _without_names(config):
    if isinstance(config, dict):
        return {k: _without_names(v) for k, v in config.items() if k != "name"}
    return [_without_names(v) for v in config] if isinstance(config, list) else config


def test_layers_have_seeds_of_their_own_that_follow_from_one():
    text = read_recipe("light", sample_rate=16000, seed=1)
    again = read_recipe("light", sample_rate=16000, seed=1)
    other = read_recipe("light", sample_rate=16000, seed=2)
    seeds = [layer.seed for layer in (*text.waveform, *text.spectrogram)]
    assert len(set(seeds)) == len(seeds)
    assert seeds == [layer.seed for layer in (*again.waveform, *again.spectrogram)]
    assert not set(seeds) & {layer.seed for layer in (*other.waveform, *other.spectrogram)}


def test_arguments_nested_layers_and_paths_beside_the_file(tmp_path):
    path = write(
        tmp_path,
        "about: Mine.\n"
        "waveform:\n"
        "  - Polarity\n"
        "  - OneOf:\n"
        "      probability: 0.5\n"
        "      layers:\n"
        "        - Gain: {min_gain_db: -3, max_gain_db: 3}\n"
        "        - AddNoise: {kind: bank, bank: noises, sample_rate: 8000}\n",
    )
    recipe = read_recipe(path, sample_rate=16000)
    polarity, one = recipe.waveform
    assert (type(polarity), type(one)) == (augment.Polarity, augment.OneOf)
    gain, noise = one.layers
    assert (gain.max_gain_db, noise.sample_rate) == (3, 8000)
    assert noise.bank == str(tmp_path / "noises")
    assert (recipe.spectrogram, recipe.labels) == ((), ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("waveform: [", "is not a valid YAML file"),
        ("- Gain", "expects the keys about, waveform, spectrogram, labels"),
        ("waves: []", "`key` must be one of"),
        ("waveform: Gain", "expects a list of layers"),
        ("waveform: [Gian]", "`layer` must be one of"),
        ("waveform: [{Gain: {}, Polarity: {}}]", "expects `Layer: {arguments}`"),
        ("waveform: [{Gain: {loud: 1}}]", "Gain: `argument` must be one of"),
        ("waveform: [{Gain: {probability: 2}}]", "Gain: `probability` must be"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_recipe(write(tmp_path, text), sample_rate=16000)


def test_an_unknown_recipe_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"`augment` must be one of environment, far-field"):
        read_recipe("stret", sample_rate=16000)
    with pytest.raises(ValueError, match="there is no file"):
        read_recipe(tmp_path / "none.yaml", sample_rate=16000)
