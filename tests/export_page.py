"""`docs/export.md`: which layer exports to which format. As a program it writes missing rows.

`python tests/export_page.py --all` exports every configuration again, which takes long.
"""

import re
import sys
import tempfile
from pathlib import Path

import keras
from layer_cases import CASES

import kapre_like
from kapre_like.models.vgg import vgg

PAGE = Path(__file__).resolve().parents[1] / "docs" / "export.md"
FORMATS = ("savedmodel", "litert", "onnx", "openvino")
HEAD = """# What exports where

`tests/export_page.py` writes this page. It exports every row in each format, alone and after
`LengthMask` with padded clips, and compares the numbers of the file with those of the layer.
Batch size and length are free. LiteRT files contain only built-in operators. A "no" names the
operator that the format lacks. Only SavedModels support complex outputs, so use
`output="real_imag"` for the other formats. Use `kapre_like.export` instead of Keras's
`model.export(format="onnx")`, whose files onnxruntime rejects: they have no Fourier transform
of real numbers. The table of ordinary Keras models follows that of the layers.

If Keras runs on JAX or PyTorch, `kapre_like.export` saves the model and rebuilds it on
TensorFlow in another process, so TensorFlow must be installed. The numbers of the file are
compared with those of the model. Your own layers must be in a module that can be imported.

A classifier from `kapre-like train` returns calibrated `probabilities` in every format, and
`confident`, which is true if the most likely class reaches its threshold
(`docs/confidence.md`). If the output of a model is a dict, the file has outputs of these names.

| layer | arguments | SavedModel | LiteRT | ONNX | OpenVINO |
|---|---|---|---|---|---|
"""
# Sizes do not change the operators of a graph.
SIZES = {"n_fft", "hop_length", "win_length", "sample_rate", "n_mels", "frame_length", "length"}
REAL = [case for case in CASES if case.real]


def name_of(case):
    words = {k: v for k, v in case.arguments.items() if k not in SIZES}
    text = ", ".join(f"{k}={v!r}" for k, v in words.items())
    text = re.sub(r"<(\w+) name=[^>]*>", r"\1", re.sub(r"array\(.*", "array", text))
    return f"`{case.name}`", f"`{text[:80]}`" if text else ""


def alone(case):
    x = keras.Input((None, 1))
    for layer in case.chain():
        x = layer(x)
    layer = case.layer()
    layer(x)
    return layer


def behind_mask(case):
    waveform, length = keras.Input((None,)), keras.Input((), dtype="int32")
    x = kapre_like.LengthMask()([waveform, length])
    for layer in [*case.chain(), case.layer()]:
        x = layer(x)
    return keras.Model([waveform, length], x)


def outcome(models, format, folder):
    """Returns `yes`, or `no` with the operator that the format lacks. Raises other errors."""
    for number, model in enumerate(models):
        try:
            kapre_like.export(model, folder / f"{format}{number}", format)
        except ValueError as error:
            missing = re.search(r"no (?:built-in )?operator for ([\w, ]+), which", str(error))
            if missing is None:
                raise
            return f"no: {missing[1]}"
    return "yes"


def row(case, folder):
    models = [alone(case), behind_mask(case)] if case.padded else [alone(case)]
    cells = [outcome(models, format, folder) for format in FORMATS]
    return line(*name_of(case), cells)


def line(name, arguments, cells):
    return f"| {name} | {arguments} | {' | '.join(cells)} |"


def read_page():
    """Returns the table of layers, and the sections after it, which other tests check."""
    text, _, rest = PAGE.read_text(encoding="utf-8").partition("\n## ")
    return text, rest and f"\n## {rest}"


def rows_of_table():
    lines = read_page()[0].splitlines()
    return [text for text in lines if text.startswith("| `")]


def vgg_row(folder):
    net = vgg("tiny", class_names=["yes", "no"], seed=0)
    return line("`vgg`", "", [outcome([net], format, folder) for format in FORMATS])


def page_text(folder, *, known=()):
    """Returns the page. Rows in `known` are kept, the others are exported in `folder`."""
    kept = {key_of(text): text for text in known}
    rows = [
        kept.get(name_of(case)) or row(case, folder / str(number))
        for number, case in enumerate(REAL)
    ]
    rows.append(kept.get(("`vgg`", "")) or vgg_row(folder))
    return HEAD + "\n".join(rows) + "\n" + read_page()[1]


def key_of(row):
    """Returns the name and the arguments of a row."""
    name, arguments = row.removeprefix("| ").split(" | ")[:2]
    return name, arguments


if __name__ == "__main__":
    known = () if "--all" in sys.argv else rows_of_table()
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(page_text(Path(folder), known=known), "utf-8")
