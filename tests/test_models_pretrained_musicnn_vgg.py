"""The VGG of musicnn against the graph of TensorFlow 1 in its package, and its promises."""

import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys

import keras
import librosa
import numpy as np
import pretrained_contract as contract
import pytest
import soundfile

from kapre_like.models.embeddings import open_network
from kapre_like.models.pretrained import networks
from kapre_like.models.pretrained.musicnn_vgg.config import FRAMES, HOP_LENGTH, ROWS

CORPUS = pathlib.Path(__file__).parents[1] / "examples/data/spoken_digits/clips"
FORMATS = ["litert", *(pytest.param(f, marks=pytest.mark.slow) for f in ("onnx", "savedmodel"))]
# Three patches, two, and less than one.
SECONDS = (9.2, 6.1, 1.3)
# The graph beside the published weights, in a process of its own. The recorded shapes of its
# gradients do not suit TensorFlow 2.
ORIGINAL = """
import sys, numpy as np, tensorflow as tf
folder, patches, answers = sys.argv[1:]
meta = tf.compat.v1.MetaGraphDef()
with open(folder + "/.meta", "rb") as file:
    meta.ParseFromString(file.read())
for node in meta.graph_def.node:
    node.attr.pop("_output_shapes", None)
pools = [f"model/max_pooling2d{end}/MaxPool:0" for end in ("", "_1", "_2", "_3", "_4")]
feed = {
    "model/Placeholder:0": np.load(patches),
    "model/Placeholder_2:0": False,
}
with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    tf.import_graph_def(meta.graph_def, name="")
    saver = meta.saver_def
    session.run(saver.restore_op_name, {saver.filename_tensor_name: folder + "/"})
    *pools, scores = session.run([*pools, "model/Sigmoid:0"], feed)
means = {f"pool{i}": p.mean((1, 2)) for i, p in enumerate(pools)}
np.savez(answers, scores=scores, embedding=pools[-1].reshape(len(scores), -1), **means)
"""


def package_folder(name):
    spec = importlib.util.find_spec("musicnn")
    if spec is None:
        pytest.skip("the package musicnn is not installed")
    return pathlib.Path(spec.submodule_search_locations[0]) / name


@pytest.fixture(scope="module")
def random_model():
    return networks.musicnn_vgg("random")


@pytest.fixture(scope="module")
def model():
    package_folder("MTT_vgg")
    return networks.musicnn_vgg()


def music(count=20):
    """Clips of the corpus, each joined with others to 3 to 7 s at 16 kHz."""
    files = sorted(CORPUS.rglob("*.flac"))
    clips = []
    for i in range(count):
        parts = []
        while sum(map(len, parts)) < 16000 * (3 + 4 * i / count):
            samples, rate = soundfile.read(files[(37 * i + 11 * len(parts)) % len(files)])
            parts.append(librosa.resample(samples, orig_sr=rate, target_sr=16000))
        clips.append(np.concatenate(parts).astype("float32"))
    return clips


def spectrogram(clip):
    """The original's, with its numbers but without the rounding to float16."""
    mel = librosa.feature.melspectrogram(
        y=clip, sr=16000, hop_length=256, n_fft=512, n_mels=96
    ).T
    return np.log10(10000 * mel + 1)


def patches_of(clip):
    frames = spectrogram(clip)
    starts = range(0, len(frames) - 187 + 1, 187)
    return np.stack([frames[start : start + 187] for start in starts])


def original(name, patches, folder):
    np.save(folder / "patches.npy", patches)
    command = [sys.executable, "-c", ORIGINAL, str(package_folder(name))]
    paths = [str(folder / "patches.npy"), str(folder / "answers.npz")]
    done = subprocess.run([*command, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return np.load(folder / "answers.npz")


@pytest.mark.backends
def test_outputs(random_model):
    contract.check_outputs(random_model, seconds=SECONDS[::-1])


@pytest.mark.backends
def test_a_clip_is_the_same_alone_and_in_a_padded_batch(random_model):
    contract.check_alone(random_model, seconds=SECONDS)


@pytest.mark.backends
def test_training(random_model):
    contract.check_training(keras.models.clone_model(random_model))


def test_saving(random_model, tmp_path):
    contract.check_saving(random_model, tmp_path)


@pytest.mark.backends
def test_states(random_model):
    contract.check_states(random_model, seconds=SECONDS)


@pytest.mark.parametrize("format", FORMATS)
def test_export(random_model, format, tmp_path):
    contract.check_export(random_model, tmp_path, format)


@pytest.mark.parametrize("samples", [100, 47615, 47616, 47871, 47872, 95487, 95488, 95744])
def test_patches_are_counted_as_librosa_counts_frames(random_model, samples):
    waveform = np.random.default_rng(0).normal(0, 0.1, (1, 100000)).astype("float32")
    out = contract.run(random_model, waveform, np.array([samples], "int32"))
    assert out["mask"].sum() == max(1, (1 + samples // HOP_LENGTH) // FRAMES)


@pytest.fixture(scope="module")
def clips():
    return music()


@pytest.fixture(scope="module")
def expected(clips, tmp_path_factory):
    """The output of the graph of MTT_vgg for the patches of all clips."""
    patches = np.concatenate([patches_of(clip) for clip in clips])
    return original("MTT_vgg", patches, tmp_path_factory.mktemp("original"))


def test_patches_and_clips_give_the_numbers_of_the_original_graph(model, clips, expected):
    check_numbers(model, clips, expected)


@pytest.mark.slow
def test_the_weights_of_msd_give_the_numbers_of_their_graph(clips, tmp_path):
    """Its pools are not those that the package computes with."""
    patches = np.concatenate([patches_of(clip) for clip in clips])
    check_numbers(networks.musicnn_vgg_msd(), clips, original("MSD_vgg", patches, tmp_path))


def check_numbers(model, clips, expected):
    each = [patches_of(clip) for clip in clips]
    network = model.get_layer("patches").network
    embedding, scores = network(np.concatenate(each)[..., None])
    close(embedding, expected["embedding"], 1e-5)
    close(scores, expected["scores"], 1e-5)
    from_the_waveform(model, clips, [len(patches) for patches in each], expected)


def from_the_waveform(model, clips, counts, expected):
    """Our front end against librosa's: float32 spectra differ by about 1e-6."""
    length = np.array([len(clip) for clip in clips], "int32")
    waveform = np.stack([np.pad(clip, (0, length.max() - len(clip))) for clip in clips])
    out = contract.run(model, waveform, length)
    np.testing.assert_array_equal(out["mask"].sum(1), counts)
    close(out["embeddings"][out["mask"]], expected["embedding"], 1e-4)
    close(out["scores"][out["mask"]], expected["scores"], 1e-4)


def close(found, expected, limit):
    far = abs(np.asarray(found) - expected).max() / abs(expected).max()
    assert far < limit, far


def test_states_are_the_means_of_the_pools(model, clips, expected):
    frozen = open_network("test", "musicnn_vgg")
    depths = [f"l{i:02d}" for i in range(frozen.numbered)]
    length = np.array([len(clips[0])], "int32")
    for i, (state, count) in enumerate(frozen.states(depths)([clips[0][None], length])):
        patches = int(count[0])
        assert patches == len(patches_of(clips[0]))
        close(np.asarray(state)[0, :patches], expected[f"pool{i}"][:patches], 1e-4)


def test_rounding_to_float16_is_left_out_because_it_changes_little(model, clips):
    """The original rounds the mel power; the scores differ by less than a hundredth."""
    exact = np.concatenate([patches_of(clip) for clip in clips[:4]])
    power = ((10.0**exact - 1) / 10000).astype("float16").astype("float32")
    network = model.get_layer("patches").network
    scores = [
        np.asarray(network(x[..., None])[1]) for x in (exact, np.log10(10000 * power + 1))
    ]
    assert 0 < abs(scores[0] - scores[1]).max() < 0.01


def test_the_card_names_the_tags(model):
    from kapre_like.models.artifact.card import card_of

    names = card_of(model).facts()["recipe"]["class_names"]
    configuration = package_folder("configuration.py").read_text()
    space = {}
    exec(configuration, space)
    assert names == space["MTT_LABELS"]
    assert list(ROWS["msd"].tags) == space["MSD_LABELS"]


@pytest.fixture
def folder(tmp_path):
    """A copy of the published folder."""
    return pathlib.Path(shutil.copytree(package_folder("MTT_vgg"), tmp_path / "MTT_vgg"))


def test_weights_of_other_tags_are_refused(folder):
    with pytest.raises(ValueError, match=r"^musicnn_vgg_msd: .* trained on 'mtt'"):
        networks.musicnn_vgg_msd(folder)


def test_another_network_of_the_package_is_refused():
    with pytest.raises(ValueError, match=r"^musicnn_vgg: `weights` must be ") as error:
        networks.musicnn_vgg(package_folder("MTT_musicnn"))
    assert "1CNN/kernel of shape (3, 3, 1, 128)" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("file", [".index", ".data-00000-of-00001"])
def test_truncated_files_are_refused(folder, file):
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="truncated") as error:
        networks.musicnn_vgg(folder)
    assert "\n" not in str(error.value)


def test_the_prefix_of_a_checkpoint_is_read_too(folder, model):
    for path in list(folder.iterdir()):
        if path.name.startswith((".index", ".data")):
            path.rename(folder / f"model{path.name}")
    other = networks.musicnn_vgg(folder / "model")
    for one, two in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())


def test_a_config_of_another_kind_is_no_reason_to_refuse(folder):
    (folder / "config.json").write_text(json.dumps({"audio_rep": {}}))
    assert networks.musicnn_vgg(folder).count_params() == 607_030
