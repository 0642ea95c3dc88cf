"""`AdditiveNoise`: how loud the noise is, what it leaves alone."""

from functools import partial

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, compiled, gradient, to_numpy
from layer_contract import noise
from random_tools import distinct, drawn

from kapre_like.layers import AdditiveNoise, LengthMask

pytestmark = pytest.mark.backends


def added(x, mask=None, **arguments):
    """What one training call of a fresh layer adds to `x`."""
    return to_numpy(AdditiveNoise(**arguments)(x, mask=mask, training=True)) - x


def test_it_changes_nothing_but_in_training():
    x, layer = noise(2, 20, 1), AdditiveNoise()
    for training in (None, False):
        np.testing.assert_array_equal(to_numpy(layer(x, training=training)), x)
    assert distinct([x, to_numpy(layer(x, training=True))]) == 2
    np.testing.assert_array_equal(added(x, power=0), 0)


def test_the_noise_is_white_gaussian_with_the_given_deviation():
    y = added(np.zeros((4, 20000, 2), "float32"), power=0.25, seed=0)
    # Five standard errors of 160,000 values each.
    assert abs(y.mean()) < 5 * 0.25 / 400
    assert abs(y.std() - 0.25) < 5 * 0.25 / 400 / np.sqrt(2)
    within = (np.abs(y) < 0.25).mean()
    assert abs(within - 0.6827) < 5 * np.sqrt(0.6827 * 0.3173) / 400
    flat = y.transpose(0, 2, 1).reshape(8, -1) / 0.25
    products = [flat[:, lag:] * flat[:, : 20000 - lag] for lag in (1, 2, 7)]
    products += [flat[a] * flat[b] for a, b in ((0, 1), (0, 2), (3, 7))]
    for product in products:
        assert abs(product.mean()) < 5 / np.sqrt(product.size)


def test_a_random_gain_is_each_clip_s_own_and_uniform():
    y = added(np.zeros((600, 200, 2), "float32"), power=0.5, random_gain=True, seed=0)
    gains = y.std(axis=(1, 2))
    assert 0 <= gains.min() < 0.02
    assert 0.47 < gains.max() < 0.6
    # Uniform over [0, 0.5): mean 1/4, deviation 0.5 / sqrt(12).
    assert abs(gains.mean() - 0.25) < 5 * 0.144 / np.sqrt(600)
    assert abs(gains.std() - 0.144) < 0.02


def test_every_call_of_a_graph_draws_anew_and_every_clip_its_own():
    for random_gain in (False, True):
        make = partial(AdditiveNoise, random_gain=random_gain)
        results = drawn(make(), np.zeros((4, 30, 1), "float32"), 10)
        assert distinct(results) == 10
        assert distinct(results[0]) == 4
        first, second = (drawn(make(seed=7), noise(2, 9, 1), 2) for _ in range(2))
        assert distinct([*first, *second]) == 2


@pytest.mark.skipif(BACKEND != "tensorflow", reason="JAX is compiled by the test above")
def test_it_trains_through_xla():
    layer, x = AdditiveNoise(random_gain=True), noise(2, 9, 1)
    layer.build(x.shape)
    function = compiled(lambda x: layer(x, training=True))
    assert distinct([to_numpy(function(x)) for _ in range(10)]) == 10


def test_padding_gets_no_noise():
    lengths = np.array([50, 20, 0], "int32")
    x = LengthMask()([noise(3, 50), lengths])
    layer = AdditiveNoise()
    y = layer(x, training=True)
    valid = np.arange(50) < lengths[:, None]
    np.testing.assert_array_equal(to_numpy(y)[~valid], 0)
    assert (to_numpy(y)[valid] != to_numpy(x)[valid]).all()
    np.testing.assert_array_equal(to_numpy(y._keras_mask), valid)


def test_gradients_pass_as_they_are():
    layer = AdditiveNoise(random_gain=True)
    got = gradient(lambda x: layer(x, training=True), np.zeros((2, 9, 1)))
    np.testing.assert_array_equal(got, 1.0)


def test_it_trains_in_a_model():
    layers = [keras.Input((20, 1)), AdditiveNoise(seed=0), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    model.compile("sgd", "mse")
    loss = model.fit(noise(8, 20, 1), np.ones((8, 20, 2)), verbose=0).history["loss"]
    assert np.isfinite(loss).all()


@pytest.mark.parametrize("shape", [(2, 0, 1), (0, 4, 1), (2, 5)])
def test_empty_clips_and_other_ranks(shape):
    x = np.ones(shape, "float32")
    assert to_numpy(AdditiveNoise(random_gain=True)(x, training=True)).shape == shape


@pytest.mark.parametrize(
    "bad", [{"power": -0.1}, {"power": "loud"}, {"random_gain": 1}, {"seed": True}], ids=str
)
def test_bad_argument_is_named_in_the_error(bad):
    (name,) = bad
    message = rf"^AdditiveNoise: `{name}` must be .* Received: {name}="
    with pytest.raises(ValueError, match=message):
        AdditiveNoise(**bad)


def test_bad_input_is_named_in_the_error():
    for wrong in (np.ones((2, 3, 1), "int32"), np.ones(3, "float32")):
        with pytest.raises(ValueError, match="AdditiveNoise: "):
            AdditiveNoise()(wrong)
