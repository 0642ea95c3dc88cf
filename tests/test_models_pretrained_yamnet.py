"""YAMNet: its promises with random weights, its readers, and parity with the LiteRT file."""

import csv
import shutil

import keras
import numpy as np
import pretrained_contract as contract
import pytest
import soundfile
from backend_tools import BACKEND, to_numpy
from tolerances import FLOAT32

from kapre_like import presets
from kapre_like.models.checkpoints.litert_file import LiteRTFile
from kapre_like.models.pretrained.networks import yamnet
from kapre_like.models.pretrained.yamnet.config import YamnetConfig, convolutions

FILE = contract.SHARED / "pretrained" / "yamnet.tflite"
CONFIG = YamnetConfig()
tensorflow_only = pytest.mark.skipif(BACKEND != "tensorflow", reason="reads with TensorFlow")


@pytest.fixture(scope="module")
def model():
    return yamnet("random")


@pytest.mark.backends(each=True)
@pytest.mark.parametrize("check", ["outputs", "alone", "training", "states"])
def test_the_contract_of_pretrained_networks(model, check):
    getattr(contract, f"check_{check}")(yamnet("random") if check == "training" else model)


@pytest.mark.backends
def test_a_saved_file_is_the_same_network(model, tmp_path):
    contract.check_saving(model, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["savedmodel", "onnx", "litert"])
def test_export(model, tmp_path, format):
    contract.check_export(model, tmp_path, format)


def test_patches_are_those_of_the_original(model):
    # 0.975 s make a patch, every further 0.48 s one more, and the rest is padded.
    for samples, patches in [(1, 1), (15600, 1), (15601, 2), (23280, 2), (23281, 3)]:
        clip = np.zeros((1, samples), "float32")
        assert contract.run(model, clip, np.array([samples]))["mask"].sum() == patches


def test_a_seed_gives_the_same_weights_again():
    one, same, other = (yamnet("random", seed=seed).weights[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(to_numpy(one), to_numpy(same))
    assert np.abs(to_numpy(one) - to_numpy(other)).max() > 0.1


# --- files that these tests write in the original's layouts ----------------------------------


def original(seed=0):
    """The original's variables, drawn at random, by the original's names."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for part in convolutions(CONFIG):
        outputs = 1 if part.depthwise else part.outputs
        name = "depthwise_kernel" if part.depthwise else "kernel"
        taps = part.size**2 * (1 if part.depthwise else part.inputs)
        shape = (part.size, part.size, part.inputs, outputs)
        arrays[f"{part.source}/{name}"] = rng.normal(0, (2 / taps) ** 0.5, shape)
        arrays[f"{part.source}/bn/beta"] = rng.normal(0, 0.1, part.outputs)
        arrays[f"{part.source}/bn/moving_mean"] = rng.normal(0, 0.1, part.outputs)
        arrays[f"{part.source}/bn/moving_variance"] = rng.uniform(0.5, 1.5, part.outputs)
    arrays["dense/kernel"] = rng.normal(0, 0.1, (1024, 521))
    arrays["dense/bias"] = rng.normal(0, 0.1, 521)
    return {name: array.astype("float32") for name, array in arrays.items()}


def write_h5(path, arrays):
    """Writes what `model.save_weights` of Keras 2 writes."""
    import h5py

    layers = {}
    for name in arrays:
        layers.setdefault(name.rpartition("/")[0], []).append(name)
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in ("input_1", *layers)]
        file.create_group("input_1").attrs["weight_names"] = np.zeros(0)
        for layer, names in layers.items():
            group = file.create_group(layer)
            group.attrs["weight_names"] = [f"{name}:0".encode() for name in names]
            for name in names:
                group.create_dataset(f"{name}:0", data=arrays[name])
    return path


def write_savedmodel(path, arrays):
    """Writes a SavedModel of variables with the original's names."""
    import tensorflow as tf

    module = tf.Module()
    module.values = [tf.Variable(value, name=name) for name, value in arrays.items()]
    tf.saved_model.save(module, str(path))
    return path


def reference(arrays, patches):
    """Runs the original's layers with batch normalization in Keras, on patches."""
    x = patches
    for part in convolutions(CONFIG):
        if part.depthwise:
            kernel = arrays[f"{part.source}/depthwise_kernel"]
            x = keras.ops.depthwise_conv(x, kernel, part.stride, "same")
        else:
            x = keras.ops.conv(x, arrays[f"{part.source}/kernel"], part.stride, "same")
        names = ("moving_mean", "moving_variance", "beta")
        mean, variance, beta = (arrays[f"{part.source}/bn/{name}"] for name in names)
        x = keras.ops.batch_normalization(x, mean, variance, -1, offset=beta, epsilon=1e-4)
        x = keras.ops.relu(x)
    embeddings = keras.ops.mean(x, axis=(1, 2))
    logits = embeddings @ arrays["dense/kernel"] + arrays["dense/bias"]
    return to_numpy(embeddings), to_numpy(keras.ops.sigmoid(logits))


def network_of(model):
    return model.get_layer("patches").network


@tensorflow_only
@pytest.mark.parametrize(
    ("write", "name"), [(write_h5, "yamnet.h5"), (write_savedmodel, "saved")]
)
def test_batch_normalization_of_the_original_is_folded(tmp_path, write, name):
    arrays = original()
    built = yamnet(write(tmp_path / name, arrays))
    patches = np.random.default_rng(1).normal(0, 1, (2, 96, 64, 1)).astype("float32")
    expected = reference(arrays, patches)
    for mine, theirs in zip(network_of(built)(patches), expected, strict=True):
        np.testing.assert_allclose(to_numpy(mine), theirs, atol=FLOAT32 * np.abs(theirs).max())


@tensorflow_only
def test_the_last_layer_may_have_the_number_of_a_later_model(tmp_path):
    arrays = original()
    for kind in ("kernel", "bias"):
        arrays[f"dense_2/{kind}"] = arrays.pop(f"dense/{kind}")
    built = yamnet(write_savedmodel(tmp_path / "saved", arrays))
    bias = network_of(built).get_layer("scores").bias
    np.testing.assert_array_equal(to_numpy(bias), arrays["dense_2/bias"])


@pytest.mark.parametrize("fault", ["missing", "misshaped", "surplus", "other"])
def test_files_with_other_tensors_are_refused(tmp_path, fault):
    arrays, name = original(), "layer5/pointwise_conv/bn/beta"
    words = {
        "missing": (name, (256,)),
        "misshaped": (name, (256,), (255,)),
        "surplus": ("layer15/conv/kernel", (3,)),
        "other": ("weights of yamnet", "net/kernel"),
    }[fault]
    if fault == "missing":
        del arrays[name]
    elif fault == "misshaped":
        arrays[name] = arrays[name][:-1]
    elif fault == "surplus":
        arrays["layer15/conv/kernel"] = np.zeros(3)
    else:
        arrays = {"net/kernel": np.zeros((2, 3))}
    path = write_h5(tmp_path / "yamnet.h5", arrays)
    contract.check_refused(yamnet, path, "yamnet: `weights`", *words)


def test_truncated_files_are_refused(tmp_path):
    whole = write_h5(tmp_path / "yamnet.h5", {"a/kernel": np.zeros(5000)})
    (tmp_path / "cut").mkdir()
    contract.check_refused(yamnet, contract.truncated(whole, tmp_path / "cut"), "truncated")
    path = tmp_path / "yamnet.txt"
    path.write_text("none")
    contract.check_refused(yamnet, path, "yamnet.tflite")
    with pytest.raises(ValueError, match="must be an existing path"):
        yamnet(tmp_path / "absent.h5")


@tensorflow_only
def test_a_truncated_savedmodel_is_refused(tmp_path):
    folder = write_savedmodel(tmp_path / "saved", {"layer1/conv/kernel": np.zeros(5000, "f")})
    data = folder / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:100])
    contract.check_refused(yamnet, folder, "truncated")
    shutil.rmtree(folder / "variables")
    contract.check_refused(yamnet, folder, "not a TensorFlow checkpoint")


def test_names_of_classes(tmp_path, model):
    path = tmp_path / "yamnet_class_map.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["index", "mid", "display_name"])
        table.writerows([n, f"/m/{n}", f"Sound, {n}"] for n in range(521))
    weights = write_h5(tmp_path / "yamnet.h5", original())
    for built in (yamnet("random", classes=path), yamnet(weights)):
        names = built.get_layer("card").facts()["recipe"]["class_names"]
        assert (len(names), names[520]) == (521, "Sound, 520")
    assert model.get_layer("card").facts()["recipe"]["class_names"] is None
    path.write_text("index,mid,display_name\n0,/m/0,Speech\n")
    with pytest.raises(ValueError, match=r"rows 0 to 520.*1 rows"):
        yamnet("random", classes=path)
    with pytest.raises(ValueError, match="`classes` must be an existing file"):
        yamnet("random", classes=tmp_path / "absent.csv")


# --- the LiteRT file, partly 8 bits -----------------------------------------------------------


@pytest.fixture(scope="module")
def published():
    """Our network of the published file."""
    if not FILE.is_file():
        pytest.skip("yamnet.tflite is not beside this checkout (shared/data/pretrained)")
    pytest.importorskip("ai_edge_litert.interpreter")
    return yamnet(FILE)


def interpreter(plain):
    """Returns the interpreter of the published file.

    Args:
        plain: Without XNNPACK, whose operators hide what is between them. Its activations of
            8 bits are symmetric about 0, and positive values use half of them.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    arguments = {}
    if plain:
        kind = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        arguments["experimental_op_resolver_type"] = kind
        arguments["experimental_preserve_all_tensors"] = True
    opened = Interpreter(str(FILE), **arguments)
    opened.allocate_tensors()
    return opened


def clip(path, samples=15600):
    wave, _ = soundfile.read(path, dtype="float32")
    return np.pad(wave[:samples], (0, max(0, samples - len(wave))))


def infer(opened, wave):
    """Returns the interpreter's scores and its log-mel spectrogram."""
    opened.set_tensor(opened.get_input_details()[0]["index"], wave[None])
    opened.invoke()
    outputs = (detail["index"] for detail in opened.get_output_details())
    return [opened.get_tensor(index) for index in outputs]


def in_8_bits(x):
    """What the plain interpreter makes of activations in front of 8-bit weights, row by row."""
    x = x.astype("float32")
    top = np.abs(x).max(-1, keepdims=True)
    top[top == 0] = 1
    # In float32, as the interpreter: which way a half is rounded depends on it.
    steps = x * (np.float32(127) / top)
    return np.sign(steps) * np.floor(np.abs(steps) + np.float32(0.5)) * (top / 127)


def test_every_convolution_equals_the_interpreters(published):
    file, theirs = LiteRTFile(FILE), interpreter(plain=True)
    infer(theirs, clip(contract.clip_files(3)[1]))
    operators = [op for op in file.operators if op.kind in ("CONV_2D", "DEPTHWISE_CONV_2D")]
    floats = 0
    for part, op in zip(convolutions(CONFIG), operators, strict=True):
        x = theirs.get_tensor(op.inputs[0])
        if file.dtype(op.inputs[1]) == "INT8" and op.kind == "CONV_2D":
            x = in_8_bits(x.reshape(1, -1)).reshape(x.shape)
        else:
            floats += 1
        expected = theirs.get_tensor(op.outputs[0])
        found = to_numpy(network_of(published).get_layer(part.name)(x.astype("float32")))
        np.testing.assert_allclose(found, expected, atol=FLOAT32 * np.abs(expected).max())
    assert floats == 14


@pytest.fixture(scope="module")
def recordings(published):
    """200 real clips: waveforms, and the interpreter's scores and log-mel spectrograms."""
    opened = interpreter(plain=False)
    waves = [clip(path) for path in contract.clip_files(200)]
    scores, mels = zip(*(infer(opened, wave) for wave in waves), strict=True)
    return np.stack(waves), np.concatenate(scores), np.stack(mels)[..., None]


def test_the_top_class_equals_the_interpreters_on_its_own_patches(published, recordings):
    _, theirs, patches = recordings
    mine = network_of(published).predict(patches, verbose=0)[1]
    # Activations of 8 bits are the interpreter's alone.
    assert np.abs(mine - theirs).max() < 0.06
    assert np.abs(mine - theirs).mean() < 1e-4
    top, rows = theirs.argmax(1), np.arange(len(theirs))
    assert (mine.argmax(1) == top).mean() > 0.97
    # Where another class wins, it is no better than the precision of 8 bits.
    assert (mine.max(1) - mine[rows, top]).max() < 0.02


def test_the_top_class_from_the_waveform_on(published, recordings):
    waves, theirs, _ = recordings
    lengths = np.full(len(waves), 15600, "int32")
    outputs = published.predict([waves, lengths], verbose=0, batch_size=50)
    mine = outputs["scores"][:, 0]
    equal, sure = mine.argmax(1) == theirs.argmax(1), theirs.max(1) > 0.9
    # The file's Fourier transform has 8 bits: it loses what is 48 dB below the peak.
    assert equal.mean() > 0.7
    assert equal[sure].mean() > 0.9


def test_the_log_mel_spectrogram_equals_the_interpreters_but_for_its_8_bits(published):
    file, opened = LiteRTFile(FILE), interpreter(plain=True)
    products = [op for op in file.operators if op.kind == "FULLY_CONNECTED"][:3]
    cosine, sine, bands = (file.read(op.inputs[1]).astype("float64").T for op in products)
    layer = presets.yamnet()
    for path in contract.clip_files(5):
        wave = clip(path)
        _, theirs = infer(opened, wave)
        frames = np.stack([wave[160 * k : 160 * k + 400] for k in range(96)])
        window = np.hanning(401)[:400].astype("float32")
        frames = np.pad(frames * window, ((0, 0), (56, 56)))

        def log_mel(rounded, frames=frames):
            x = rounded(frames)
            magnitude = np.sqrt((x @ cosine) ** 2 + (x @ sine) ** 2)
            return np.log(rounded(magnitude) @ bands + 0.001)

        # A half that is rounded the other way changes a frame.
        close = np.isclose(log_mel(in_8_bits), theirs, rtol=0, atol=FLOAT32)
        assert close.all(axis=1).mean() > 0.97
        mine = to_numpy(layer(wave[None, :, None]))[0, :, :, 0]
        # Ours is that of exact numbers; 8 bits of the matrices alone are within this.
        assert np.abs(mine - log_mel(lambda x: x)).mean() < 0.02


def test_a_truncated_litert_file_and_one_of_another_network_are_refused(published, tmp_path):
    for share in (0.01, 0.5, 0.999):
        path = contract.truncated(FILE, tmp_path, share)
        contract.check_refused(yamnet, path, "truncated")
    package = pytest.importorskip("pyopen_wakeword")
    from pathlib import Path

    other = Path(package.__file__).parent / "models" / "embedding_model.tflite"
    contract.check_refused(yamnet, other, "yamnet: `weights`")


def test_8_bits_are_multiplied_out():
    file = LiteRTFile(FILE) if FILE.is_file() else pytest.skip("yamnet.tflite is absent")
    conv = [op for op in file.operators if op.kind == "CONV_2D"][1]
    kernel = file.read(conv.inputs[1])
    scale = np.unique(np.abs(kernel[kernel != 0]))[0]
    np.testing.assert_allclose(kernel / scale, np.round(kernel / scale), atol=1e-3)
    assert file.dtype(conv.inputs[1]) == "INT8"
    assert conv.options["strideH"] == 1
