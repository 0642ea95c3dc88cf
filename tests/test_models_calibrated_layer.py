"""The layer `Calibrated`, against the same numbers in NumPy."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, compiled, gradient, to_numpy
from tolerances import FLOAT32_SHORT

from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.blocks.calibrated import (
    Calibrated,
    with_calibration,
    without_calibration,
)

KNOTS = ((0.0, 0.0), (0.02, 0.001), (0.3, 0.2), (0.300001, 0.5), (0.9, 0.8), (1.0, 0.99))


def shares(n=40, classes=5, seed=0):
    x = np.random.default_rng(seed).gamma(0.2, size=(n, classes)) + 1e-12
    x[0, 1:3] = 0.0
    return (x / x.sum(axis=1, keepdims=True)).astype("float32")


def numpy_of(temperature, knots):
    method = "temperature" if knots is None else "isotonic"
    return Calibration(method=method, temperature=temperature, knots=knots)


@pytest.mark.parametrize("knots", [None, KNOTS])
@pytest.mark.parametrize("temperature", [0.1, 1.0, 3.7])
def test_the_layer_gives_the_numbers_of_numpy(temperature, knots):
    x = shares()
    layer = Calibrated(temperature=temperature, knots=knots)
    expected = numpy_of(temperature, knots).apply(x.astype("float64"))
    # float32; between two near knots its rounding of 6e-8 counts 3e5 times.
    atol = 1e-6 if knots is None else 0.02
    np.testing.assert_allclose(to_numpy(layer(x)), expected, atol=atol)
    far = np.abs(x[..., None] - np.array(KNOTS)[:, 0]).min(axis=-1) > 1e-3
    if knots is not None and temperature == 1.0:
        rows = far.all(axis=1)
        np.testing.assert_allclose(to_numpy(layer(x))[rows], expected[rows], atol=2e-6)
    np.testing.assert_allclose(to_numpy(compiled(layer)(x)), to_numpy(layer(x)), atol=2e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16", "float64"])
def test_probabilities_stay_exact_under_every_policy(policy):
    if policy == "float64" and BACKEND == "jax":
        pytest.skip("JAX computes in float64 only if the whole process is told to")
    x = shares()
    layer = Calibrated(temperature=2.0, dtype=keras.DTypePolicy(policy))
    y = layer(x.astype("float16" if policy == "mixed_float16" else "float32"))
    wide = "float64" if policy == "float64" else "float32"
    assert keras.backend.standardize_dtype(y.dtype) == wide
    assert layer.compute_output_spec(keras.KerasTensor(x.shape)).dtype == wide
    np.testing.assert_allclose(to_numpy(y).sum(axis=1), 1.0, atol=FLOAT32_SHORT)


def test_a_probability_of_zero_stays_zero_and_has_a_gradient():
    x = shares()
    layer = Calibrated(temperature=4.0, knots=KNOTS)
    assert not to_numpy(layer(x))[0, 1:3].any()
    assert np.isfinite(gradient(layer, x)).all()


def test_an_answer_is_confident_from_the_limit_of_its_own_class_on():
    x = np.array([[0.6, 0.4], [0.4, 0.6], [0.2, 0.8], [0.99, 0.01]], "float32")
    y = Calibrated(limits=[2.0, 0.7])(x)
    assert to_numpy(y["confident"]).tolist() == [False, False, True, False]
    np.testing.assert_allclose(to_numpy(y["probabilities"]), x, atol=FLOAT32_SHORT)


@pytest.mark.parametrize("limits", [None, [0.5, 0.6, 0.7, 2.0, 0.1]])
def test_it_is_saved_with_its_arguments(limits, tmp_path):
    x = keras.Input((5,), name="x")
    model = keras.Model(x, Calibrated(temperature=1.5, knots=KNOTS, limits=limits)(x))
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    [layer] = [one for one in loaded.layers if isinstance(one, Calibrated)]
    assert layer.get_config() == model.layers[-1].get_config()
    for a, b in zip(
        keras.tree.flatten(loaded(shares())), keras.tree.flatten(model(shares())), strict=True
    ):
        np.testing.assert_array_equal(to_numpy(a), to_numpy(b))


@pytest.mark.parametrize(
    "arguments",
    [
        {"temperature": 0.0},
        {"knots": [[0, 0], [0.5, 0.6]]},
        {"knots": [[0, 0], [0.5, 0.6], [1, 0.6]]},
        {"knots": [[0.1, 0], [1, 1]]},
    ],
)
def test_wrong_arguments_are_named(arguments):
    with pytest.raises(ValueError, match=f"Calibrated: `{next(iter(arguments))}` must be"):
        Calibrated(**arguments)


def test_a_network_gets_a_calibration_and_loses_it_again():
    from small_models import network_of, recipe_of

    raw = network_of(recipe_of())
    found = Calibration(
        method="temperature", temperature=0.3, thresholds={"no": 0.5, "yes": None}
    )
    model = with_calibration(with_calibration(raw, found), found, confident=True)
    assert sum(isinstance(layer, Calibrated) for layer in model.layers) == 1
    assert sorted(model.output) == ["confident", "probabilities"]
    clip = [np.random.default_rng(0).normal(size=(1, 4000)).astype("float32"), np.array([4000])]
    answer = to_numpy(model(clip)["probabilities"])
    np.testing.assert_allclose(answer, found.apply(to_numpy(raw(clip))), atol=FLOAT32_SHORT)
    assert model.layers[-1].recipe["calibration"] == found.to_json()
    back = without_calibration(model)
    np.testing.assert_array_equal(to_numpy(back(clip)), to_numpy(raw(clip)))
    assert "calibration" not in back.layers[-1].recipe
    assert without_calibration(raw) is raw
    with pytest.raises(ValueError, match="ends in a card"):
        with_calibration(keras.Sequential([keras.Input((5,)), keras.layers.Dense(2)]), found)
