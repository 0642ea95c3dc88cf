"""`Compose`, `OneOf`, `SomeOf`: which layers each example meets, and that all is repeatable."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from random_tools import assert_evenly
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.augment import (
    Compose,
    Gain,
    MixUp,
    OneOf,
    Polarity,
    RandomCrop,
    SomeOf,
    SpeedPerturb,
    TimeShift,
)

ONES = np.ones((3000, 2), "float32")


def times(factor, **more):
    level = 20 * np.log10(factor)
    return Gain(min_gain_db=level, max_gain_db=level, **more)


def factors(layer, x=ONES):
    """What each example was multiplied by."""
    return np.round(to_numpy(layer(x, training=True))[:, 0]).astype(int)


@pytest.mark.backends
def test_layers_follow_each_other_each_with_its_own_probability():
    layer = Compose(layers=[times(2, probability=0.5), times(3), times(5, probability=0.2)])
    found = factors(layer)
    assert set(found) == {3, 6, 15, 30}
    shares = [(found == value).mean() for value in (3, 6, 15, 30)]
    np.testing.assert_allclose(shares, [0.4, 0.4, 0.1, 0.1], atol=0.05)


def test_a_container_has_a_probability_of_its_own():
    for container in (Compose, OneOf, SomeOf):
        found = factors(container(layers=[times(2)], probability=0.3, seed=0))
        assert set(found) == {1, 2}
        assert abs((found == 2).mean() - 0.3) < 0.05


@pytest.mark.backends
def test_one_layer_is_chosen_for_each_example():
    layers = [times(2), times(3), times(5)]
    assert_evenly([(factors(OneOf(layers=layers, seed=0)) == n).sum() for n in (2, 3, 5)])
    found = factors(OneOf(layers=layers, weights=[1, 0, 3], seed=0))
    shares = [(found == n).mean() for n in (2, 3, 5)]
    np.testing.assert_allclose(shares, [0.25, 0, 0.75], atol=0.05)


@pytest.mark.backends
def test_selections_of_each_size_are_equally_likely():
    layers = [times(2), times(3), times(5)]
    pairs = factors(SomeOf(layers=layers, min_layers=2, max_layers=2, seed=0))
    assert_evenly([(pairs == n).sum() for n in (6, 10, 15)])
    sizes = factors(SomeOf(layers=layers, min_layers=0, seed=1))
    counts = [np.isin(sizes, n).sum() for n in ([1], [2, 3, 5], [6, 10, 15], [30])]
    assert_evenly(counts)
    assert sum(counts) == len(sizes)


def test_the_order_of_the_list_is_kept():
    x = np.array([[1.0, 2.0, 3.0, 4.0]])
    first = Compose(layers=[RandomCrop(samples=2), times(10)], seed=0)
    y = to_numpy(first(x, training=True))
    assert y.shape == (1, 2)
    np.testing.assert_allclose(np.diff(y), [[10]], rtol=FLOAT32)


@pytest.mark.backends
def test_lengths_go_from_layer_to_layer():
    shift = TimeShift(max_shift_s=0.1, sample_rate=1000, mode="wrap")
    layer = Compose(layers=[SpeedPerturb(speeds=[2.0]), shift, times(2)], seed=0)
    x = np.ones((4, 200), "float32")
    length = np.array([200, 100, 10, 0], "int32")
    y, ends = layer([x, length], training=True)
    np.testing.assert_array_equal(to_numpy(ends), [100, 50, 5, 0])
    # Without the new length the shift would wrap zeros into the sound.
    assert (to_numpy(y)[0, :100] > 0.5).all()
    assert (to_numpy(y)[1, :50] > 0.5).all()
    assert not to_numpy(y)[1, 50:].any()


def test_one_of_gives_each_example_the_length_of_its_own_layer():
    layer = OneOf(layers=[SpeedPerturb(speeds=[2.0]), Polarity(probability=1.0)], seed=0)
    x, length = np.ones((100, 40), "float32"), np.full(100, 40)
    y, ends = (to_numpy(part) for part in layer([x, length], training=True))
    inverted = y[:, 10] < 0
    np.testing.assert_array_equal(ends, np.where(inverted, 40, 20))
    assert 20 < inverted.sum() < 80


def nested(seed):
    inner = OneOf(layers=[Gain(), TimeShift(max_shift_s=0.005, sample_rate=1000)])
    return Compose(layers=[Gain(), inner, SomeOf(layers=[Gain(), Gain(seed=3)])], seed=seed)


def test_a_seed_repeats_the_draws_of_all_layers_and_layers_differ():
    x = np.random.default_rng(0).standard_normal((4, 30)).astype("float32")
    first, second, third = nested(1), nested(1), nested(2)
    results = [to_numpy(layer(x, training=True)) for layer in (first, second, third)]
    np.testing.assert_array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])
    twins = Compose(layers=[Gain(), Gain()], seed=0).draw((5, 30, 1))
    assert not np.array_equal(to_numpy(twins["0.gain_db"]), to_numpy(twins["1.gain_db"]))


def test_a_loaded_container_draws_the_same(tmp_path):
    x = np.random.default_rng(0).standard_normal((4, 30)).astype("float32")
    layer = nested(1)
    clone = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert clone.get_config() == layer.get_config()
    np.testing.assert_array_equal(
        to_numpy(clone(x, training=True)), to_numpy(layer(x, training=True))
    )
    model = keras.Sequential([keras.Input((30,)), nested(1), keras.layers.Dense(1)])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.layers[0].layers[2].layers[1].seed == 3
    np.testing.assert_allclose(to_numpy(loaded(x)), to_numpy(model(x)), atol=FLOAT32_SHORT)


@pytest.mark.parametrize(
    ("container", "bad"),
    [
        (Compose, {"layers": []}),
        (Compose, {"layers": [keras.layers.Dropout(0.5)]}),
        (Compose, {"layers": [MixUp()]}),
        (Compose, {"probability": 0.5, "layers": [RandomCrop(samples=3)]}),
        (OneOf, {"layers": [RandomCrop(samples=3), Gain()]}),
        (OneOf, {"weights": [1]}),
        (OneOf, {"weights": [1, -1]}),
        (OneOf, {"weights": [0, 0]}),
        (SomeOf, {"min_layers": -1}),
        (SomeOf, {"max_layers": 3}),
        (SomeOf, {"min_layers": 3}),
        (SomeOf, {"layers": [RandomCrop(samples=3)]}),
    ],
    ids=lambda value: getattr(value, "__name__", None) or "-".join(value),
)
def test_bad_arguments_are_named_in_the_error(container, bad):
    name = next(iter(bad)).replace("min_layers", "m.._layers")
    with pytest.raises(
        ValueError, match=rf"^{container.__name__}: `{name}` must be .* Received: "
    ):
        container(**{"layers": [Gain(), Polarity()], **bad})
