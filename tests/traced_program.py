"""Run by `test_traced.py` with each backend: every layer where only Keras can trace it.

`save FOLDER` writes one subclassed model that holds every configuration of `layer_cases` in a
custom layer, with weights moved away from their start, and what it gives. `load FOLDER` reads
what another backend wrote, and compares weights and numbers one by one.
"""

import pathlib
import sys

import keras
import numpy as np
from backend_tools import to_numpy
from layer_cases import FORMULAS, SAMPLES
from layer_contract import noise

# One case of each formula. Training draws random numbers; a call does not.
TRACED = [case for case in FORMULAS if case.name != "Chain"]


@keras.saving.register_keras_serializable(package="traced")
class Around(keras.layers.Layer):
    """A user's layer around ours; it declares no shape, so Keras has to trace it."""

    def __init__(self, number, **kwargs):
        super().__init__(**kwargs)
        self.number = number
        case = TRACED[number]
        self.steps = [*case.chain(), case.layer()]

    def call(self, x):
        for step in self.steps:
            x = step(x)
        if "complex" in keras.backend.standardize_dtype(x.dtype):
            x = keras.ops.stack([keras.ops.real(x), keras.ops.imag(x)], axis=-1)
        return x

    def get_config(self):
        return {**super().get_config(), "number": self.number}


@keras.saving.register_keras_serializable(package="traced")
class Every(keras.Model):
    """A user's subclassed model with every case side by side."""

    def __init__(self, numbers, **kwargs):
        super().__init__(**kwargs)
        self.numbers = list(numbers)
        self.parts = [Around(number, name=f"part_{number}") for number in numbers]

    def call(self, x):
        return [part(x) for part in self.parts]

    def get_config(self):
        return {**super().get_config(), "numbers": self.numbers}


def every_model(numbers):
    """The model, traced for an unknown batch and length, with weights of its own."""
    model = Every(numbers)
    model(keras.Input((None, 1)))
    rng = np.random.default_rng(1)
    for weight in model.weights:
        if "seed" not in weight.path:
            weight.assign(to_numpy(weight) * (1 + 0.01 * rng.random(weight.shape)))
    return model


def weights_by_place(model):
    """By part, step and place: a path begins with the model's name or not, as it was built."""
    found = {
        f"{part.number}/{n}/{place}/{weight.name}": weight
        for part in model.parts
        for n, step in enumerate(part.steps)
        for place, weight in enumerate(step.weights)
    }
    assert len(found) == len(model.weights)
    return found


def save(folder):
    model = every_model(range(len(TRACED)))
    model.save(folder / "model.keras")
    weights = {name: to_numpy(weight) for name, weight in weights_by_place(model).items()}
    np.savez(folder / "weights.npz", **weights)
    results = model(noise(2, SAMPLES, 1))
    np.savez(folder / "results.npz", **{str(n): to_numpy(y) for n, y in enumerate(results)})


def load(folder):
    model = keras.models.load_model(folder / "model.keras")
    with np.load(folder / "weights.npz") as saved:
        weights = weights_by_place(model)
        assert weights.keys() == set(saved), weights.keys() ^ set(saved)
        for name, weight in weights.items():
            np.testing.assert_array_equal(to_numpy(weight), saved[name], err_msg=name)
    with np.load(folder / "results.npz") as saved:
        for number, result in enumerate(model(noise(2, SAMPLES, 1))):
            _compare(TRACED[number], to_numpy(result), saved[str(number)])


def _compare(case, got, expected):
    # Two backends round differently; decibels and angles of next to nothing show it.
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    far = np.abs(got - expected) > 1e-3 * scale
    assert got.shape == expected.shape, case
    assert far.mean() < 1e-2, f"{case}: {far.mean():.3f} of the numbers differ"


if __name__ == "__main__":
    {"save": save, "load": load}[sys.argv[1]](pathlib.Path(sys.argv[2]))
    sys.stdout.write(f"{len(TRACED)} cases\n")
