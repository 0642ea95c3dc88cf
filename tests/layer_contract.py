"""The promises of a layer, as functions that `test_every_layer.py` calls for every case.

The tests of the Kapre facade call them for its layers too. `make` is the class or
`functools.partial(Class, **arguments)`. It takes `dtype` and `name` in addition, and builds a
new layer.
"""

import contextlib
import pathlib

import keras
import numpy as np
from backend_tools import BACKEND, FULL, compiled, gradient, graph, quick, real_sum, to_numpy
from tolerances import FLOAT32, FLOAT32_LONG

from kapre_like.layers import LengthMask, Magnitude

POLICIES = ("float32", "mixed_float16", "mixed_bfloat16", "float64")
if BACKEND == "jax":  # JAX computes in float64 only as a setting of the whole process.
    POLICIES = POLICIES[:3]


def full_scale_sine(samples, channels=1):
    """Returns a 440 Hz sine of amplitude 1 at 8 kHz. Its power in a bin overflows float16."""
    sine = np.sin(2 * np.pi * 440 / 8000 * np.arange(samples))
    return np.repeat(sine[None, :, None], channels, axis=2).astype("float32")


def noise(*shape, seed=0):
    """Returns Gaussian noise. The first clip is 30 dB quieter than the others."""
    x = np.random.default_rng(seed).standard_normal(shape)
    x[0] *= 10 ** (-30 / 20)
    return (0.1 * x).astype("float32")


def is_complex(x):
    return "complex" in keras.backend.standardize_dtype(x.dtype)


def close(got, expected, atol):
    """Checks values to `atol`, relative to the expected peak if the peak is below 1."""
    assert got.shape == expected.shape
    if expected.size:
        scale = min(1.0, float(np.abs(expected).max())) or 1.0
        np.testing.assert_allclose(got, expected, rtol=0, atol=atol * scale)


def model_of(layer, inputs):
    """Returns the layer as a functional model for such inputs, with any batch size."""
    x = keras.Input(inputs.shape[1:], dtype=keras.backend.standardize_dtype(inputs.dtype))
    return keras.Model(x, layer(x))


def check_layer(make, inputs, tmp_path, *, weights=(), learns=False, atol=FLOAT32, trains=True):
    """Checks everything except lengths, masks, policies and compilation.

    Args:
        make: Builds the layer.
        inputs: Array, a batch of at least two clips, the first one quieter.
        tmp_path: A folder.
        weights: Names of the layer's weights.
        learns: Whether a training step changes them.
        atol: Maximum difference of a clip alone and in the batch, and of a loaded model and the
            saved one, relative to the peak.
        trains: Whether to check training and freezing too.
    """
    layer = make(name="front")
    layer.build(inputs.shape)  # JAX does not allow new variables inside a program
    one = quick(layer)
    expected = to_numpy(one(inputs))
    assert tuple(layer.compute_output_shape(inputs.shape)) == expected.shape
    assert [weight.name for weight in layer.weights] == list(weights)
    for first in (0, 1):
        alone = to_numpy(one(inputs[first : first + 1]))
        close(alone, expected[first : first + 1], atol)
    _check_config(layer)
    layer.trainable = True
    model = model_of(layer, inputs)
    _check_copies(model, inputs, expected, tmp_path, atol)
    if not trains:
        return
    # JAX compiles every step, so layers that do not learn are trained in the full run only.
    if not is_complex(inputs) and (learns or FULL or BACKEND != "jax"):
        _check_training(layer, inputs, learns=learns)
    if FULL:  # Keras implements freezing, the same on every backend.
        layer.trainable = False
        _check_frozen(model_of(layer, inputs), tmp_path)
        if learns and not is_complex(inputs):
            _check_training(layer, inputs, learns=False)


def _check_config(layer):
    """Checks that the configuration is complete, is plain JSON, and contains `trainable`."""
    for trainable in (True, False):
        layer.trainable = trainable
        config = layer.get_config()
        clone = type(layer).from_config(config)
        assert clone.get_config() == config
        assert clone.trainable == trainable
        again = keras.saving.deserialize_keras_object(
            keras.saving.serialize_keras_object(layer)
        )
        assert again.get_config() == config


def _check_copies(model, inputs, expected, tmp_path, atol):
    """Checks that loaded and cloned models have equal outputs and trainable weights."""
    path = pathlib.Path(tmp_path) / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    model.save_weights(path.with_suffix(".weights.h5"))
    fresh = keras.models.clone_model(model)
    fresh.load_weights(path.with_suffix(".weights.h5"))
    for copy in (loaded, clone, fresh):
        assert len(copy.trainable_weights) == len(model.trainable_weights)
        for weight, own in zip(copy.weights, model.weights, strict=True):
            np.testing.assert_array_equal(to_numpy(weight), to_numpy(own))
    # JAX compiles each of them, so only one copy is called there, except in the full run.
    for copy in (loaded, clone, fresh) if FULL or BACKEND != "jax" else (loaded,):
        close(to_numpy(quick(copy)(inputs)), expected, atol)


def _check_frozen(model, tmp_path):
    """Checks that frozen weights are frozen after loading too."""
    path = pathlib.Path(tmp_path) / "frozen.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    assert len(loaded.weights) == len(model.weights)
    assert not loaded.trainable_weights


def _check_training(layer, inputs, *, learns):
    """Checks that a training step changes the weights if and only if the layer learns.

    All weights must stay finite. The second clip of the batch is silence, where derivatives of
    roots and angles are 0/0.
    """
    x = keras.Input(inputs.shape[1:])
    y = layer(x)
    y = Magnitude()(y) if is_complex(y) else y
    model = keras.Model(x, keras.layers.Dense(1)(y))
    # JAX can only compile. On TensorFlow, `check_compiled` tests XLA.
    eager = BACKEND != "jax"
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse", run_eagerly=eager)
    batch = inputs.copy()
    batch[1] = 0
    before = [to_numpy(weight).copy() for weight in layer.weights]
    loss = model.train_on_batch(batch, np.ones((*y.shape[:-1], 1)[1:], "float32")[None])
    assert np.isfinite(loss)
    for old, weight in zip(before, layer.weights, strict=True):
        new = to_numpy(weight)
        assert np.isfinite(new).all()
        assert (not np.array_equal(old, new)) == learns, weight.name


def check_lengths(make, lengths, channels=1, atol=FLOAT32_LONG):
    """Checks that declared, symbolic and actual shapes are equal, for known and any length."""
    # The other backends compile every operation for every shape, so they test fewer shapes.
    lengths = lengths if FULL else lengths[:3]
    unknown = keras.Input((None, channels))
    model, layer = keras.Model(unknown, make()(unknown)), make()
    layer(unknown)  # builds it: JAX does not allow new variables inside a program
    declared_shape, eager = model.output_shape, quick(layer)
    # `graph` makes TensorFlow graphs for any length, with one channel only.
    graphed = BACKEND == "tensorflow" and channels == 1
    model = graph(model) if graphed else quick(model)
    for samples in lengths:
        x = noise(2, samples, channels)
        y = to_numpy(eager(x))
        assert tuple(layer.compute_output_shape(x.shape)) == y.shape, samples
        known = keras.Input(batch_shape=x.shape)
        assert tuple(layer(known).shape) == y.shape, samples
        close(to_numpy(model(x)), y, atol)
        assert np.isfinite(y).all(), samples
        for declared, real in zip(declared_shape, y.shape, strict=True):
            assert declared in (None, real)


class MaskProbe(keras.layers.Layer):
    """Returns the mask that it receives, as int32."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        return keras.ops.cast(mask, "int32")

    def compute_output_spec(self, inputs, mask=None):
        # The mask of a layer that changes lengths is not known before its call.
        shape = inputs.shape[:2] if mask is None else mask.shape
        return keras.KerasTensor(shape, dtype="int32")

    def compute_mask(self, inputs, previous_mask=None):
        return None


def masked_model(layers):
    """Returns a model from `[waveform, length]` to the output of the layers and its mask."""
    waveform, length = keras.Input((None,)), keras.Input((), dtype="int32")
    x = LengthMask()([waveform, length])
    for layer in layers:
        x = layer(x)
    return quick(keras.Model([waveform, length], [x, MaskProbe()(x)]))


def check_padding(make_layers, lengths, *, atol):
    """Checks that the mask marks the valid frames, and that they equal those of a clip alone.

    Args:
        make_layers: Builds the list of layers after `LengthMask`.
        lengths: Valid samples per clip. The first is the length of the batch.
        atol: Maximum difference, relative to the peak (in dB if the output is in dB).
    """
    lengths = lengths if FULL else [lengths[0], *lengths[1::3]]
    model = masked_model(make_layers())
    waveform = noise(len(lengths), max(lengths))
    for clip, length in enumerate(lengths):
        waveform[clip, length:] = 1e3  # the content of the padding must not matter
    together, mask = (to_numpy(y) for y in model([waveform, np.array(lengths, "int32")]))
    assert mask.shape == together.shape[:2]
    for clip, length in enumerate(lengths):
        one = waveform[clip : clip + 1, :length]
        alone, own = (to_numpy(y) for y in model([one, np.array([length], "int32")]))
        frames = alone.shape[1]
        assert own.all()
        np.testing.assert_array_equal(mask[clip], np.arange(mask.shape[1]) < frames)
        close(together[clip : clip + 1, :frames], alone, atol)
        without = to_numpy(quick(keras.Sequential(make_layers()))(one[..., None]))
        close(alone, without, atol)


@contextlib.contextmanager
def policy(name):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def check_policies(make, batches, *, output, atol):
    """Checks each policy: finite, close to float32, and equal in nested models.

    Args:
        make: Builds the layer.
        batches: Input arrays, including silence and a full-scale sine.
        output: `"float32"`, `"complex64"` for linear layers, `"policy"` for decibels.
        atol: Maximum difference to float32 by policy name, in the unit of the output. Or one
            number for float64, as a share of the peak; the others follow from the dtypes.
    """
    for batch in batches:
        expected = to_numpy(make()(batch))
        limits = atol if isinstance(atol, dict) else _limits(expected, output, atol)
        for name in POLICIES:
            with policy(name):
                _check_policy(make, batch, expected, name, output, limits)


def _limits(expected, output, share):
    """Returns limits for float32 arithmetic, where a mixed policy rounds the output once."""
    peak = float(np.abs(expected).max(initial=0.0))
    step = {"mixed_float16": 2.0**-11, "mixed_bfloat16": 2.0**-8}
    rounded = {name: peak * n if output == "policy" else 0 for name, n in step.items()}
    return {"float32": 0, "float64": peak * share, **rounded}


def _check_policy(make, batch, expected, name, output, atol):
    layer = make()
    dtype = layer.compute_dtype if output == "policy" else output
    if name == "float64":
        dtype = {"complex64": "complex128"}.get(dtype, "float64")
    symbolic = keras.Input(batch.shape[1:], dtype="float32")
    inner = keras.Model(symbolic, layer(symbolic))
    outer = keras.Model(symbolic, inner(symbolic))
    y = layer(batch)
    alone = to_numpy(y)
    assert keras.backend.standardize_dtype(y.dtype) == dtype, name
    assert keras.backend.standardize_dtype(inner.output.dtype) == dtype, name
    for weight in layer.weights:
        assert weight.dtype == ("float64" if name == "float64" else "float32")
    for model in (inner, outer):
        np.testing.assert_array_equal(to_numpy(model(batch)), alone)
    wide = "complex128" if "complex" in dtype else "float64"
    assert np.isfinite(alone.astype(wide)).all(), name
    np.testing.assert_allclose(alone.astype(wide), expected, rtol=0, atol=atol[name])


def check_gradient(function, silence):
    """Checks that the gradient at silence is finite."""
    got = gradient(function, silence)
    assert got.shape == silence.shape
    assert np.isfinite(got).all()


def check_compiled(make, inputs, *, atol=FLOAT32, learns=False):
    """Checks that XLA computes the same output for unknown shapes.

    If the layer learns, the shape is known and the gradient is computed too, as in training.
    """
    layer = make()
    expected = to_numpy(layer(inputs))
    if BACKEND != "tensorflow":
        close(to_numpy(compiled(lambda x: layer(x))(inputs)), expected, atol)
        return
    import tensorflow as tf

    # XLA lacks some gradients for unknown shapes. Training batches have known shapes.
    shape = inputs.shape if learns else [*[None] * (inputs.ndim - 1), inputs.shape[-1]]
    spec = tf.TensorSpec(shape, inputs.dtype)

    @tf.function(jit_compile=True, input_signature=[spec])
    def both(x):
        if not learns:
            return layer(x), []
        with tf.GradientTape() as tape:
            y = layer(x)
            total = real_sum(y)
        return y, tape.gradient(total, [weight.value for weight in layer.trainable_weights])

    got, gradients = both(inputs)
    close(to_numpy(got), expected, atol)
    for value in gradients:
        assert np.isfinite(to_numpy(value)).all()
