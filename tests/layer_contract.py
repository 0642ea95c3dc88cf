"""The promises of a layer, as functions: what `test_every_layer.py` holds every case to.

The tests of Kapre's facade, whose layers are others, call them too. `make` is the class or
`functools.partial(Class, **arguments)`: it takes `dtype` and `name` on top and builds a fresh
layer.
"""

import contextlib
import pathlib

import keras
import numpy as np
from backend_tools import BACKEND, FULL, compiled, gradient, graph, quick, real_sum, to_numpy
from tolerances import FLOAT32, FLOAT32_LONG

from kapre_like.layers import LengthMask, Magnitude

POLICIES = ("float32", "mixed_float16", "mixed_bfloat16", "float64")
if BACKEND == "jax":  # JAX computes in float64 only if the whole process is set to.
    POLICIES = POLICIES[:3]


def full_scale_sine(samples, channels=1):
    """A 440 Hz sine at amplitude 1, 8 kHz: its power in one bin overflows float16."""
    sine = np.sin(2 * np.pi * 440 / 8000 * np.arange(samples))
    return np.repeat(sine[None, :, None], channels, axis=2).astype("float32")


def noise(*shape, seed=0):
    """Gaussian noise; the first clip is 30 dB quieter than the others."""
    x = np.random.default_rng(seed).standard_normal(shape)
    x[0] *= 10 ** (-30 / 20)
    return (0.1 * x).astype("float32")


def is_complex(x):
    return "complex" in keras.backend.standardize_dtype(x.dtype)


def close(got, expected, atol):
    """`atol` is relative to the expected peak, at least 1 (decibels are taken as they are)."""
    assert got.shape == expected.shape
    if expected.size:
        scale = min(1.0, float(np.abs(expected).max())) or 1.0
        np.testing.assert_allclose(got, expected, rtol=0, atol=atol * scale)


def model_of(layer, inputs):
    """The layer as a functional model for inputs like these, of unknown batch size."""
    x = keras.Input(inputs.shape[1:], dtype=keras.backend.standardize_dtype(inputs.dtype))
    return keras.Model(x, layer(x))


def check_layer(make, inputs, tmp_path, *, weights=(), learns=False, atol=FLOAT32, trains=True):
    """Everything but lengths, masks, policies and compilation.

    Args:
        make: Builds the layer.
        inputs: Array, a batch of at least two clips, the first one quieter.
        tmp_path: A folder.
        weights: Names of the weights that the layer is to have.
        learns: Whether a step of training changes them.
        atol: How near a clip alone must be to itself in the batch, and a loaded model to
            the saved one; relative to the peak.
        trains: Whether it is trained, and frozen, too.
    """
    layer = make(name="front")
    layer.build(inputs.shape)  # nothing may be made inside a program of JAX
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
    # JAX compiles every step: there what learns nothing is trained in the full run only.
    if not is_complex(inputs) and (learns or FULL or BACKEND != "jax"):
        _check_training(layer, inputs, learns=learns)
    if FULL:  # Freezing is Keras's, the same on every backend.
        layer.trainable = False
        _check_frozen(model_of(layer, inputs), tmp_path)
        if learns and not is_complex(inputs):
            _check_training(layer, inputs, learns=False)


def _check_config(layer):
    """The configuration is complete, is plain JSON, and contains `trainable`."""
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
    """Saved and loaded, cloned, weights alone: the same numbers and as many weights learn."""
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
    # JAX compiles each of them anew: there one copy is called, but in the full run.
    for copy in (loaded, clone, fresh) if FULL or BACKEND != "jax" else (loaded,):
        close(to_numpy(quick(copy)(inputs)), expected, atol)


def _check_frozen(model, tmp_path):
    """What is frozen is frozen in a file too."""
    path = pathlib.Path(tmp_path) / "frozen.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    assert len(loaded.weights) == len(model.weights)
    assert not loaded.trainable_weights


def _check_training(layer, inputs, *, learns):
    """One step changes the layer's weights exactly if it learns, and leaves them finite.

    The second clip of the batch is silence, where derivatives of roots and angles are 0/0.
    """
    x = keras.Input(inputs.shape[1:])
    y = layer(x)
    y = Magnitude()(y) if is_complex(y) else y
    model = keras.Model(x, keras.layers.Dense(1)(y))
    # JAX has no other way than to compile; through XLA goes `check_compiled`.
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
    """Declared shape == shape of the result == symbolic shape, length known or not."""
    # The other backends compile every operation anew for every shape: fewer of them there.
    lengths = lengths if FULL else lengths[:3]
    unknown = keras.Input((None, channels))
    model, layer = keras.Model(unknown, make()(unknown)), make()
    layer(unknown)  # built, since nothing may be made inside a program of JAX
    declared_shape, eager = model.output_shape, quick(layer)
    # As a graph for any length, which TensorFlow has only for one channel here.
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
    """Gives back the mask it was handed, as int32."""

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
    """`[waveform, length]` through `LengthMask` and the layers, to the result and its mask."""
    waveform, length = keras.Input((None,)), keras.Input((), dtype="int32")
    x = LengthMask()([waveform, length])
    for layer in layers:
        x = layer(x)
    return quick(keras.Model([waveform, length], [x, MaskProbe()(x)]))


def check_padding(make_layers, lengths, *, atol):
    """The valid frames of a clip in a batch equal those of the clip alone; the mask marks them.

    Args:
        make_layers: Builds the list of layers between `LengthMask` and the result.
        lengths: Valid samples per clip; the first is the batch's length.
        atol: Greatest difference, relative to the peak (in dB where the result is in dB).
    """
    lengths = lengths if FULL else [lengths[0], *lengths[1::3]]
    model = masked_model(make_layers())
    waveform = noise(len(lengths), max(lengths))
    for clip, length in enumerate(lengths):
        waveform[clip, length:] = 1e3  # what padding holds must not matter
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
    """Finite under every policy, near float32, and the same alone, in a model and nested.

    Args:
        make: Builds the layer.
        batches: Arrays to feed, silence and a full-scale sine among them.
        output: `"float32"`, `"complex64"` for linear layers, `"policy"` for decibels.
        atol: Greatest difference to float32 by policy name, in the output's unit; or that of
            float64 as a share of the peak, and the others follow from what a dtype resolves.
    """
    for batch in batches:
        expected = to_numpy(make()(batch))
        limits = atol if isinstance(atol, dict) else _limits(expected, output, atol)
        for name in POLICIES:
            with policy(name):
                _check_policy(make, batch, expected, name, output, limits)


def _limits(expected, output, share):
    """Arithmetic is float32, so a mixed policy rounds the result once, or not at all."""
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
    """The gradient at silence is finite."""
    got = gradient(function, silence)
    assert got.shape == silence.shape
    assert np.isfinite(got).all()


def check_compiled(make, inputs, *, atol=FLOAT32, learns=False):
    """XLA, with unknown shapes, computes the same output.

    What `learns` is differentiated as well, for a known shape, as training through XLA does.
    """
    layer = make()
    expected = to_numpy(layer(inputs))
    if BACKEND != "tensorflow":
        close(to_numpy(compiled(lambda x: layer(x))(inputs)), expected, atol)
        return
    import tensorflow as tf

    # XLA has no gradient of every slice of an unknown shape; batches in training have theirs.
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

    got, slopes = both(inputs)
    close(to_numpy(got), expected, atol)
    for slope in slopes:
        assert np.isfinite(to_numpy(slope)).all()
