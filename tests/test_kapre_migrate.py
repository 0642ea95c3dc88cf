"""`kapre.migrate` on networks: they keep working, or the error is one line."""

import doctest

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from migrate_tools import RNG, audio, check_same, migrated, model_of, spectrogram
from tolerances import FLOAT32_LONG

import kapre_like
from kapre_like import kapre
from kapre_like.kapre import migrate

pytestmark = pytest.mark.backends(full=True)


def network():
    """A network of two inputs, a nested model with a shared front end, and a head."""
    front = kapre.get_melspectrogram_layer(
        n_fft=256, hop_length=128, sample_rate=8000, n_mels=10, return_decibel=True,
        input_data_format="channels_last", output_data_format="channels_last",
    )  # fmt: skip
    inner = keras.Input((None, 1))
    y = keras.layers.Conv2D(4, 3, name="conv")(front(inner))
    body = keras.Model(inner, keras.layers.GlobalAveragePooling2D()(y), name="body")
    inputs = [keras.Input((None, 1), name=name) for name in ("left", "right")]
    y = keras.layers.Concatenate()([body(x) for x in inputs])
    return keras.Model(inputs, keras.layers.Dense(2, name="head")(y), name="network")


def test_shared_nested_and_trained_networks_keep_working():
    model = network()
    model.get_layer("body").get_layer("conv").trainable = False
    model.compile(keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
    x = [audio("channels_last", 1), audio("channels_last", 1)]
    y = RNG.standard_normal((2, 2)).astype("float32")
    model.fit(x, y, epochs=2, verbose=0)
    before = [to_numpy(weight).copy() for weight in model.weights]
    new, lines = check_same(model, x)
    assert len(lines) == 4
    assert [layer.name for layer in new.layers] == [layer.name for layer in model.layers]
    assert len(new.weights) == len(model.weights)
    assert not new.get_layer("body").get_layer("conv").trainable
    assert len(new.trainable_weights) == len(model.trainable_weights) == 2
    # The next training step is the same too, because the optimizer's moments were copied.
    new.fit(x, y, verbose=0)
    assert all((to_numpy(a) == b).all() for a, b in zip(model.weights, before, strict=True))
    model.fit(x, y, verbose=0)
    np.testing.assert_allclose(to_numpy(new(x)), to_numpy(model(x)), rtol=0, atol=FLOAT32_LONG)
    assert sorted(new.get_metrics_result()) == sorted(model.get_metrics_result())


def own_loss(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred))


def test_a_loss_that_is_a_function_is_compiled_again():
    x = audio("channels_last", 1)
    front = kapre.Energy(8000, 0.1, 500, 500, data_format="channels_last")
    model = keras.Sequential([keras.Input((2000, 1)), front, keras.layers.Dense(1)])
    model.compile("sgd", loss=own_loss)
    new, _ = check_same(model, x)
    assert new.compiled
    assert new.loss is own_loss


def test_a_model_that_is_not_built_is_migrated_too():
    front = kapre.get_melspectrogram_layer(
        n_fft=256, n_mels=5, sample_rate=8000, input_data_format="channels_last",
        output_data_format="channels_last",
    )  # fmt: skip
    model = keras.Sequential([front, keras.layers.Conv2D(2, 3)])
    new = migrate(model, report=lambda line: None)
    assert not new.built
    assert new(audio("channels_last", 1)).shape[-1] == 2


def test_layers_inside_other_layers_are_found():
    clips = RNG.standard_normal((2, 3, 800, 1)).astype("float32")
    front = kapre.get_stft_magnitude_layer(
        (800, 1), 256, input_data_format="channels_last", output_data_format="channels_last"
    )
    distributed = keras.layers.TimeDistributed(front)
    new, lines = check_same(model_of(distributed, clips), clips)
    assert len(lines) == 2
    inside = [type(layer).__name__ for layer in new.layers[1].layer.layers]
    assert inside == ["STFT", "Magnitude"]
    x = spectrogram("channels_last")
    chain = kapre_like.Chain(layers=[kapre.Delta(data_format="channels_last")])
    check_same(model_of(chain, x), x)


@pytest.mark.parametrize("dtype", ["mixed_float16", "float64"])
def test_other_policies_are_kept(dtype):
    if dtype == "float64" and BACKEND == "jax":
        pytest.skip("JAX computes in float64 only if the whole process is configured for it")
    options = {"input_data_format": "channels_last", "output_data_format": "channels_last"}
    layers = [kapre.STFT(256, dtype=dtype, **options), kapre.Magnitude(dtype=dtype)]
    layers.append(kapre.MagnitudeToDecibel(dtype=dtype))
    x = audio("channels_last").astype("float64" if dtype == "float64" else "float32")
    model = keras.Sequential([keras.Input(x.shape[1:], dtype=str(x.dtype)), *layers])
    # float16 has 11 bits: 0.02 dB at 30 dB.
    check_same(model, x, atol=1e-3 if dtype == "mixed_float16" else 1e-9)


def test_the_report_is_printed_by_default(capsys):
    x = spectrogram("channels_last")
    migrate(model_of(kapre.Delta(name="slopes", data_format="channels_last"), x))
    out = capsys.readouterr().out
    assert out == (
        "slopes: Delta(data_format='channels_last') -> Delta(mode='symmetric'). Same numbers.\n"
    )


def test_a_layer_without_equivalent_is_kept_and_reported():
    x = audio("channels_last", 1)
    layer = kapre.Energy(8000, 0.1, 100, 200, data_format="channels_last")
    lines = []
    new = migrate(model_of(layer, x), report=lines.append)
    assert isinstance(new.layers[1], kapre.Energy)
    assert new.layers[1] is not layer
    assert "It is kept, because" in lines[0]
    assert "hop_length" in lines[0]
    both = {"input_data_format": "channels_last", "output_data_format": "channels_last"}
    z = np.zeros((1, 3, 129, 1), "complex64")
    migrate(model_of(kapre.InverseSTFT(256, 300, 64, **both), z), report=lines.append)
    assert "more than n_fft=256" in lines[1]


@pytest.mark.parametrize(
    ("layer", "shape", "dtype"),
    [
        (kapre.Frame(10, 5, data_format="channels_last"), (100, 1), "int16"),
        (kapre.Frame(10, 5, data_format="channels_last"), (100,), "float32"),
        (kapre.MagnitudeToDecibel(), (), "float32"),
    ],
)
def test_inputs_that_native_layers_refuse_keep_the_facade(layer, shape, dtype):
    inputs = keras.Input(shape, dtype=dtype)
    model = keras.Model(inputs, layer(inputs))
    x = RNG.integers(1, 9, (4, *shape)).astype(dtype)
    got, expected, _, (line,) = migrated(model, x)
    assert "It is kept, because" in line
    np.testing.assert_array_equal(got, expected)


def test_operations_and_functions_between_the_layers_are_kept():
    offset = 3.0
    inputs = keras.Input((2000, 1))
    spectrum = kapre.STFT(256)
    y = kapre.Magnitude()(spectrum(inputs * 0.5))
    y = keras.layers.Lambda(lambda x: x + offset, name="raise")(keras.ops.sqrt(y)[:, 1:])
    check_same(keras.Model(inputs, y), audio("channels_last", 1))


def test_the_docstrings_example_runs():
    names = {"kapre_like": kapre_like, "keras": keras, "np": np}
    tests = doctest.DocTestFinder().find(migrate, "migrate", globs=names)
    assert tests[0].examples
    runner = doctest.DocTestRunner()
    assert all(runner.run(test).failed == 0 for test in tests)


def test_a_class_of_the_users_stays_as_it_is():
    @keras.saving.register_keras_serializable(package="mine")
    class Louder(kapre.Magnitude):
        def call(self, x):
            return 2 * super().call(x)

    z = np.ones((1, 3, 4, 1), "complex64")
    inputs = keras.Input(z.shape[1:], dtype="complex64")
    model = keras.Model(inputs, [Louder(name="louder")(inputs), kapre.Phase()(inputs)])
    lines = []
    new = migrate(model, report=lines.append)
    np.testing.assert_allclose(to_numpy(new(z)[0]), 2.0)
    assert "louder: Louder is kept, because it is your own subclass of Magnitude." in lines


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = {"front": kapre.Magnitude()}

    def call(self, x):
        return self.parts["front"](x)


class Plain(keras.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (None, "a Keras model. Received: model=None"),
        (kapre.Magnitude, "a Keras model"),
        (
            Subclassed(),
            "a Sequential or Functional model.*Subclassed 'subclassed.*own code.*keras.Input",
        ),
        (Plain(), "a Sequential or Functional model.*subclassing"),
        (
            keras.Sequential([keras.layers.Dense(1)]),
            "layers of Kapre.*nothing to migrate",
        ),
    ],
)
def test_what_cannot_be_migrated_is_refused_in_one_line(model, message):
    with pytest.raises(ValueError, match=f"^migrate: `model` must be .*{message}"):
        migrate(model, report=lambda line: None)


def test_a_report_that_is_no_function_is_refused():
    x = spectrogram("channels_last")
    model = model_of(kapre.Delta(data_format="channels_last"), x)
    with pytest.raises(ValueError, match="`report` must be a function of one string"):
        migrate(model, report=None)
