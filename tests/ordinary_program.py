"""Run by `test_ordinary_models.py` with each backend: models by number, one line of JSON each.

`python ordinary_program.py FOLDER 0 5 7`: makes a model, fits one step, saves and loads it, and
on TensorFlow exports it in three formats. A cell is the largest difference, as a share of the
largest value, or the first line of what failed.
"""

import json
import pathlib
import sys

import keras
import numpy as np
from backend_tools import to_numpy
from ordinary_models import MODELS

import kapre_like
from kapre_like.running import run_litert, run_onnx, run_savedmodel

RUN = {"savedmodel": run_savedmodel, "litert": run_litert, "onnx": run_onnx}
# Batch and samples to train on, and those of the files, which `export` itself does not try.
TRAINED, TRIED = (4, 4000), ((2, 3001), (5, 9000))


def feed(model, batch, samples):
    """Noise for the inputs of a model by name; lengths from all samples to half of them."""
    rng = np.random.default_rng(batch)
    # What has no named input of its own takes `inputs` in a file.
    named = not isinstance(model, keras.Sequential) and getattr(model, "inputs", None)
    inputs = named or [keras.Input((None, 1), name="inputs")]
    values = {}
    for tensor in inputs:
        if len(tensor.shape) == 1:
            value = np.linspace(samples, samples // 2, batch).astype("int32")
        else:
            sizes = (batch, samples if tensor.shape[1] is None else tensor.shape[1])
            value = rng.normal(0, 0.3, (*sizes, *tensor.shape[2:])).astype("float32")
        values[tensor.name] = value
    return values


def arrays(result):
    return [to_numpy(value).astype("float64") for value in keras.tree.flatten(result)]


def share(got, expected):
    """The largest difference of several results, each as a share of its own largest value."""
    return max(
        float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(got, expected, strict=True)
    )


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        lines = [text for text in str(error).splitlines() if text.strip()]
        return f"{type(error).__name__}: {(lines or [''])[0]}"


def fit_save_load(model, path):
    """One step of training; then what the file's model differs by."""
    inputs = list(feed(model, *TRAINED).values())
    inputs = inputs[0] if len(inputs) == 1 else inputs
    before = [to_numpy(weight) for weight in model.trainable_weights]
    targets = keras.tree.map_structure(lambda y: np.zeros(y.shape, "float32"), model(inputs))
    model.compile("adam", "mse")
    history = model.fit(inputs, targets, batch_size=4, verbose=0)
    assert np.isfinite(history.history["loss"]).all(), "the loss is not finite"
    after = [to_numpy(weight) for weight in model.trainable_weights]
    assert len(before) != len(after) or any(
        (a != b).any() for a, b in zip(before, after, strict=True)
    ), "nothing was learned"
    model.save(path)
    loaded = kapre_like.load_model(path)
    return share(arrays(loaded(inputs)), arrays(model(inputs)))


def exported(model, path, format):
    """What the file differs by from the model, at shapes that the export did not try."""
    call = RUN[format](kapre_like.export(model, path, format))
    worst = 0.0
    for shape in TRIED:
        values = feed(model, *shape)
        inputs = list(values.values())
        expected = model(inputs[0] if len(inputs) == 1 else inputs)
        results = call(**values)
        worst = max(worst, share([results[k] for k in sorted(results)], arrays(expected)))
    return worst


def cells(number, folder):
    """The cells of one model: the backend, and on TensorFlow the formats."""
    model = MODELS[number].make()
    backend = keras.config.backend()
    found = {backend: attempt(fit_save_load, model, folder / f"{backend}{number}.keras")}
    for format in RUN if backend == "tensorflow" else ():
        found[format] = attempt(exported, model, folder / f"{number}.{format}", format)
    return found


if __name__ == "__main__":
    for number in map(int, sys.argv[2:]):
        line = {"name": MODELS[number].name, **cells(number, pathlib.Path(sys.argv[1]))}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
