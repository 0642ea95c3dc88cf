"""`ChannelSwap`: orders that are equally likely and drawn anew."""

import itertools

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, compiled, gradient, to_numpy
from layer_contract import noise
from random_tools import assert_evenly, distinct, drawn

from kapre_like.layers import ChannelSwap
from kapre_like.ops.segments import permuted

pytestmark = pytest.mark.backends


def orders_of(y):
    """The order of the channels of each clip, where channel `c` holds `c` everywhere."""
    y = to_numpy(y)
    flat = y.reshape(len(y), -1, y.shape[-1])
    np.testing.assert_array_equal(flat, np.broadcast_to(flat[:, :1], flat.shape))
    return flat[:, 0].astype(int)


def numbered(*shape):
    return np.broadcast_to(np.arange(shape[-1], dtype="float32"), shape)


def test_it_changes_nothing_but_in_training():
    x, layer = noise(8, 20, 4), ChannelSwap()
    for training in (None, False):
        np.testing.assert_array_equal(to_numpy(layer(x, training=training)), x)
    assert distinct([x, to_numpy(layer(x, training=True))]) == 2


def test_one_channel_is_unchanged():
    x = noise(4, 20, 1)
    np.testing.assert_array_equal(to_numpy(ChannelSwap()(x, training=True)), x)


@pytest.mark.parametrize("shape", [(1200, 3, 3), (1200, 2, 2, 3)])
def test_all_orders_are_equally_likely_and_each_clip_has_its_own(shape):
    orders = orders_of(ChannelSwap(seed=1)(numbered(*shape), training=True))
    codes = [list(itertools.permutations(range(3))).index(tuple(order)) for order in orders]
    assert_evenly(np.bincount(codes, minlength=6))


@pytest.mark.parametrize("shape", [(6, 5, 4), (6, 3, 5, 4)])
def test_every_call_of_a_graph_draws_anew(shape):
    assert distinct(drawn(ChannelSwap(), noise(*shape), 10)) == 10
    first, second = (drawn(ChannelSwap(seed=3), noise(*shape), 2) for _ in range(2))
    assert distinct([*first, *second]) == 2


@pytest.mark.skipif(BACKEND != "tensorflow", reason="JAX is compiled by the test above")
def test_it_trains_through_xla():
    layer, x = ChannelSwap(), noise(6, 5, 4)
    layer.build(x.shape)
    function = compiled(lambda x: layer(x, training=True))
    assert distinct([to_numpy(function(x)) for _ in range(10)]) == 10


def test_samples_of_a_clip_stay_together_and_gradients_follow_them():
    x, layer = noise(5, 7, 6, 3), ChannelSwap(seed=2)
    y = to_numpy(ChannelSwap(seed=2)(x, training=True))
    orders = orders_of(ChannelSwap(seed=2)(numbered(5, 7, 6, 3), training=True))
    for clip, order in enumerate(orders):
        np.testing.assert_array_equal(y[clip], x[clip][..., order])
    weight = np.arange(1, 4, dtype="float32")
    scale = keras.ops.convert_to_tensor(weight)
    got = gradient(lambda x: layer(x, training=True) * scale, x)
    for clip, order in enumerate(orders):
        np.testing.assert_array_equal(got[clip, 0, 0], weight[np.argsort(order)])


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_the_op_takes_any_axis_and_dtype(axis):
    x = np.arange(2 * 3 * 3 * 3).reshape(2, 3, 3, 3)
    draws = np.array([[0.2, 0.9, 0.5], [0.9, 0.1, 0.4]], "float32")
    for dtype in ("int32", "complex64", "float16"):
        got = to_numpy(permuted(x.astype(dtype), draws=draws, axis=axis))
        for clip, order in enumerate(([0, 2, 1], [1, 2, 0])):
            np.testing.assert_array_equal(
                got[clip], np.take(x[clip], order, axis - 1).astype(dtype)
            )
    together = to_numpy(permuted(x, draws=draws[:1], axis=axis))
    np.testing.assert_array_equal(together, np.take(x, [0, 2, 1], axis))


def test_it_trains_in_a_model():
    layers = [keras.Input((20, 3)), ChannelSwap(seed=0), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    model.compile("sgd", "mse")
    loss = model.fit(noise(8, 20, 3), np.ones((8, 20, 2)), verbose=0).history["loss"]
    assert np.isfinite(loss).all()


@pytest.mark.parametrize("shape", [(2, 0, 3), (0, 4, 3), (2, 0, 4, 2)])
def test_empty_clips(shape):
    x = np.ones(shape, "float32")
    assert to_numpy(ChannelSwap()(x, training=True)).shape == shape
    assert drawn(ChannelSwap(), x, 1)[0].shape == shape


def test_bad_arguments_and_inputs_are_named_in_the_error():
    with pytest.raises(ValueError, match=r"^ChannelSwap: `seed` must be .* Received: seed="):
        ChannelSwap(seed=0.5)
    for wrong in (noise(2, 3), noise(2, 3, 0), np.ones((2, 3, 2), "int32")):
        with pytest.raises(ValueError, match="ChannelSwap: "):
            ChannelSwap()(wrong)
