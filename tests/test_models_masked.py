"""Masked layers: padding after a clip's end has no influence, and is zero in the output."""

import keras
import numpy as np
import pytest
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

from kapre_like.layers import LengthMask
from kapre_like.models.blocks import MaskedBatchNormalization, MaskedMean, UnpackMask
from kapre_like.models.blocks.fused_norm import normalized_valid
from kapre_like.models.blocks.masked_pooling import LogSum

pytestmark = pytest.mark.backends

RNG = np.random.default_rng(0)
# 3 clips of 5, 3 and 1 valid frames, 4 frequencies, 2 channels; loud rubbish in the padding.
FRAMES = np.array([5, 3, 1])
VALID = (np.arange(5)[None] < FRAMES[:, None]).astype("float32")[:, :, None, None]
X = (RNG.normal(2.0, 3.0, (3, 5, 4, 2)) * VALID + 1e3 * (1 - VALID)).astype("float32")
VALUES = np.concatenate([X[i, :n].reshape(-1, 2) for i, n in enumerate(FRAMES)])


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_batch_norm_in_training_counts_valid_frames_only():
    layer = MaskedBatchNormalization(momentum=0.9, epsilon=1e-3)
    got = numpy(layer([X, VALID], training=True))
    mean, variance = VALUES.mean(0), VALUES.var(0)
    expected = (X - mean) / np.sqrt(variance + 1e-3) * VALID
    # E[x^2] - E[x]^2 in float32, at a mean of 2 and a deviation of 3.
    np.testing.assert_allclose(got, expected, atol=FLOAT32_LONG)
    np.testing.assert_allclose(numpy(layer.moving_mean), 0.1 * mean, rtol=FLOAT32)
    np.testing.assert_allclose(numpy(layer.moving_variance), 0.9 + 0.1 * variance, rtol=FLOAT32)


def test_batch_norm_agrees_with_keras_where_nothing_is_padding():
    x = X[:1]
    ours, theirs = MaskedBatchNormalization(), keras.layers.BatchNormalization(momentum=0.9)
    for training in (True, True, False):
        got = ours([x, VALID[:1]], training=training)
        np.testing.assert_allclose(
            numpy(got), numpy(theirs(x, training=training)), atol=FLOAT32_LONG
        )


def test_batch_norm_in_inference_moves_nothing_and_zeroes_the_padding():
    layer = MaskedBatchNormalization()
    got = numpy(layer([X, VALID], training=False))
    assert (got * (1 - VALID) == 0).all()
    np.testing.assert_array_equal(numpy(layer.moving_mean), 0)


def test_frozen_batch_norm_is_in_inference_even_when_training():
    layer = MaskedBatchNormalization()
    layer([X, VALID])
    layer.trainable = False
    layer([X, VALID], training=True)
    np.testing.assert_array_equal(numpy(layer.moving_mean), 0)


def test_batch_norm_survives_a_batch_of_nothing_but_padding():
    got = numpy(MaskedBatchNormalization()([X, np.zeros_like(VALID)], training=True))
    np.testing.assert_array_equal(got, 0)


def test_mean_is_over_valid_frames_and_all_frequencies():
    got = numpy(MaskedMean()([X * VALID, VALID]))
    expected = [X[i, :n].mean((0, 1)) for i, n in enumerate(FRAMES)]
    np.testing.assert_allclose(got, expected, rtol=FLOAT32)


def test_unpack_mask_hands_on_the_mask_as_a_tensor_and_zeroes_the_padding():
    waveform = LengthMask()([np.ones((3, 5), "float32"), FRAMES.astype("int32")])
    spectrogram = keras.ops.reshape(waveform, (3, 5, 1, 1)) + 7.0
    x, valid = UnpackMask()(spectrogram, mask=VALID[:, :, 0, 0] > 0)
    np.testing.assert_array_equal(numpy(valid), VALID)
    np.testing.assert_array_equal(numpy(x), 8.0 * VALID)
    x, valid = UnpackMask()(np.ones((2, 3, 4, 1), "float32"))
    np.testing.assert_array_equal(numpy(valid), 1)


@pytest.mark.parametrize("make", [MaskedBatchNormalization, MaskedMean])
def test_declared_shape_and_config(make):
    layer = make()
    assert layer.compute_output_shape([X.shape, VALID.shape]) == layer([X, VALID]).shape
    clone = make.from_config(layer.get_config())
    assert clone.get_config() == layer.get_config()


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_normalises_in_float32(policy):
    # 1e4 is a float16, its square is not.
    got = MaskedBatchNormalization(dtype=policy)([X * 10, VALID], training=True)
    assert keras.backend.standardize_dtype(got.dtype) == policy.removeprefix("mixed_")
    assert np.isfinite(numpy(keras.ops.cast(got, "float32"))).all()


def test_batch_norm_of_whole_clips_equals_the_same_clips_with_padding():
    # Without padding TensorFlow copies nothing; with padding it gathers the valid frames.
    whole = X[:1, :5]
    padded = np.concatenate([whole, np.full_like(whole, 1e3)], axis=1)
    valid = np.concatenate([VALID[:1], 0 * VALID[:1]], axis=1)
    layers = MaskedBatchNormalization(), MaskedBatchNormalization()
    got = numpy(layers[0]([whole, VALID[:1]], training=True))
    beside = numpy(layers[1]([padded, valid], training=True))
    np.testing.assert_allclose(beside[:, :5], got, atol=FLOAT32_LONG)
    np.testing.assert_array_equal(beside[:, 5:], 0)
    for one, other in zip(layers[0].weights, layers[1].weights, strict=True):
        np.testing.assert_allclose(numpy(one), numpy(other), rtol=FLOAT32_LONG)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its fused operation")
@pytest.mark.parametrize("frames", [FRAMES, np.array([5, 5, 5]), np.array([0, 0, 0])])
def test_fused_batch_norm_has_the_gradients_of_the_plain_formula(frames):
    import tensorflow as tf

    valid = tf.constant(
        (np.arange(5)[None] < frames[:, None]).astype("float32")[..., None, None]
    )
    x = tf.constant(RNG.normal(2.0, 3.0, X.shape).astype("float32"))
    upstream = tf.constant(RNG.normal(0.0, 1.0, X.shape).astype("float32"))
    gamma, beta = tf.constant([1.5, 0.5]), tf.constant([0.1, -0.2])

    def plain():
        count = tf.maximum(tf.reduce_sum(valid) * X.shape[2], 1.0)
        mean = tf.reduce_sum(x * valid, (0, 1, 2)) / count
        variance = tf.reduce_sum((x - mean) ** 2 * valid, (0, 1, 2)) / count
        return (gamma * (x - mean) * tf.math.rsqrt(variance + 1e-3) + beta) * valid

    def fused():
        return normalized_valid(x, valid, gamma=gamma, beta=beta, epsilon=1e-3)[0]

    found = []
    for formula in (plain, fused):
        with tf.GradientTape() as tape:
            tape.watch([x, gamma, beta])
            y = formula()
        found.append([y, *tape.gradient(y, [x, gamma, beta], output_gradients=upstream)])
    for expected, got in zip(*found, strict=True):
        # Float32 sums in another order.
        np.testing.assert_allclose(got, expected, atol=FLOAT32_LONG)


def test_logarithm_of_the_sum_grows_with_the_length():
    x = np.ones((2, 6, 1), "float32")
    x[1, 2:] = 0.0
    got = numpy(LogSum()([x, np.array([6, 2], "int32")]))
    np.testing.assert_allclose(got[:, 0], np.log([7.0, 3.0]), rtol=FLOAT32_SHORT)
