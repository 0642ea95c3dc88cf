"""`Backbone.from_file`: files of other programs as frozen networks, beside their runtimes."""

import copy
import pickle
import zipfile

import keras
import numpy as np
import pytest
import soundfile
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

pytest.importorskip("tensorflow")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("ai_edge_litert.interpreter")
import onnxruntime
import tensorflow as tf
from ai_edge_litert import interpreter as litert
from network_files import CHANNELS, HOP, KERNEL, onnx_file
from pretrained_contract import SHARED

from kapre_like.models.embeddings import Backbone, ClipEmbeddings, embedding_table, open_network
from kapre_like.models.embeddings.files.columns import FileColumns, pool
from kapre_like.models.embeddings.files.layouts import find_layout, frames_of, quantized
from kapre_like.models.embeddings.files.programs import Tensor
from kapre_like.models.embeddings.files.takes import Takes
from kapre_like.models.embeddings.patches import patch_front_end

RATE, WINDOW = 8000, 800
FORMATS = ("onnx", "tflite", "savedmodel", "keras")
# The runtime computes both sides; only sums over frames are in another order, in float64.
CLOSE = {"rtol": 1e-5, "atol": 1e-6}


def clip(samples, seed=0):
    return np.random.default_rng(seed).normal(0, 0.3, samples).astype("float32")


CLIPS = [clip(n, n) for n in (300, 800, 1999, 2400)]


def keras_network(samples=None, batch=None, *, mean=False):
    """The same network in Keras."""
    sound = keras.Input((samples,), batch_size=batch, name="sound")
    conv = keras.layers.Conv1D(CHANNELS, HOP, strides=HOP, activation="relu", use_bias=False)
    x = conv(keras.ops.expand_dims(sound, -1))
    conv.set_weights([KERNEL.transpose(2, 1, 0)])
    return keras.Model(sound, keras.layers.GlobalAveragePooling1D()(x) if mean else x)


def write(folder, kind, samples=None, *, mean=False, batch=None):
    """The network as a file of a format."""
    path = folder / f"net.{kind}"
    if kind == "onnx":
        return onnx_file(path, [batch, samples], mean=mean)
    model = keras_network(samples, batch, mean=mean)
    if kind == "keras":
        model.save(path)
        return path
    if kind == "savedmodel":
        model.export(path, format="tf_saved_model", verbose=False)
        return path
    model.export(folder / "saved", format="tf_saved_model", verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "saved"))
    path.write_bytes(converter.convert())
    return path


def by_hand(path, x):
    """The first output of the file's own program for `x`, without this library."""
    if path.suffix == ".onnx":
        session = onnxruntime.InferenceSession(str(path))
        return session.run(None, {session.get_inputs()[0].name: x})[0]
    if path.suffix == ".tflite":
        interpreter = litert.Interpreter(str(path))
        place = interpreter.get_input_details()[0]["index"]
        interpreter.resize_tensor_input(place, x.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(place, x)
        interpreter.invoke()
        return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    if path.suffix == ".keras":
        return keras.models.load_model(path).predict(x, verbose=0)
    loaded = tf.saved_model.load(str(path))
    return next(iter(loaded.signatures["serving_default"](tf.constant(x)).values())).numpy()


def statistics(frames):
    spread = frames.std(0, ddof=1) if len(frames) > 1 else np.zeros(frames.shape[1])
    return np.concatenate([frames.mean(0), spread, frames.max(0)])


def embeddings(network, clips=CLIPS):
    names = ("mean", "std", "max")
    return ClipEmbeddings(network, statistics=names, cache=False).fit_transform(clips)


def windows(sound, samples=WINDOW, hop=WINDOW):
    """Windows of a clip, the last padded with zeros."""
    count = 1 + max(0, int(np.ceil((len(sound) - samples) / hop)))
    whole = np.zeros(samples + (count - 1) * hop, "float32")
    whole[: len(sound)] = sound[: len(whole)]
    return np.stack([whole[i * hop :][:samples] for i in range(count)])


# -- the formats --------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")  # of converters
@pytest.mark.parametrize("kind", FORMATS)
def test_clips_of_any_length_are_run_whole_and_alone(kind, tmp_path):
    path = write(tmp_path, kind)
    network = Backbone.from_file(path, takes=f"waveform:{RATE}")
    expected = [statistics(by_hand(path, x[None])[0]) for x in CLIPS]
    np.testing.assert_allclose(embeddings(network), expected, **CLOSE)
    assert not network.exact
    assert network.program.n_parameters >= KERNEL.size


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("batch", [1, None])
@pytest.mark.parametrize("kind", FORMATS)
def test_clips_are_cut_into_the_windows_that_a_file_fixes(kind, batch, tmp_path):
    path = write(tmp_path, kind, WINDOW, mean=True, batch=batch)
    network = Backbone.from_file(path, takes=f"waveform:{RATE}")
    expected = [
        statistics(np.concatenate([by_hand(path, row[None]) for row in windows(x)]))
        for x in CLIPS
    ]
    np.testing.assert_allclose(embeddings(network), expected, **CLOSE)
    assert network.exact
    assert "windows of 0.1 s, one every 0.1 s" in network.notes[0]


@pytest.mark.parametrize("mean", [True, False])
def test_a_keras_file_is_a_part_of_a_keras_model(mean, tmp_path):
    path = write(tmp_path, "keras", WINDOW, mean=mean)
    network = Backbone.from_file(path, takes=f"waveform:{RATE}:0.1:0.03")
    assert isinstance(network.columns(["last"], ("mean",)), keras.Model)
    alone = FileColumns(network, ("mean", "std", "max"), RATE)
    lengths = np.array([len(x) for x in CLIPS])
    waveform = np.stack(
        [np.pad(x, (0, max(lengths) - len(x)), constant_values=1) for x in CLIPS]
    )
    # Sums of float32 over frames in another order than in float64.
    close = {"rtol": 1e-4, "atol": 1e-5}
    np.testing.assert_allclose(embeddings(network), alone(waveform, lengths), **close)
    other = network.at_rate(2 * RATE)
    assert other.columns(["last"], ("mean",))([waveform, lengths]).shape == (4, CHANNELS)


def test_a_sequential_model_is_a_network(tmp_path):
    model = keras.Sequential([keras.Input((WINDOW,)), keras.layers.Dense(3)])
    model.save(tmp_path / "net.keras")
    network = Backbone.from_file(tmp_path / "net.keras", takes=f"waveform:{RATE}")
    expected = model.predict(windows(CLIPS[2]), verbose=0)
    np.testing.assert_allclose(
        network.frames([CLIPS[2]])[0], expected, rtol=FLOAT32_LONG, atol=FLOAT32
    )
    np.testing.assert_allclose(
        embeddings(network)[2, :3], expected.mean(0), rtol=FLOAT32_LONG, atol=FLOAT32
    )


def test_an_input_named_length_gets_the_number_of_samples(tmp_path):
    sound = keras.Input((None,), name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    share = keras.ops.cast(length, "float32")
    total = keras.ops.sum(sound, axis=1) / share
    both = keras.ops.stack([total, share], axis=1)
    keras.Model([sound, length], both).save(tmp_path / "net.keras")
    network = Backbone.from_file(tmp_path / "net.keras", takes=f"waveform:{RATE}")
    expected = [[x.mean(), len(x)] for x in CLIPS]
    np.testing.assert_allclose(np.concatenate(network.frames(CLIPS)), expected, atol=FLOAT32)


def test_windows_may_overlap_and_have_frames_of_their_own(tmp_path):
    path = onnx_file(tmp_path / "net.onnx", [None, None])
    network = Backbone.from_file(path, takes=f"waveform:{RATE}:0.1:0.03")
    expected = [
        statistics(np.concatenate(by_hand(path, windows(x, WINDOW, 240)))) for x in CLIPS
    ]
    np.testing.assert_allclose(embeddings(network), expected, **CLOSE)


@pytest.mark.parametrize("shape", [[None, 1, None], [None, None, 1], [None], [1, None]])
def test_axes_of_one_and_a_missing_batch_are_matched(shape, tmp_path):
    flat = onnx_file(tmp_path / "flat.onnx", [None, None])
    path = tmp_path / "net.onnx"
    onnx_file(path, shape)
    network = Backbone.from_file(path, takes=f"waveform:{RATE}")
    expected = embeddings(Backbone.from_file(flat, takes=f"waveform:{RATE}"))
    np.testing.assert_allclose(embeddings(network), expected, **CLOSE)


def test_a_fixed_batch_of_several_is_filled_up(tmp_path):
    path = onnx_file(tmp_path / "net.onnx", [3, WINDOW], mean=True)
    free = onnx_file(tmp_path / "free.onnx", [None, WINDOW], mean=True)
    takes = f"waveform:{RATE}"
    found, expected = (embeddings(Backbone.from_file(p, takes=takes)) for p in (path, free))
    np.testing.assert_allclose(found, expected, **CLOSE)


# -- patches ------------------------------------------------------------------------------


def patch_network(shape, order):
    """Two numbers per band of a patch: the mean over the frames, and a weighted one."""
    patch = keras.Input(shape, name="patch")
    x = keras.layers.Reshape([n for n in shape if n != 1])(patch)
    x = keras.layers.Permute(order)(x)
    weights = np.linspace(-1, 1, 96, dtype="float32")[:, None]
    both = [keras.ops.mean(x, axis=1), keras.ops.mean(x * weights, axis=1)]
    return keras.Model(patch, keras.layers.Concatenate()(both))


@pytest.mark.parametrize(
    ("shape", "order"), [((96, 64), (1, 2)), ((1, 96, 64), (1, 2)), ((64, 96, 1), (2, 1))]
)
def test_a_file_takes_the_patches_of_a_pretrained_network(shape, order, tmp_path, yamnet):
    patch_network(shape, order).save(tmp_path / "net.keras")
    network = Backbone.from_file(tmp_path / "net.keras", takes="patches:yamnet")
    assert network.sample_rate == 16000
    clips = [clip(n, n) for n in (3000, 30000)]
    waveform = np.zeros((2, 30000), "float32")
    waveform[0, :3000], waveform[1] = clips
    patches, counts = yamnet([waveform, np.array([3000, 30000], "int32")])
    weights = np.linspace(-1, 1, 96)[:, None]
    expected = []
    for one, count in zip(np.asarray(patches), np.asarray(counts), strict=True):
        x = one[:count, ..., 0].astype("float64")
        frames = np.concatenate([x.mean(1), (x * weights).mean(1)], axis=1)
        expected.append(statistics(frames))
    # float32 sums of 96 log-mel values of up to 7.
    np.testing.assert_allclose(
        embeddings(network, clips), expected, rtol=FLOAT32_LONG, atol=FLOAT32_LONG
    )
    assert "shorter than a patch is padded" in network.notes[0]


@pytest.fixture(scope="module")
def yamnet():
    return patch_front_end("test", "yamnet").build()


def test_patches_have_the_shape_of_their_preset(yamnet):
    front_end = patch_front_end("test", "yamnet")
    assert yamnet.outputs[0].shape[2:] == (front_end.frames, front_end.bands, 1)
    assert not yamnet.weights
    with pytest.raises(ValueError, match=r"one of ast, .*speech_embedding, vggish, yamnet"):
        patch_front_end("test", "panns_cnn14")


# -- inputs, outputs, numbers -------------------------------------------------------------


def test_an_output_is_chosen_by_name_or_number(tmp_path):
    path = onnx_file(tmp_path / "net.onnx", [None, None], outputs=("frames", "mean"))
    takes = f"waveform:{RATE}"
    with pytest.raises(ValueError, match=r"`output` must be .*returns frames \(any") as caught:
        Backbone.from_file(path, takes=takes)
    assert "mean (any, 6) float32" in str(caught.value)
    found = [Backbone.from_file(path, takes=takes, output=asked) for asked in ("mean", 1)]
    assert found[0].identity == found[1].identity
    assert found[0].identity != Backbone.from_file(path, takes=takes, output=0).identity
    rows = embeddings(found[0])
    np.testing.assert_array_equal(rows[:, CHANNELS : 2 * CHANNELS], 0)
    for asked in ("other", 2, -1):
        with pytest.raises(ValueError, match="`output` must be"):
            Backbone.from_file(path, takes=takes, output=asked)


def test_quantized_numbers_are_rounded_on_the_way_in_and_scaled_on_the_way_out():
    tensor = Tensor("x", (1, 4), "int8", scale=0.5, zero=3)
    x = np.array([[-100, -0.7, 0.0, 0.3]], "float32")
    np.testing.assert_array_equal(quantized(x, tensor), [[-128, 2, 3, 4]])
    back = frames_of(np.array([[-128, 2, 3, 4]], "int8"), tensor, 1)
    np.testing.assert_allclose(back, [[[-65.5, -0.5, 0, 0.5]]])
    assert find_layout(Tensor("x", (1, 4), "int32"), (None,)) is None


@pytest.mark.filterwarnings("ignore")
def test_a_quantized_file_runs_on_floats(tmp_path):
    model = keras_network(WINDOW, mean=True)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([windows(x)[:1]] for x in CLIPS)
    converter.inference_input_type = converter.inference_output_type = tf.int8
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    path = tmp_path / "net.tflite"
    path.write_bytes(converter.convert())
    network = Backbone.from_file(path, takes=f"waveform:{RATE}")
    (tensor,) = network.program.inputs
    assert (tensor.dtype, tensor.scale > 0) == ("int8", True)
    whole = np.concatenate([windows(x) for x in CLIPS])
    expected = model.predict(whole, verbose=0)
    found = np.concatenate(network.frames(CLIPS))
    # 8 bits over a range of about 1, at both ends.
    np.testing.assert_allclose(found, expected, atol=0.02)
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.99


def test_statistics_are_those_of_the_layer():
    from kapre_like.models.blocks.pooling import POOLED, FramePooling

    x = clip(60).reshape(10, 6)
    layer = FramePooling(statistics=list(POOLED))
    for count in (1, 2, 10):
        expected = layer([x[None], np.array([count], "int32")])
        np.testing.assert_allclose(
            pool(x[:count], POOLED), np.asarray(expected)[0], atol=FLOAT32_SHORT
        )


@pytest.mark.parametrize(
    ("shape", "sizes", "axes", "batch"),
    [
        ((None, 96, 64, 1), (96, 64), (0, 1, None), None),
        ((1, 1, 64, 96), (96, 64), (None, 1, 0), 1),
        ((None, None, None, None), (96, 64), (0, 1, None), None),
        ((96, 64, 1), (96, 64), (0, 1, None), 0),
        ((15600,), (None,), (0,), 0),
        ((15600, 1), (None,), (0, None), 0),
        ((None, 2, 15600), (None,), None, None),
        ((None, 64), (96, 64), None, None),
        (None, (None,), (0,), None),
    ],
)
def test_the_axes_of_an_input_are_found(shape, sizes, axes, batch):
    layout = find_layout(Tensor("x", shape, "float32"), sizes)
    if axes is None:
        assert layout is None
    else:
        assert (layout.axes, layout.batch) == (axes, batch)


# -- where other networks work ------------------------------------------------------------


def test_a_table_is_cached_by_the_file_what_it_takes_and_its_output(tmp_path, monkeypatch):
    path = onnx_file(tmp_path / "net.onnx", [None, None])
    files = []
    for i, x in enumerate(CLIPS):
        soundfile.write(tmp_path / f"{i}.wav", x, RATE, subtype="FLOAT")
        files.append(tmp_path / f"{i}.wav")
    lines = []

    def table(takes=f"waveform:{RATE}"):
        network = Backbone.from_file(path, takes=takes)
        return embedding_table(files, network, cache=tmp_path / "kept", log=lines.append)

    rows, names = table()
    assert names[0] == "net_last_mean_000"
    again, _ = table()
    np.testing.assert_array_equal(again, rows)
    table(f"waveform:{RATE}:0.1")
    assert [line.split()[4] for line in lines if "were cached" in line] == ["0", "4", "0"]
    assert len([line for line in lines if "a shorter clip, is padded with zeros" in line]) == 1
    np.testing.assert_allclose(
        rows,
        embeddings(open_network("x", path, takes=f"waveform:{RATE}"))[:, : 2 * CHANNELS],
        **CLOSE,
    )


def test_a_backbone_is_copied_and_pickled(tmp_path):
    path = onnx_file(tmp_path / "net.onnx", [None, WINDOW])
    network = Backbone.from_file(path, takes=f"waveform:{RATE}")
    expected = embeddings(network)
    for copied in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        np.testing.assert_array_equal(embeddings(copied), expected)
    assert repr(network) == f"Backbone({str(path)!r}, takes='waveform:{RATE}')"


def test_clips_of_another_rate_are_resampled(tmp_path):
    import soxr

    path = onnx_file(tmp_path / "net.onnx", [None, None])
    network = Backbone.from_file(path, takes=f"waveform:{RATE}")
    other = network.at_rate(2 * RATE)
    assert (other.sample_rate, other.network_rate) == (2 * RATE, RATE)
    assert other.identity != network.identity
    x = clip(3201)
    found = other.columns(["last"], ("mean",))(x[None], np.array([3201]))
    y = soxr.resample(x, 2 * RATE, RATE, quality="HQ")
    np.testing.assert_allclose(found[0], embeddings(network, [y])[0, :CHANNELS], **CLOSE)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", FORMATS)
def test_columns_are_saved_with_a_copy_of_the_file(kind, tmp_path):
    # Windows of a Keras file are a part of a Keras model, which is saved as one.
    path = write(tmp_path, kind, None if kind == "keras" else WINDOW)
    columns = Backbone.from_file(path, takes=f"waveform:{RATE}").columns(["last"], ("max",))
    (tmp_path / "model").mkdir()
    columns.save(tmp_path / "model")
    kept = tmp_path / "model"
    files = {p.relative_to(kept).as_posix() for p in kept.rglob("*") if p.is_file()}
    assert files == {*columns.files()}
    loaded = FileColumns.load(kept)
    x = windows(CLIPS[2])
    lengths = np.full(len(x), WINDOW)
    np.testing.assert_array_equal(loaded(x, lengths), columns(x, lengths))
    assert loaded.backbone.identity == columns.backbone.identity


def test_the_published_file_of_yamnet_runs_as_it_is():
    path = SHARED / "pretrained" / "yamnet.tflite"
    if not path.is_file():
        pytest.skip("yamnet.tflite is not beside this checkout (shared/data)")
    network = Backbone.from_file(path, takes="waveform:16000", output=0)
    x = clip(20000)
    (found,) = network.frames([x])
    assert found.shape == (2, 521)
    np.testing.assert_allclose(found[:1], by_hand(path, windows(x, 15600, 15600)[:1]), **CLOSE)


# -- bad input ----------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", FORMATS)
def test_a_truncated_file_is_one_line(kind, tmp_path):
    path = write(tmp_path, kind, WINDOW)
    inner = path / "saved_model.pb" if kind == "savedmodel" else path
    whole = inner.read_bytes()
    for size in (len(whole) // 2, 9):
        inner.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="truncated, damaged or in another") as caught:
            Backbone.from_file(path, takes=f"waveform:{RATE}")
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("takes", "words"),
    [
        (
            None,
            r"`takes` must be waveform:RATE, .* Received: takes=None\. net\.onnx takes sound",
        ),
        ("waveform", r"`takes` must be waveform:RATE"),
        ("waveform:16k", r"`takes` must be waveform:RATE"),
        ("waveform:16000:x", r"`takes` must be waveform:RATE"),
        ("waveform:16000:0", r"`takes` must be .* SECONDS and HOP of a sample"),
        ("waveform:44", r"`takes` must be a waveform with RATE 500 to 1000000"),
        (
            "waveform:8000:0.2",
            r"`takes` must be .* takes sound \(any, 800\) float32, and returns",
        ),
        ("patches:yamnet", r"`takes` must be .* takes sound \(any, 800\)"),
        ("patches:nothing", r"`takes` must be patches:NETWORK with one of ast, "),
        (16000, r"`takes` must be waveform:RATE"),
    ],
)
def test_what_a_file_takes_is_checked(takes, words, tmp_path):
    path = onnx_file(tmp_path / "net.onnx", [None, WINDOW])
    with pytest.raises(ValueError, match=words) as caught:
        Backbone.from_file(path, takes=takes)
    assert str(caught.value).startswith("Backbone: ")
    assert "\n" not in str(caught.value)


def test_text_of_what_a_file_takes_is_read_back():
    for text in (
        "waveform:48000",
        "waveform:48000:3",
        "waveform:48000:3:1.5",
        "patches:yamnet",
    ):
        assert str(Takes.parse("x", text)) == text
    empty = Takes.parse("x", "waveform:48000::1.5")
    assert (empty.seconds, empty.hop_seconds) == (None, 1.5)
    assert str(empty) == "waveform:48000::1.5"


def test_a_file_of_two_inputs_and_one_of_integers_are_refused(tmp_path):
    two = onnx_file(tmp_path / "two.onnx", [None, WINDOW], inputs=("sound", "state"))
    with pytest.raises(ValueError, match=r"one input, .* takes sound .*; state \(any, 800\)"):
        Backbone.from_file(two, takes=f"waveform:{RATE}")


def test_a_clip_too_short_for_a_network_is_an_error(tmp_path):
    path = onnx_file(tmp_path / "net.onnx", [None, None])
    network = Backbone.from_file(path, takes=f"waveform:{RATE}")
    with pytest.raises(ValueError, match=r"does not run on \(20,\).*waveform:RATE:SECONDS"):
        network.frames([clip(20)])
    padded = Backbone.from_file(path, takes=f"waveform:{RATE}:0.1")
    assert padded.frames([clip(20)])[0].shape == (10, CHANNELS)


def test_other_paths_are_refused(tmp_path):
    (tmp_path / "net.pt").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ValueError, match=r"`path` must be an existing file"):
        Backbone.from_file(tmp_path / "none.onnx", takes="waveform:8000")
    for name in ("net.pt", "folder"):
        with pytest.raises(ValueError, match=r"`path` must be an \.onnx, \.tflite or \.keras"):
            Backbone.from_file(tmp_path / name, takes="waveform:8000")
    for takes in (None, "waveform:8000"):
        # There is no request to the hub for a missing file.
        with pytest.raises(ValueError, match=r"`path` must be an existing file"):
            open_network("x", "none.onnx", takes=takes)
    with pytest.raises(ValueError, match=r"`takes` must be None for yamnet, which is not"):
        open_network("x", "yamnet", takes="waveform:16000")


@pytest.mark.parametrize(
    ("kind", "package", "extra"),
    [("onnx", "onnxruntime", "onnx"), ("tflite", "ai_edge_litert", "litert")],
)
@pytest.mark.filterwarnings("ignore")
def test_a_missing_package_is_named(kind, package, extra, tmp_path, monkeypatch):
    path = write(tmp_path, kind, WINDOW)
    monkeypatch.setitem(__import__("sys").modules, package, None)
    monkeypatch.setitem(__import__("sys").modules, f"{package}.interpreter", None)
    with pytest.raises(ImportError, match=rf"needs {package}.*kapre-like\[{extra}\]"):
        Backbone.from_file(path, takes=f"waveform:{RATE}")


def test_the_error_for_a_keras_file_with_custom_classes_has_the_fix(tmp_path):
    keras_network(WINDOW).save(tmp_path / "net.keras")
    with zipfile.ZipFile(tmp_path / "net.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["config.json"] = parts["config.json"].replace(b'"Conv1D"', b'"TheirOwn"')
    with zipfile.ZipFile(tmp_path / "other.keras", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match="Import the module of its custom classes first"):
        Backbone.from_file(tmp_path / "other.keras", takes=f"waveform:{RATE}")


def test_a_signature_is_chosen(tmp_path):
    class Two(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, WINDOW), "float32", "x")])
        def first(self, x):
            return {"y": x[:, :2]}

        @tf.function(input_signature=[tf.TensorSpec((None, WINDOW), "float32", "x")])
        def second(self, x):
            return {"y": x[:, :3]}

    module = Two()
    signatures = {"first": module.first, "second": module.second}
    tf.saved_model.save(module, str(tmp_path / "net"), signatures)
    with pytest.raises(ValueError, match=r"`signature` must be one of \['first', 'second'\]"):
        Backbone.from_file(tmp_path / "net", takes="waveform:8000")
    network = Backbone.from_file(tmp_path / "net", takes="waveform:8000", signature="second")
    assert network.channels("last") == 3
