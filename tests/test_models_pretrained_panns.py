"""PANNs against their originals in PyTorch, and what every pretrained network promises."""

from functools import partial

import keras
import numpy as np
import pretrained_contract as contract
import pytest
from tolerances import FLOAT32, FLOAT32_LONG

from kapre_like.models.checkpoints.torch_file import TorchFile
from kapre_like.models.embeddings import open_network
from kapre_like.models.pretrained import networks
from kapre_like.models.pretrained.panns.config import ROWS

FORMATS = ["litert", *(pytest.param(f, marks=pytest.mark.slow) for f in ("onnx", "savedmodel"))]
# More blocks of the same kind: on JAX and PyTorch only the smallest network is tested.
SMALL = ["cnn6", pytest.param("cnn10", marks=pytest.mark.backends(full=True))]
LARGE = [pytest.param(row, marks=pytest.mark.slow) for row in ("cnn14", "cnn14_16k")]
LARGEST = pytest.param("cnn14", marks=pytest.mark.backends(full=True))


def network(row, weights="random", **options):
    return getattr(networks, f"panns_{row}")(weights, **options)


@pytest.fixture(scope="module")
def models():
    """Networks with random weights, each built once."""
    built = {}

    def model(row):
        return built.setdefault(row, None) or built.update({row: network(row)}) or built[row]

    return model


@pytest.fixture(scope="module")
def originals():
    """Needs PyTorch: imported only for the tests that compare with it."""
    pytest.importorskip("torch")
    return __import__("panns_originals")


@pytest.mark.backends
@pytest.mark.parametrize("row", [*SMALL, LARGEST])
def test_outputs(models, row):
    contract.check_outputs(models(row))


@pytest.mark.backends
@pytest.mark.parametrize("row", [*SMALL, *LARGE])
def test_a_clip_is_the_same_alone_and_in_a_padded_batch(models, row):
    contract.check_alone(models(row))


@pytest.mark.parametrize("samples", [9920, 10240, 15000, 20000, 20160, 20480])
def test_frames_at_the_end_of_a_pool_are_those_of_the_clip_alone(models, samples):
    model = models("cnn6")
    rng = np.random.default_rng(samples)
    waveform = rng.normal(0, 0.1, (2, 31000)).astype("float32")
    both = contract.run(model, waveform, np.array([samples, 31000], "int32"))
    alone = contract.run(model, waveform[:1, :samples], np.array([samples], "int32"))
    frames = (1 + samples // 320) // 16
    assert both["mask"][0].sum() == frames == alone["embeddings"].shape[1]
    for name in ("scores", "clip_embedding"):
        contract.assert_close(both[name][0], alone[name][0])


def test_short_clips_are_padded_with_zeros(models):
    model, least = models("cnn6"), ROWS["cnn6"].min_samples
    waveform = np.random.default_rng(0).normal(0, 0.1, (1, 100)).astype("float32")
    short = contract.run(model, waveform, np.array([100], "int32"))
    padded = np.pad(waveform, ((0, 0), (0, least - 100)))
    longer = contract.run(model, padded, np.array([least], "int32"))
    assert short["embeddings"].shape[1] == 1
    contract.assert_close(short["scores"], longer["scores"])


@pytest.mark.backends
@pytest.mark.parametrize("row", ["cnn6", *LARGE])
def test_training(row):
    contract.check_training(network(row))


@pytest.mark.parametrize("row", ["cnn6", *LARGE])
def test_saving(models, row, tmp_path):
    contract.check_saving(models(row), tmp_path)


@pytest.mark.backends
@pytest.mark.parametrize("row", SMALL)
def test_states(models, row):
    contract.check_states(models(row))


def frozen(row, weights="random"):
    return open_network("test", f"panns_{row}", weights=weights)


def test_a_state_is_the_mean_over_frequency_of_its_block(models):
    model = models("cnn6")
    waveform, length = contract.clips(model)
    x, valid = keras.Model(model.inputs, model.get_layer("block_01").output)([waveform, length])
    from kapre_like.models.pretrained.panns.backbone import states

    (state, count), (clip, one) = keras.Model(
        model.inputs, [list(pair) for pair in states(model, ["l01", "clip"])]
    )([waveform, length])
    np.testing.assert_allclose(state, np.mean(x, axis=2), rtol=FLOAT32)
    np.testing.assert_array_equal(count, np.sum(valid, axis=(1, 2, 3)))
    np.testing.assert_array_equal(one, [1, 1, 1])
    expected = contract.run(model, waveform, length)["clip_embedding"]
    np.testing.assert_allclose(np.asarray(clip)[:, 0], expected, rtol=FLOAT32)


def test_names_of_classes(tmp_path):
    path = tmp_path / "class_labels_indices.csv"
    rows = [f'{n},/m/{n},"Sound, {n}"' for n in range(527)]
    path.write_text("\n".join(["index,mid,display_name", *rows]))
    recipe = network("cnn6", classes=path).get_layer("card").facts()["recipe"]
    assert (len(recipe["class_names"]), recipe["class_names"][526]) == (527, "Sound, 526")
    with pytest.raises(ValueError, match=r"panns_cnn6: `classes` must be an existing file"):
        network("cnn6", classes=tmp_path / "absent.csv")


def test_a_seed_gives_the_same_weights_and_another_seed_others():
    kernels = [
        network("cnn6", seed=seed).get_layer("conv_block2_conv1").kernel.numpy()
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert abs(kernels[0] - kernels[2]).max() > 0.01


@pytest.mark.parametrize("row", [*SMALL, "cnn14", LARGE[1]])
def test_scores_and_embedding_are_the_originals(originals, row, tmp_path):
    """With random weights and statistics, from a file as published; clips of about 0.5 s."""
    path = tmp_path / "network.pth"
    original = originals.save(row, path)
    compare(originals, network(row, path), original, (0.4, 0.52, 0.7))


@pytest.mark.slow
@pytest.mark.parametrize("row", ["cnn6", "cnn10", "cnn14", "cnn14_16k"])
def test_scores_and_embedding_of_ten_seconds_are_the_originals(originals, row, tmp_path):
    path = tmp_path / "network.pth"
    original = originals.save(row, path, seed=1)
    compare(originals, network(row, path), original, (3.3, 10.0))


def compare(originals, model, original, seconds):
    waveform, length = contract.clips(model, seconds)
    out = contract.run(model, waveform, length)
    front_end = keras.Model(model.inputs, model.get_layer("front_end").output)
    log_mels = np.asarray(front_end([waveform, length]))[..., 0]
    rate = length[0] / seconds[0]
    for i, samples in enumerate(length):
        frames = 1 + samples // (320 if rate > 20000 else 160)
        scores, embedding = originals.answer(original, log_mels[i, :frames])
        scale = abs(embedding).max()
        np.testing.assert_allclose(
            out["clip_embedding"][i], embedding, atol=FLOAT32_LONG * scale
        )
        np.testing.assert_allclose(out["scores"][i], scores, atol=FLOAT32_LONG)


def test_tensors_may_be_a_state_dict_without_the_front_end(originals, tmp_path):
    import torch

    state = originals.original("cnn6").state_dict()
    torch.save(state, tmp_path / "weights.pth")
    bias = network("cnn6", tmp_path / "weights.pth").weights[-1]
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(bias), state["fc_audioset.bias"].numpy()
    )


def test_weights_for_another_rate_are_refused(tmp_path):
    """Only the front end in the file determines the rate: the other shapes are the same."""
    torch = pytest.importorskip("torch")
    torch.save({"logmel_extractor.melW": torch.zeros(257, 64)}, tmp_path / "Cnn14.pth")
    with pytest.raises(ValueError, match=r"^panns_cnn14: .* another sample rate") as error:
        network("cnn14", tmp_path / "Cnn14.pth")
    assert "(513, 64)" in str(error.value)
    assert "(257, 64)" in str(error.value)


def changed(state, kind):
    tensors = state["model"]
    if kind == "missing":
        del tensors["conv_block3.conv1.weight"]
    elif kind == "surplus":
        tensors["conv_block3.conv9.weight"] = tensors["conv_block3.conv1.weight"]
    elif kind == "misshaped":
        tensors["fc1.weight"] = tensors["fc1.weight"][:, :100]
    else:
        tensors["fc1.bias"][3] = float("nan")


BAD = {
    "missing": ("conv_block3.conv1.weight", (256, 128, 5, 5), "does not have it"),
    "surplus": ("conv_block3.conv9.weight", (256, 128, 5, 5), "only the tensors"),
    "misshaped": ("fc1.weight", (512, 512), (512, 100)),
    "infinite": ("fc1.bias", "finite numbers"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_tensor_that_does_not_fit_is_named(originals, kind, tmp_path):
    import torch

    state = originals.state(originals.original("cnn6"), "cnn6")
    changed(state, kind)
    torch.save(state, tmp_path / "weights.pth")
    build = partial(network, "cnn6")
    words = ("panns_cnn6: `weights` must be ", *BAD[kind])
    contract.check_refused(build, tmp_path / "weights.pth", *words)


def test_files_may_hold_the_arrays_of_a_sampler_beside_the_weights(tmp_path):
    """The published file of Cnn14 at 16 kHz has some."""
    torch = pytest.importorskip("torch")
    path = tmp_path / "weights.pth"
    sampler = {"indexes": np.arange(3), "weights": np.ones(2, "float32")}
    torch.save({"model": {"fc1.weight": torch.ones(2, 3)}, "sampler": sampler}, path)
    assert TorchFile(path).names() == ["fc1.weight"]


def test_files_of_other_networks_and_truncated_files_are_refused(originals, tmp_path):
    originals.save("cnn10", tmp_path / "other.pth")
    contract.check_refused(partial(network, "cnn6"), tmp_path / "other.pth", "panns_cnn6")
    (tmp_path / "half").mkdir()
    half = contract.truncated(tmp_path / "other.pth", tmp_path / "half")
    contract.check_refused(partial(network, "cnn10"), half, "truncated")
    with pytest.raises(ValueError, match="must be an existing path"):
        network("cnn6", tmp_path / "none.pth")


def test_the_error_for_missing_weights_has_their_source(tmp_path, monkeypatch):
    monkeypatch.setenv("KAPRE_LIKE_WEIGHTS", str(tmp_path))
    with pytest.raises(ValueError, match=r"Cnn6_mAP=0\.343\.pth \(zenodo"):
        network("cnn6", None)


def test_a_file_is_found_by_its_name(originals, tmp_path, monkeypatch):
    monkeypatch.setenv("KAPRE_LIKE_WEIGHTS", str(tmp_path))
    originals.save("cnn6", tmp_path / "Cnn6_mAP=0.343.pth")
    opened = open_network("test", tmp_path / "Cnn6_mAP=0.343.pth")
    assert opened.preset.name == "panns_cnn6"
    assert not opened.is_random
    assert frozen("cnn6", None).identity == opened.identity


@pytest.mark.parametrize("format", FORMATS)
def test_export(models, format, tmp_path):
    contract.check_export(models("cnn6"), tmp_path, format)
