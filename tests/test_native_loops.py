"""Weights stay in range without a Keras optimizer: native loops, averages of weights."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from layer_cases import EVERY, SAMPLES
from layer_contract import noise

LEARNED = [case for case in EVERY if case.learns]
ONE_EACH = list({case.kind: case for case in reversed(LEARNED)}.values())[::-1]
# Fourier kernels, windows and convolutions may be any numbers.
FREE = {"kernel_real", "kernel_imag", "window", "kernel", "bias"}
CLIP = noise(1, SAMPLES, 1)


def slopes_of(layer, x):
    """A function: the sum of the layer's output differentiated by its weights, natively."""
    if BACKEND == "torch":
        return lambda: _backward(layer, x)
    if BACKEND == "jax":
        import jax

        rest = [weight.value for weight in layer.non_trainable_weights]
        slopes = jax.jit(
            jax.grad(lambda values: keras.ops.sum(layer.stateless_call(values, rest, x)[0]))
        )
        return lambda: slopes([weight.value for weight in layer.trainable_weights])
    return lambda: _taped(layer, x)


def _backward(layer, x):
    keras.ops.sum(layer(x)).backward()
    found = [to_numpy(weight.value.grad) for weight in layer.trainable_weights]
    for weight in layer.trainable_weights:
        weight.value.grad = None
    return found


def _taped(layer, x):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.cast(layer(x), "float32"))
    values = [weight.value for weight in layer.trainable_weights]
    return [tf.convert_to_tensor(slope) for slope in tape.gradient(total, values)]


def in_range_only(layer):
    return [weight for weight in layer.trainable_weights if weight.constraint is not None]


def check_that_weights_count_as_in_range(layer, x):
    """The output is finite, and that of the layer with its weights brought into range."""
    out = to_numpy(layer(x))
    for weight in in_range_only(layer):
        weight.assign(weight.constraint(keras.ops.convert_to_tensor(weight)))
    np.testing.assert_allclose(out, to_numpy(layer(x)), rtol=0, atol=1e-3)
    assert np.isfinite(out).all()


@pytest.mark.backends
@pytest.mark.parametrize("case", ONE_EACH, ids=str)
def test_a_weight_out_of_range_counts_as_the_nearest_in_range(case):
    layer, x = case.layer(), case.inputs(CLIP)
    layer(x)
    bounded = in_range_only(layer)
    free = set(case.weights) - {weight.name for weight in bounded}
    assert all(name in FREE or name.startswith("kernel_") for name in free), case
    if not bounded:
        return
    slopes = slopes_of(layer, x)
    for far in (-1e4, 1e4):
        before = [to_numpy(weight).copy() for weight in bounded]
        for weight in bounded:
            weight.assign(weight + far)
        found = [to_numpy(slope) for slope in slopes()]
        check_that_weights_count_as_in_range(layer, x)
        assert all(np.isfinite(slope).all() for slope in found)
        for weight, value in zip(bounded, before, strict=True):
            weight.assign(value)


@pytest.mark.backends
def test_a_weight_out_of_range_comes_back():
    from kapre_like.layers import PCEN

    layer = PCEN(learn="bands")
    x = np.abs(noise(1, 20, 3, 1)) + 0.1
    layer(x)
    low = layer.smoothing_weight.constraint.low
    layer.smoothing_weight.assign([low - 0.05] * 3)
    names = [weight.name for weight in layer.trainable_weights]
    slope = to_numpy(slopes_of(layer, x)()[names.index("smoothing")])
    assert (slope != 0).all()


@pytest.mark.backends
def test_a_native_loop_keeps_gabor_filters_finite():
    from kapre_like.layers import GaborFrontEnd

    layer = GaborFrontEnd(sample_rate=8000, n_filters=4, win_length=101, fmax=3800.0)
    layer(CLIP)
    slopes = slopes_of(layer, CLIP)
    for _ in range(12):  # with Adam at 1e-2, NaN came at step 5
        for weight, slope in zip(layer.trainable_weights, slopes(), strict=True):
            weight.assign(weight - 0.05 * np.sign(to_numpy(slope)))
    assert np.isfinite(to_numpy(layer(CLIP))).all()


# Keras averages weights before it applies their constraints.
OPTIMIZERS = {
    "SGD's average": lambda: keras.optimizers.SGD(0.5, use_ema=True),
    "Adam's average": lambda: keras.optimizers.Adam(0.5, use_ema=True, ema_momentum=0.5),
    "accumulated": lambda: keras.optimizers.Adam(0.5, gradient_accumulation_steps=2),
}


@pytest.mark.kinds
@pytest.mark.backends
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("case", ONE_EACH, ids=str)
def test_averaged_and_accumulated_steps_keep_values_in_range(case, optimizer):
    layer, x, rng = case.layer(), case.inputs(CLIP), np.random.default_rng(0)
    layer(x)
    weights, steps = in_range_only(layer), OPTIMIZERS[optimizer]()
    if not weights:
        return
    # Any gradients will do, as long as they lead out of range.
    for _ in range(4):
        slopes = [rng.normal(3.0, 10.0, weight.shape) for weight in weights]
        slopes = [keras.ops.convert_to_tensor(slope, dtype="float32") for slope in slopes]
        steps.apply(slopes, weights)
    steps.finalize_variable_values(weights)
    check_that_weights_count_as_in_range(layer, x)
