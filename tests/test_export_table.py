"""Which layer exports where: `docs/export.md` is made here, and held to what really happens.

`KAPRE_LIKE_WRITE_TABLES=1 pytest tests/test_export_table.py -m "slow or not slow"` writes it.
"""

import os
import pathlib
import re

import keras
import pytest
from layer_cases import CASES

import kapre_like
from kapre_like.models.vgg import vgg

TABLE = pathlib.Path(__file__).resolve().parents[1] / "docs" / "export.md"
FORMATS = ("savedmodel", "litert", "onnx", "openvino")
HEAD = """# What exports where

Made by `tests/test_export_table.py`, which exports every line in each format, alone and behind
`LengthMask` with padded clips, and compares the file's numbers with the layer's. Batch and
length are free. LiteRT files hold built-in operators only. A "no" names the operator that the
format lacks. A complex result has a form in SavedModels only: take `output="real_imag"`.
Keras's own `model.export(format="onnx")` writes a file that onnxruntime refuses: it has no
Fourier transform of real numbers. Take `kapre_like.export`. The table of ordinary Keras models
is below that of layers.

While Keras runs on JAX or PyTorch, `kapre_like.export` saves the model and rebuilds it on
TensorFlow, which must be installed, in another process; the file is compared with the running
model's numbers. Layers of your own must be in a module that can be imported.

A classifier that `kapre-like train` wrote has calibrated `probabilities` in every format, and
beside them `confident`, true where the likeliest class reaches its threshold
(`docs/confidence.md`). A model whose output is a dict has its outputs under their keys.

| layer | arguments | SavedModel | LiteRT | ONNX | OpenVINO |
|---|---|---|---|---|---|
"""
# Sizes say nothing about operators.
SIZES = {"n_fft", "hop_length", "win_length", "sample_rate", "n_mels", "frame_length", "length"}
REAL = [case for case in CASES if case.real]
WRITE = os.environ.get("KAPRE_LIKE_WRITE_TABLES") == "1"


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


def outcome(models, format, tmp_path):
    """`yes`, or `no` with the operator that the format lacks; other failures are failures."""
    for number, model in enumerate(models):
        try:
            kapre_like.export(model, tmp_path / f"{format}{number}", format)
        except ValueError as error:
            missing = re.search(r"no (?:built-in )?operator for ([\w, ]+), which", str(error))
            if missing is None:
                raise
            return f"no: {missing[1]}"
    return "yes"


def row(case, tmp_path):
    models = [alone(case), behind_mask(case)] if case.padded else [alone(case)]
    cells = [outcome(models, format, tmp_path) for format in FORMATS]
    return line(*name_of(case), cells)


def line(name, arguments, cells):
    return f"| {name} | {arguments} | {' | '.join(cells)} |"


def read_page():
    """The table of layers, and the sections behind it, which other tests hold."""
    text, _, rest = TABLE.read_text(encoding="utf-8").partition("\n## ")
    return text, rest and f"\n## {rest}"


def rows_of_table():
    lines = read_page()[0].splitlines()
    return [text for text in lines if text.startswith("| `")]


def vgg_row(tmp_path):
    net = vgg("tiny", class_names=["yes", "no"], seed=0)
    return line("`vgg`", "", [outcome([net], format, tmp_path) for format in FORMATS])


def test_the_table_lists_every_case():
    listed = [tuple(text.split(" | ")[:2]) for text in rows_of_table()]
    expected = [(f"| {name}", arguments) for name, arguments in map(name_of, REAL)]
    assert listed == [*expected, ("| `vgg`", "")]


@pytest.mark.parametrize(
    "name", [pytest.param("STFT", marks=pytest.mark.slow), "ApplyFilterbank"]
)
def test_the_table_is_right_about_some_layers(name, tmp_path):
    case = next(case for case in REAL if case.name == name)
    assert row(case, tmp_path) in rows_of_table()


@pytest.mark.slow
def test_the_table_is_right_about_the_network(tmp_path):
    assert vgg_row(tmp_path) == rows_of_table()[-1]


@pytest.mark.slow
def test_the_table_is_what_exports(tmp_path):
    rows = [row(case, tmp_path / str(i)) for i, case in enumerate(REAL)]
    rows.append(vgg_row(tmp_path))
    text = HEAD + "\n".join(rows) + "\n"
    if WRITE:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(text + read_page()[1], encoding="utf-8")
    assert read_page()[0] == text
