"""LiteRT and ONNX files run in their own programs, where neither this library nor Keras is."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from tolerances import DECIBEL, DECIBEL_FLOAT32, FLOAT32_LONG

import kapre_like
from kapre_like.models.vgg import vgg

RNG = np.random.default_rng(0)

# Programs that cannot import this library, Keras or TensorFlow.
ALONE = """
import sys
for name in ("kapre_like", "keras", "tensorflow"):
    sys.modules[name] = None
import numpy as np
data = np.load(sys.argv[2])
def results(call):
    out = {}
    for i in range(2):
        for name, value in call(data[f"waveform{i}"], data[f"length{i}"]).items():
            out[f"{name}{i}"] = value
    np.savez(sys.argv[3], **out)
"""
SERVERS = {
    "litert": ALONE
    + """
from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter(sys.argv[1])
inputs = {d["name"].split("_")[-1].split(":")[0]: d["index"]
          for d in interpreter.get_input_details()}
assert set(inputs) == {"waveform", "length"}, inputs
(name,) = interpreter.get_signature_list()["serving_default"]["outputs"]
index = interpreter.get_output_details()[0]["index"]
def call(waveform, length):
    interpreter.resize_tensor_input(inputs["waveform"], waveform.shape)
    interpreter.resize_tensor_input(inputs["length"], length.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(inputs["waveform"], waveform)
    interpreter.set_tensor(inputs["length"], length)
    interpreter.invoke()
    return {name: interpreter.get_tensor(index)}
results(call)
""",
    "onnx": ALONE
    + """
import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
results(lambda waveform, length: dict(zip(
    names, session.run(names, {"waveform": waveform, "length": length}))))
""",
}
FACTS = """
import sys
for name in ("keras", "tensorflow", "onnx", "numpy"):
    sys.modules[name] = None
import kapre_like
print(kapre_like.metadata(sys.argv[1]))
"""


def run(code, *arguments, cwd):
    (cwd / "program.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "program.py", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("format", ["litert", "onnx"])
@pytest.mark.parametrize("names", [pytest.param(["a", "b", "ö"], marks=pytest.mark.slow), None])
def test_a_file_runs_without_this_library_and_has_metadata(names, format, tmp_path):
    net = vgg("tiny", class_names=names, score_scale=3.0, score_offset=50.0, seed=1)
    path = kapre_like.export(net, tmp_path / "net", format)
    batches = {
        "waveform0": RNG.normal(0, 0.1, (2, 8000)).astype("float32"),
        "length0": np.array([8000, 3000], "int32"),
        "waveform1": RNG.normal(0, 0.1, (5, 17001)).astype("float32"),
        "length1": np.array([17001, 1, 400, 16000, 9000], "int32"),
    }
    np.savez(tmp_path / "in.npz", **batches)
    run(SERVERS[format], path, tmp_path / "in.npz", tmp_path / "out.npz", cwd=tmp_path)
    out = np.load(tmp_path / "out.npz")
    key = "score" if names is None else "probabilities"
    for i in range(2):
        expected = net([batches[f"waveform{i}"], batches[f"length{i}"]]).numpy()
        # A Fourier transform as matrix product rounds otherwise; 1e-4 of a probability.
        np.testing.assert_allclose(
            out[f"{key}{i}"], expected, atol=FLOAT32_LONG, rtol=FLOAT32_LONG
        )
    facts = run(FACTS, path, cwd=tmp_path)
    assert repr(names) in facts
    assert "'sample_rate': 16000" in facts


def litert(path):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    (detail,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()

    def call(x):
        interpreter.resize_tensor_input(detail["index"], x.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(detail["index"], x)
        interpreter.invoke()
        return interpreter.get_tensor(result["index"])

    return call


def onnx(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {session.get_inputs()[0].name: x})[0]


RUNTIMES = {"litert": litert, "onnx": onnx}


@pytest.mark.parametrize("format", ["litert", "onnx"])
@pytest.mark.parametrize(
    ("n_fft", "more"),
    [
        (400, {}),
        (1000, {"pad_mode": "reflect"}),
        pytest.param(401, {"learn_stft": "window"}, marks=pytest.mark.slow),
    ],
)
def test_any_fft_size_and_any_length(format, n_fft, more, tmp_path):
    front = kapre_like.MelSpectrogram(n_fft=n_fft, hop_length=160, n_mels=20, **more)
    call = RUNTIMES[format](kapre_like.export(front, tmp_path / "mel", format))
    for batch, samples in [(1, 4000), (3, 1), (2, n_fft - 1), (2, n_fft + 1), (4, 640)]:
        x = RNG.normal(0, 0.1, (batch, samples, 1)).astype("float32")
        expected = front(x).numpy()
        got = call(x)
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, atol=DECIBEL)  # dB


@pytest.mark.parametrize("format", ["litert", "onnx"])
def test_a_complex_spectrum_inside_a_chain_is_a_pair_in_the_file(format, tmp_path):
    chain = keras.Sequential(
        [kapre_like.STFT(n_fft=300), kapre_like.Magnitude(), kapre_like.MagnitudeToDecibel()]
    )
    x = RNG.normal(0, 0.1, (2, 3000, 2)).astype("float32")
    expected = chain(x).numpy()  # built by a batch of one size, exported for any
    path = kapre_like.export(chain, tmp_path / "chain", format)
    np.testing.assert_allclose(RUNTIMES[format](path)(x), expected, atol=DECIBEL)


@pytest.mark.parametrize("format", ["litert", "onnx"])
def test_grouped_convolutions_and_what_converters_get_wrong(format, tmp_path):
    x = keras.Input((None, 6))
    y = keras.layers.Conv1D(12, 5, groups=3, padding="same", activation="gelu")(x)
    y = keras.ops.log1p(keras.ops.relu(y)) + keras.ops.cast(
        keras.ops.cast(100 * y, "int32") // 7, "float32"
    )
    path = kapre_like.export(keras.Model(x, y), tmp_path / "net", format)
    wave = RNG.normal(0, 1, (2, 50, 6)).astype("float32")
    assert RUNTIMES[format](path)(wave).shape == (2, 50, 12)


def test_litert_files_hold_built_in_operators_only(tmp_path):
    x = keras.Input((None, 3))
    model = keras.Model(x, keras.ops.roll(x, 1, axis=1))
    with pytest.raises(ValueError, match=r"LiteRT has no built-in operator for Roll, which"):
        kapre_like.export(model, tmp_path / "a", "litert")
    assert list(tmp_path.iterdir()) == []


def test_onnx_files_hold_operators_of_onnx_only(tmp_path):
    x = keras.Input((None, 3))
    real, _ = keras.ops.rfft(keras.ops.transpose(x, (0, 2, 1)), fft_length=64)
    with pytest.raises(ValueError, match=r"ONNX has no operator for RFFT"):
        kapre_like.export(keras.Model(x, real), tmp_path / "a", "onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["litert", "onnx"])
def test_only_an_older_export_of_the_format_is_replaced(format, tmp_path):
    layer, path = kapre_like.Magnitude(), tmp_path / "file"
    path.write_text("years of work")
    with pytest.raises(ValueError, match=r"file exists and is not an export of .* new file"):
        kapre_like.export(layer, path, format)
    path.unlink()
    kapre_like.export(layer, path, format)
    kapre_like.export(layer, path, format)
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match=r"is not a model of this library"):
        kapre_like.metadata(path)  # a layer has no ModelCard


def test_a_layer_declares_its_input_shape_or_gets_it_as_argument(tmp_path):
    with pytest.raises(ValueError, match=r"unbuilt PowerToDecibel.*input_shape="):
        kapre_like.export(kapre_like.PowerToDecibel(), tmp_path / "a", "onnx")
    with pytest.raises(ValueError, match=r"`input_shape` must be a shape that the layer takes"):
        kapre_like.export(kapre_like.STFT(), tmp_path / "a", "onnx", input_shape=(None, 3))
    shape = (None, None, 40, 1)
    layer = kapre_like.PowerToDecibel()
    path = kapre_like.export(layer, tmp_path / "a", "onnx", input_shape=shape)
    x = RNG.uniform(0, 1, (2, 7, 40, 1)).astype("float32")
    np.testing.assert_allclose(onnx(path)(x), layer(x), atol=DECIBEL_FLOAT32)


@pytest.mark.parametrize(
    ("format", "module"),
    [("litert", "ai_edge_litert.interpreter"), ("onnx", "tf2onnx.convert")],
)
def test_a_missing_package_is_named_with_the_command(format, module, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"pip install 'kapre-like\[{format}\]'"):
        kapre_like.export(kapre_like.Magnitude(), tmp_path / "a", format)
    assert list(tmp_path.iterdir()) == []
