"""Writes the reference data of the real Kapre: its names, its numbers, files that it saved.

Run by `make kapre-fixtures`, with the real Kapre and without kapre_like:
    cd tests && python -m kapre_reference.make
The same versions write the same bytes.
"""

import inspect
import io
import json
import pathlib
import re
import sys
import zipfile

import kapre
import keras
import numpy as np

from kapre_reference.cases import run, steady
from kapre_reference.grid import committed
from kapre_reference.models import MODELS, inputs_of, trained

HERE = pathlib.Path(__file__).parent
MODULES = (
    "",
    "augmentation",
    "backend",
    "composed",
    "signal",
    "tflite_compatible_stft",
    "time_frequency",
    "time_frequency_tflite",
)
# An instant that a zip archive can name, so that two runs write the same bytes.
THEN = (1980, 1, 1, 0, 0, 0)


def names():
    """`{module: {name: what it is}}`; what a module merely imported from others is foreign."""
    return {module or "kapre": names_of(module) for module in MODULES}


def names_of(module):
    found = vars(getattr(kapre, module) if module else kapre)
    kept = {name: value for name, value in found.items() if known(name)}
    return {name: described(value) for name, value in sorted(kept.items())}


def known(name):
    return not name.startswith("__") or name in ("__all__", "__version__")


def described(value):
    home = getattr(value, "__module__", None) or getattr(value, "__name__", "")
    if inspect.ismodule(value):
        home = value.__name__
    if isinstance(value, str | list | tuple):
        return {"kind": "constant", "value": value}
    if home.split(".")[0] != "kapre":
        return {"kind": "foreign", "from": home.split(".")[0]}
    if inspect.ismodule(value):
        return {"kind": "module"}
    if inspect.isclass(value):
        return described_class(value)
    function = getattr(value, "python_function", value)
    return {"kind": "function", "arguments": arguments(function)}


def described_class(value):
    """Its constructor, its methods and what it inherits from Kapre's own classes."""
    methods = {
        name: m for name, m in vars(value).items() if callable(m) or staticmethod in (type(m),)
    }
    return {
        "kind": "class",
        # Of the class itself or of Kapre's it inherits from; none of its own: Keras's alone.
        "arguments": arguments(value.__init__)[1:] if in_kapre(value.__init__) else [],
        "parents": [c.__name__ for c in value.__mro__[1:] if in_kapre(c)],
        "methods": {
            name: arguments(getattr(value, name))
            for name in sorted(methods)
            if name[:2] != "__"
        },
    }


def in_kapre(value):
    return value.__module__.split(".")[0] == "kapre"


def arguments(function):
    """`[name, kind, default]` of each; a default is written as in Python."""
    signature = inspect.signature(function)
    return [
        [p.name, p.kind.name, None if p.default is p.empty else repr(p.default)]
        for p in signature.parameters.values()
    ]


def numbers():
    """The cases by name, and the real arrays of each by its place in that list."""
    cases = committed()
    arrays = {"names": np.array([str(one) for one in cases])}
    for place, one in enumerate(cases):
        for part, array in enumerate(run(kapre, one)):
            arrays[f"{place}.{part}"] = array
    return arrays


def write_files():
    """Each model saved by Kapre, and what it predicts from its inputs."""
    folder = HERE / "files"
    for old in folder.glob("*"):
        old.unlink()
    folder.mkdir(exist_ok=True)
    predictions = {}
    for name, make in MODELS.items():
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        model = trained(name, make(kapre))
        inputs = inputs_of(name, model)
        ending = ".h5" if name.startswith("h5_") else ".keras"
        path = folder / f"{name}{ending}"
        model.save(path)
        if ending == ".keras":
            path.write_bytes(timeless(path))
        predictions[f"{name} input"] = inputs
        predictions[f"{name} output"] = model.predict(inputs, verbose=0)
    np.savez_compressed(folder / "predictions.npz", **predictions)


def timeless(path):
    """The archive compressed, without the times at which it was written."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w") as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "metadata.json":
                facts = {**json.loads(content), "date_saved": "1980-01-01@00:00:00"}
                content = json.dumps(facts).encode()
            if name == "config.json":
                content = numbered(content)
            entry = zipfile.ZipInfo(name, THEN)
            new.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def numbered(config):
    """The configuration with objects numbered 1, 2, ... instead of by their addresses."""
    found = re.findall(rb'"shared_object_id": (\d+)', config)
    for number, address in enumerate(dict.fromkeys(found), start=1):
        config = config.replace(address, b"%d" % number)
    return config


def main():
    steady(kapre)
    write_files()
    (HERE / "names.json").write_text(json.dumps(names(), indent=0) + "\n")
    np.savez_compressed(HERE / "numbers.npz", **numbers())
    # The proof would prove nothing if our registered classes had been written.
    assert not any(name.split(".")[0] == "kapre_like" for name in sys.modules)
    size = sum(
        file.stat().st_size for file in HERE.rglob("*") if "__pycache__" not in str(file)
    )
    sys.stdout.write(f"{len(MODELS)} files, {len(committed())} cases, {size} bytes in all\n")


if __name__ == "__main__":
    main()
