"""VGGish: its promises with random weights, its readers, and parity with the PyTorch port."""

import importlib.util
import sys

import keras
import numpy as np
import pretrained_contract as contract
import pytest
from backend_tools import BACKEND, to_numpy
from tolerances import FLOAT32

from kapre_like.models.pretrained.networks import vggish
from kapre_like.models.pretrained.vggish import weights as reading
from kapre_like.models.pretrained.vggish.config import (
    VggishConfig,
    convolutions,
    dense_layers,
)
from kapre_like.models.pretrained.vggish.postprocess import QuantizedPCA

CONFIG = VggishConfig()
tensorflow_only = pytest.mark.skipif(BACKEND != "tensorflow", reason="reads with TensorFlow")


@pytest.fixture(scope="module")
def model():
    return vggish("random")


# The largest network, and put together as YAMNet is: elsewhere than on TensorFlow one check.
CHECKS = [
    "alone",
    *(
        pytest.param(check, marks=pytest.mark.backends(full=True))
        for check in ("outputs", "states")
    ),
]


@pytest.mark.backends
@pytest.mark.parametrize("check", CHECKS)
def test_the_contract_of_pretrained_networks(model, check):
    getattr(contract, f"check_{check}")(model)


@pytest.mark.slow
@pytest.mark.parametrize("check", ["saving", "training"])
def test_the_contract_with_all_weights_written(tmp_path, check):
    arguments = (tmp_path,) if check == "saving" else ()
    getattr(contract, f"check_{check}")(vggish("random"), *arguments)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["savedmodel", "onnx", "litert"])
def test_export(model, tmp_path, format):
    contract.check_export(model, tmp_path, format)


def test_patches_do_not_overlap_and_a_rest_is_left_out(model):
    for samples, patches in [(1, 1), (15600, 1), (30959, 1), (30960, 2)]:
        clip = np.zeros((1, samples), "float32")
        assert contract.run(model, clip, np.array([samples]))["mask"].sum() == patches


def spectrogram(model, waveform, length):
    """The patches that the network is given, `(patches, 96, 64)`."""
    cut = keras.Model(model.inputs, model.get_layer("cut").output[0])
    return to_numpy(cut([waveform, length]))[0, ..., 0]


# --- the PyTorch port ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """torchvggish's network with random weights, its file, and our network of that file."""
    torch = pytest.importorskip("torch")
    spec = importlib.util.find_spec("torchvggish")
    if spec is None:
        pytest.skip("torchvggish is not installed")
    # Its module of the network alone: the package imports readers of sound files.
    path = f"{spec.submodule_search_locations[0]}/torchvggish.py"
    spec = importlib.util.spec_from_file_location("torchvggish_network", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    network = module.VGG(module.make_layers(), postprocess=False)
    with torch.no_grad():
        for weight in network.parameters():
            # PyTorch's own random weights shrink the sound layer by layer.
            weight.mul_(2.0 if weight.ndim > 1 else 1.0)
    path = tmp_path_factory.mktemp("port") / "vggish.pth"
    torch.save(network.state_dict(), path)
    return network, path, vggish(path)


def test_embeddings_equal_the_ports(port):
    import torch

    network, _, model = port
    waveform = np.random.default_rng(0).normal(0, 0.1, (1, 40000)).astype("float32")
    length = np.array([40000], "int32")
    found = contract.run(model, waveform, length)["embeddings"][0]
    with torch.no_grad():
        patches = torch.tensor(spectrogram(model, waveform, length))
        expected = network(patches[:, None]).numpy()
    assert found.shape == (2, 128)
    assert (expected > 0.01).any()
    np.testing.assert_allclose(found, expected, atol=FLOAT32 * np.abs(expected).max())


def needed(kind):
    """Names and shapes of the tensors in a file, by `"tensorflow"` or `"torch"`."""
    shapes = {}
    parts = [part for group in convolutions(SMALL) for part in group]
    for part in [*parts, *dense_layers(SMALL)]:
        spatial = (3, 3) if part in parts else ()
        if kind == "torch":
            shapes[f"{part.torch}.weight"] = (part.outputs, part.inputs, *spatial)
            shapes[f"{part.torch}.bias"] = (part.outputs,)
        else:
            shapes[f"{part.tensorflow}/weights"] = (*spatial, part.inputs, part.outputs)
            shapes[f"{part.tensorflow}/biases"] = (part.outputs,)
    return shapes


# The published names with few channels, because files of 72 million numbers take seconds.
SMALL = VggishConfig(blocks=((2,), (3,), (4, 4), (5, 5)), dense=(7, 7, 6))


def drawn(kind, seed=0):
    rng = np.random.default_rng(seed)
    return {n: rng.normal(size=s).astype("float32") for n, s in needed(kind).items()}


def write_checkpoint(path, arrays, version="V2"):
    """Writes a checkpoint of TensorFlow 1; the published one is of its first version."""
    import tensorflow as tf

    tf1 = tf.compat.v1
    with tf.Graph().as_default(), tf1.Session() as session:
        for name, array in arrays.items():
            tf1.get_variable(name, initializer=array)
        session.run(tf1.global_variables_initializer())
        saver = tf1.train.Saver(write_version=getattr(tf1.train.SaverDef, version))
        saver.save(session, str(path), write_meta_graph=False)
    return path


@tensorflow_only
@pytest.mark.parametrize("version", ["V1", "V2"])
def test_a_tensorflow_checkpoint_is_read(tmp_path, version):
    arrays = drawn("tensorflow")
    further = {"mymodel/fc/weights": np.ones((2, 2), "float32"), "global_step": np.int64(3)}
    path = write_checkpoint(tmp_path / "vggish_model.ckpt", {**arrays, **further}, version)
    found = reading.read_weights(path, SMALL)
    assert len(found) == 9
    np.testing.assert_array_equal(
        found["convolution_3_2"][0], arrays["vggish/conv3/conv3_2/weights"]
    )
    np.testing.assert_array_equal(found["dense_3"][1], arrays["vggish/fc2/biases"])


def test_both_formats_of_one_network_give_the_same(tmp_path):
    torch = pytest.importorskip("torch")
    arrays = drawn("torch")
    path = tmp_path / "vggish.pth"
    torch.save({name: torch.tensor(array) for name, array in arrays.items()}, path)
    found = reading.read_weights(path, SMALL)
    kernel = arrays["features.3.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(found["convolution_2_1"][0], kernel)
    np.testing.assert_array_equal(found["dense_2"][0], arrays["embeddings.2.weight"].T)


@pytest.mark.parametrize("fault", ["missing", "misshaped", "surplus", "other", "truncated"])
def test_bad_files_are_refused(tmp_path, fault):
    torch = pytest.importorskip("torch")
    arrays, name = drawn("torch"), "features.11.weight"
    words = {
        "missing": (name, (5, 4, 3, 3)),
        "misshaped": (name, (5, 4, 3, 3), (4, 4, 3, 3)),
        "surplus": ("features.16.weight", (1,)),
        "other": ("weights of vggish", "net"),
        "truncated": ("truncated",),
    }[fault]
    if fault == "missing":
        del arrays[name]
    elif fault == "misshaped":
        arrays[name] = arrays[name][:-1]
    elif fault == "surplus":
        arrays["features.16.weight"] = np.zeros(1, "float32")
    elif fault == "other":
        arrays = {"net": np.zeros(3, "float32")}
    path = tmp_path / "vggish.pth"
    torch.save({n: torch.tensor(a) for n, a in arrays.items()}, path)
    if fault == "truncated":
        path.write_bytes(path.read_bytes()[:1000])
    contract.check_refused(lambda p: reading.read_weights(p, SMALL), path, *words)


def test_unknown_formats_are_refused(tmp_path):
    path = tmp_path / "vggish.onnx"
    path.write_text("none")
    contract.check_refused(vggish, path, "vggish_model.ckpt")


# --- postprocessing --------------------------------------------------------------------------


def rotation(seed=0):
    rng = np.random.default_rng(seed)
    matrix = np.linalg.qr(rng.normal(size=(128, 128)))[0].astype("float32")
    return matrix, rng.normal(0, 0.1, (128, 1)).astype("float32")


@pytest.mark.backends
def test_postprocessing_is_the_originals():
    matrix, means = rotation()
    layer = QuantizedPCA()
    layer.build((None, 128))
    layer.set_weights([matrix, means[:, 0]])
    x = np.random.default_rng(1).normal(0, 1.5, (3, 5, 128)).astype("float32")
    found = to_numpy(layer(x))
    # vggish_postprocess.py: clipped to -2 .. 2, and cut to uint8.
    rotated = np.einsum("oi,bti->bto", matrix, x - means[:, 0])
    expected = ((np.clip(rotated, -2, 2) + 2) * (255 / 4)).astype("uint8")
    assert (found.min(), found.max()) == (0, 255)
    # Sums in another order may pass a whole number.
    assert (found == expected).mean() > 0.999
    assert np.abs(found - expected).max() <= 1
    with pytest.raises(ValueError, match="`high` must be above"):
        QuantizedPCA(low=1.0, high=1.0)


def test_a_model_with_postprocessing(tmp_path, model):
    matrix, means = rotation()
    path = tmp_path / "vggish_pca_params.npz"
    np.savez(path, pca_eigen_vectors=matrix, pca_means=means)
    built = vggish("random", relu=False, postprocess=True, pca=path)
    waveform, length = contract.clips(built, seconds=(0.5, 2.0))
    found = contract.run(built, waveform, length)["embeddings"]
    assert found.max() <= 255
    np.testing.assert_array_equal(found, np.floor(found))
    assert len(np.unique(found)) > 20
    np.savez(path, pca_eigen_vectors=matrix[:3], pca_means=means)
    with pytest.raises(ValueError, match=r"`pca` must be .* \(3, 128\)"):
        vggish("random", postprocess=True, pca=path)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match=r"`pca` must be .*damaged"):
        vggish("random", postprocess=True, pca=path)
    for arguments in ({"postprocess": True}, {"pca": path}, {"postprocess": 1}):
        with pytest.raises(ValueError, match="vggish: `"):
            vggish("random", **arguments)


def test_relu_is_after_the_embedding(model):
    waveform, length = contract.clips(model)
    assert contract.run(model, waveform, length)["embeddings"].min() == 0


def test_without_pytorch_the_error_names_it(monkeypatch, tmp_path):
    path = tmp_path / "vggish.pth"
    path.write_bytes(b"1")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="pip install torch"):
        vggish(path)
