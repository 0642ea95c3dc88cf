"""Layers of speech networks: the GRU against Keras's, attention against its formula."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, compiled, gradient, to_numpy
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.models.blocks.causal import TimePadding
from kapre_like.models.blocks.recurrent import FasterGRU
from kapre_like.models.blocks.relative_attention import RelativeSelfAttention

pytestmark = pytest.mark.backends

RNG = np.random.default_rng(0)
X = RNG.normal(0, 1, (3, 7, 6)).astype("float32")
MASK = np.arange(7)[None] < np.array([7, 4, 1])[:, None]


def pair(**options):
    """Our GRU and Keras's with the same random weights."""
    ours, theirs = (
        kind(8, return_sequences=True, zero_output_for_mask=True, **options)
        for kind in (FasterGRU, keras.layers.GRU)
    )
    ours.build(X.shape)
    theirs.build(X.shape)
    for own, other in zip(ours.weights, theirs.weights, strict=True):
        own.assign(RNG.normal(0, 0.5, own.shape))
        other.assign(own)
    return ours, theirs


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
def test_gru_has_the_numbers_and_gradients_of_keras(go_backwards, mask):
    ours, theirs = pair(go_backwards=go_backwards)
    weight = keras.ops.convert_to_tensor(RNG.normal(0, 1, (3, 7, 8)).astype("float32"))
    got, expected = (to_numpy(g(X, mask=mask, training=True)) for g in (ours, theirs))
    np.testing.assert_allclose(got, expected, atol=FLOAT32_SHORT)
    slopes = [gradient(lambda x, g=g: g(x, mask=mask, training=True) * weight, X) for g in
              (ours, theirs)]  # fmt: skip
    np.testing.assert_allclose(slopes[0], slopes[1], atol=FLOAT32)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="weights are read by TensorFlow's tape")
@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_of_the_weights_are_those_of_keras(jit_compile):
    import tensorflow as tf

    ours, theirs = pair()

    def slopes(gru):
        @tf.function(jit_compile=jit_compile)
        def run():
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(gru(X, mask=MASK, training=True) ** 2)
            return tape.gradient(loss, [v.value for v in gru.trainable_variables])

        return run()

    for own, other in zip(slopes(ours), slopes(theirs), strict=True):
        np.testing.assert_allclose(own, other, atol=FLOAT32)


def test_gru_with_other_settings_is_keras_own():
    gru = FasterGRU(4, reset_after=False, return_sequences=True)
    other = keras.layers.GRU.from_config(gru.get_config())
    other.build(X.shape)
    gru.build(X.shape)
    other.set_weights(gru.get_weights())
    got = to_numpy(gru(X, training=True))
    np.testing.assert_allclose(got, to_numpy(other(X)), atol=FLOAT32_SHORT)


def test_gru_goes_on_from_a_state():
    gru, _ = pair()
    whole = to_numpy(gru(X, training=False))
    gru.return_state = True
    first, state = gru(X[:, :3], training=False)
    second, _ = gru(X[:, 3:], initial_state=state, training=False)
    got = np.concatenate([to_numpy(first), to_numpy(second)], axis=1)
    np.testing.assert_allclose(got, whole, atol=FLOAT32_SHORT)


def attention_by_hand(layer, x, valid, left):
    """Transformer-XL's formula, one pair of frames at a time, in float64."""
    weights = {w.path.split("/", 1)[1]: to_numpy(w).astype("float64") for w in layer.weights}
    frames, channels = x.shape
    size = channels // layer.heads
    q, k, v = (
        x @ weights[f"{n}/kernel"] + weights[f"{n}/bias"] for n in ("query", "key", "value")
    )
    rates = np.exp(-np.log(1e4) * np.arange(0, channels, 2) / channels)
    mixed = np.zeros_like(x)
    for head in range(layer.heads):
        part = slice(head * size, (head + 1) * size)
        for i in np.flatnonzero(valid):
            scores = np.full(frames, -np.inf)
            for j in np.flatnonzero(valid):
                if left is not None and not 0 <= i - j <= left:
                    continue
                wave = np.concatenate([np.sin((i - j) * rates), np.cos((i - j) * rates)])
                content = (q[i, part] + weights["content_bias"][head, 0]) @ k[j, part]
                query = q[i, part] + weights["position_bias"][head, 0]
                scores[j] = (content + query @ weights["position"][head] @ wave) / size**0.5
            share = np.exp(scores - scores.max())
            mixed[i, part] = share / share.sum() @ v[:, part]
    return mixed @ weights["output/kernel"] + weights["output/bias"]


@pytest.mark.parametrize("left", [None, 2])
def test_attention_is_that_of_transformer_xl(left):
    layer = RelativeSelfAttention(heads=2, left_context=left)
    layer.build([X.shape, MASK.shape])
    for weight in layer.weights:
        weight.assign(RNG.normal(0, 0.5, weight.shape))
    got = to_numpy(compiled(lambda x: layer([x, keras.ops.convert_to_tensor(MASK)]))(X))
    for i, frames in enumerate(MASK.sum(1)):
        expected = attention_by_hand(layer, X[i].astype("float64"), MASK[i], left)
        np.testing.assert_allclose(got[i, :frames], expected[:frames], atol=FLOAT32)


def test_attention_depends_on_distances_only():
    layer = RelativeSelfAttention(heads=2, left_context=3)
    whole = to_numpy(layer([X, np.ones((3, 7), bool)]))
    tail = to_numpy(layer([X[:, 2:], np.ones((3, 5), bool)]))
    np.testing.assert_allclose(tail[:, 3:], whole[:, 5:], atol=FLOAT32)


@pytest.mark.parametrize(
    "layer",
    [TimePadding(before=2, after=1, freqs=1), RelativeSelfAttention(heads=2, left_context=2)],
    ids=lambda layer: type(layer).__name__,
)
def test_configuration_and_declared_shape(layer):
    clone = type(layer).from_config(layer.get_config())
    assert clone.get_config() == layer.get_config()
    if isinstance(layer, TimePadding):
        x = X[..., None]
        assert layer.compute_output_shape(x.shape) == tuple(layer(x).shape) == (3, 10, 8, 1)
    with pytest.raises(ValueError, match="must be an int"):
        type(layer)(**{"heads": 0} if "heads" in layer.get_config() else {"before": -1})
