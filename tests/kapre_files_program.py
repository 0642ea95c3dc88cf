"""Run by `test_kapre_files.py` in a process of its own, where no `kapre` can be imported.

`python kapre_files_program.py ROAD`: ROAD is `keras`, `keras.models.load_model` after
`from kapre_like import kapre`, or `kapre_like`, `kapre_like.load_model` alone. Loads each file
that the real Kapre saved and compares what it predicts; `keras` saves and does both again.
"""

import importlib.abc
import pathlib
import sys
import tempfile

import keras
import numpy as np

FILES = pathlib.Path(__file__).parent / "kapre_reference" / "files"


class NoKapre(importlib.abc.MetaPathFinder):
    """As if Kapre were not installed."""

    def find_spec(self, fullname, path, target=None):
        if fullname.split(".")[0] == "kapre":
            raise ModuleNotFoundError(f"No module named {fullname!r}")


def loader(library):
    if library == "keras":
        from kapre_like import kapre  # noqa: F401  registers its layers

        return keras.models.load_model
    import kapre_like

    assert "kapre_like.kapre" not in sys.modules
    return kapre_like.load_model


def as_number(name, outputs, expected):
    """Angles as points on the circle, weighted by the magnitude before them if there is one."""
    if name == "mag_phase":
        magnitude, phase = np.split(outputs, 2, axis=-1)
        return magnitude * np.exp(1j * phase)
    if "phase" in name:
        # Kapre's continued fraction leaves the circle where the real part nearly vanishes, and
        # says 90 radians or, for the next number after that, 89.
        return np.where(np.abs(expected) > np.pi, 0, np.exp(1j * outputs))
    return outputs


def check(name, model, inputs, expected, library):
    # As a graph too, where there is a network; each graph takes its time.
    graph = library == "keras" and model.weights
    outputs = model.predict(inputs, verbose=0) if graph else model(inputs)
    outputs = keras.ops.convert_to_numpy(outputs)
    assert outputs.shape == expected.shape, (outputs.shape, expected.shape)
    assert outputs.dtype == expected.dtype, (outputs.dtype, expected.dtype)
    got, wanted = (as_number(name, y, expected) for y in (outputs, expected))
    peak = max(1.0, float(np.max(np.abs(wanted))))
    difference = float(np.max(np.abs(got - wanted))) / peak
    # Angles of faint bins are the rounding of their spectrum.
    assert difference <= (1e-3 if "phase" in name else 1e-5), difference
    return difference


def main(library):
    sys.meta_path.insert(0, NoKapre())
    load, stored = loader(library), np.load(FILES / "predictions.npz")
    paths = sorted([*FILES.glob("*.keras"), *FILES.glob("*.h5")])
    if keras.config.backend() != "tensorflow":
        paths = [path for path in paths if "tflite" not in path.name]
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            name = path.stem
            arrays = stored[f"{name} input"], stored[f"{name} output"], library
            # Kapre's files say "default": of the configuration at loading.
            first = name == "configured_first"
            keras.config.set_image_data_format("channels_first" if first else "channels_last")
            try:
                again = pathlib.Path(folder) / path.name
                model = load(path)
                difference = check(name, model, *arrays)
                worst = max(worst, 0.0 if "phase" in name else difference)
                if library == "keras":
                    model.save(again)
                    check(name, load(again), *arrays)
            except Exception as error:
                error.add_note(f"file: {path.name}")
                raise
    assert not any(module.split(".")[0] == "kapre" for module in sys.modules)
    sys.stdout.write(f"{len(paths)} files, largest difference {worst:.1e}\n")


if __name__ == "__main__":
    main(sys.argv[1])
