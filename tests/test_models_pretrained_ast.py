"""The Audio Spectrogram Transformer against transformers, and its promises."""

import json
import shutil
from functools import partial

import keras
import numpy as np
import pretrained_contract as contract
import pytest
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.models.embeddings import ClipEmbeddings, open_network
from kapre_like.models.pretrained import networks
from kapre_like.models.pretrained.ast.backbone import build
from kapre_like.models.pretrained.ast.config import AstConfig, facts
from kapre_like.models.pretrained.preset import require_weights
from kapre_like.models.pretrained.presets import PRESETS

pytestmark = pytest.mark.filterwarnings(
    # One of the original's bands is narrower than a bin.
    "ignore:KaldiFbank. 1 of 128 mel bands",
    "ignore:At least one mel filter has all zero",
    "ignore:It is strongly recommended to pass",
    "ignore:.*__array__ implementation doesn't accept a copy:DeprecationWarning",
)
FORMATS = ["litert", *(pytest.param(f, marks=pytest.mark.slow) for f in ("onnx", "savedmodel"))]
TINY = AstConfig(
    hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
    max_length=64, labels=("a", "b", "c", "d", "e"),
)  # fmt: skip
# Windows of 0.64 s: five of them, two, and less than one.
SECONDS = (3.0, 1.1, 0.3)


@pytest.fixture(scope="module")
def model():
    return build(None, config=TINY)


def preset_of(model):
    """The preset with the sizes of the model."""
    return open_network("test", model).preset


@pytest.mark.backends
def test_outputs(model):
    from dataclasses import replace

    sized = replace(preset_of(model), n_classes=5, n_parameters=model.count_params())
    contract.check_outputs(model, sized, seconds=SECONDS[::-1])


@pytest.mark.backends
def test_a_clip_is_the_same_alone_and_in_a_padded_batch(model):
    contract.check_alone(model, seconds=SECONDS)


@pytest.mark.backends
def test_training():
    contract.check_training(build(None, config=TINY))


def test_saving(model, tmp_path):
    contract.check_saving(model, tmp_path)


@pytest.mark.backends
def test_states(model):
    contract.check_states(model, seconds=SECONDS)


@pytest.mark.parametrize("format", FORMATS)
def test_export(model, format, tmp_path):
    contract.check_export(model, tmp_path, format)


@pytest.mark.parametrize(("frames", "windows"), [(1, 1), (63, 1), (64, 1), (65, 2), (129, 3)])
def test_a_further_window_begins_with_the_frame_after_the_last(model, frames, windows):
    samples = 400 + 160 * (frames - 1)
    waveform = np.random.default_rng(0).normal(0, 0.1, (1, 40000)).astype("float32")
    for extra in (0, 159):
        out = contract.run(model, waveform, np.array([samples + extra], "int32"))
        assert out["mask"].sum() == windows


@pytest.mark.slow
def test_the_published_sizes():
    model = networks.ast("random")
    contract.check_outputs(model)
    contract.check_alone(model, seconds=(0.5, 11.0))


# --- against transformers ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def transformers():
    pytest.importorskip("torch")
    return pytest.importorskip("transformers")


def randomize(network, seed):
    """Replaces the zeros and ones that the network begins with."""
    import torch

    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "token" in name or "position" in name or "layernorm" in name or "bias" in name:
                parameter.add_(0.2 * torch.randn_like(parameter))


def save(transformers, folder, kind="ASTForAudioClassification", seed=0, **options):
    sizes = {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 48, "max_length": 64, "num_labels": 5,
    }  # fmt: skip
    config = transformers.ASTConfig(**{**sizes, **options})
    network = getattr(transformers, kind)(config).eval()
    randomize(network, seed)
    network.save_pretrained(folder)
    extractor = transformers.ASTFeatureExtractor(max_length=config.max_length)
    extractor.save_pretrained(folder)
    return network, extractor


@pytest.fixture(scope="module")
def saved(transformers, tmp_path_factory):
    """A tiny checkpoint: its folder, its network and its feature extractor."""
    folder = tmp_path_factory.mktemp("ast")
    return folder, *save(transformers, folder)


def windows_of(clip, frames):
    """Parts of a clip whose frames are those of its windows, as the extractor counts them."""
    count = max(1, 1 + (len(clip) - 400) // 160)
    starts = range(0, count, frames)
    return [clip[160 * t : 160 * (min(t + frames, count) - 1) + 400] for t in starts]


def answers(network, extractor, clip, frames):
    """Returns what transformers gives for each window: features, pooled, hidden, logits."""
    import torch

    parts = windows_of(clip, frames)
    features = [extractor(p, sampling_rate=16000, return_tensors="pt") for p in parts]
    values = torch.cat([f["input_values"] for f in features])
    with torch.no_grad():
        base = getattr(network, "audio_spectrogram_transformer", network)
        out = base(values, output_hidden_states=True)
        logits = network(values).logits if base is not network else None
    return values, out.pooler_output, out.hidden_states, logits


def compare(model, network, extractor, seconds, frames):
    waveform, length = contract.clips(model, seconds)
    out = contract.run(model, waveform, length)
    frozen = open_network("test", model)
    depths = [f"l{i:02d}" for i in range(frozen.numbered)]
    states = frozen.states(depths)([waveform, length])
    windows = keras.Model(model.inputs, model.get_layer("patches").input)([waveform, length])
    for i, samples in enumerate(length):
        values, pooled, hidden, logits = answers(
            network, extractor, waveform[i, :samples], frames
        )
        count = out["mask"][i].sum()
        assert count == len(values)
        close(np.asarray(windows)[i, :count, ..., 0], values)
        close(out["embeddings"][i, :count], pooled)
        for (state, _), expected in zip(states, hidden, strict=True):
            close(np.asarray(state)[i, :count], expected.mean(1))
        if logits is not None:
            close(out["scores"][i, :count], logits.sigmoid())


def close(found, expected):
    expected = expected.numpy()
    far = abs(found - expected).max() / max(1, abs(expected).max())
    assert far < 1e-4, far


def test_numbers_are_those_of_transformers(saved):
    folder, network, extractor = saved
    compare(networks.ast(folder), network, extractor, SECONDS, 64)


def test_numbers_without_a_head_and_with_other_options(transformers, tmp_path):
    network, extractor = save(
        transformers, tmp_path, "ASTModel", seed=1, qkv_bias=False, hidden_act="relu",
        time_stride=7, frequency_stride=12, patch_size=12, num_mel_bins=128,
        layer_norm_eps=1e-6,
    )  # fmt: skip
    model = networks.ast(tmp_path)
    assert "scores" not in model.output
    compare(model, network, extractor, SECONDS, 64)


def test_mean_and_deviation_are_those_of_the_feature_extractor(transformers, tmp_path):
    network, _ = save(transformers, tmp_path)
    extractor = transformers.ASTFeatureExtractor(max_length=64, mean=-6.8, std=5.5)
    extractor.save_pretrained(tmp_path)
    compare(networks.ast(tmp_path), network, extractor, SECONDS, 64)


@pytest.mark.slow
def test_numbers_of_the_full_size_are_those_of_transformers(transformers, tmp_path):
    sizes = {
        "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
        "intermediate_size": 3072, "max_length": 1024, "num_labels": 527,
    }  # fmt: skip
    network, extractor = save(transformers, tmp_path, **sizes)
    model = networks.ast(tmp_path)
    assert model.count_params() == PRESETS["ast"].n_parameters
    compare(model, network, extractor, (3.0, 11.5), 1024)


def test_scores_of_one_label_sum_to_one(transformers, saved, tmp_path):
    folder = shutil.copytree(saved[0], tmp_path / "copy")
    edit(folder / "config.json", problem_type="single_label_classification")
    model = networks.ast(folder)
    waveform, length = contract.clips(model, SECONDS)
    out = contract.run(model, waveform, length)
    np.testing.assert_allclose(out["scores"][0].sum(-1), 1, rtol=FLOAT32)


# --- its files --------------------------------------------------------------------------------


def edit(path, **values):
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_sizes_are_those_of_the_checkpoint(saved):
    folder = saved[0]
    frozen = open_network("test", folder)
    assert frozen.preset == facts(PRESETS["ast"], folder)
    assert (frozen.numbered, frozen.channels("last"), frozen.channels("l02")) == (3, 32, 32)
    assert frozen.preset.n_parameters == frozen.model.count_params()
    assert frozen.preset.n_classes == 5
    named = open_network("test", "ast", weights=folder)
    assert named.identity == frozen.identity


@pytest.mark.usefixtures("eagerly")
def test_embeddings_of_a_saved_model_are_those_of_the_checkpoint(saved, tmp_path):
    folder = saved[0]
    clips = [np.random.default_rng(0).normal(0, 0.1, 16000).astype("float32")]
    networks.ast(folder).save(tmp_path / "ast.keras")
    rows = [
        ClipEmbeddings(network, layer="all", cache=False).fit_transform(clips)
        for network in (folder, str(tmp_path / "ast.keras"))
    ]
    assert rows[0].shape == (1, 2 * 4 * 32)
    np.testing.assert_allclose(rows[0], rows[1], rtol=FLOAT32, atol=FLOAT32_SHORT)


def test_one_file_of_the_folder_may_be_given(saved):
    folder = saved[0]
    model = networks.ast(folder / "model.safetensors")
    assert model.output["embeddings"].shape[-1] == 32


def tensors(folder):
    from kapre_like.models.checkpoints.safetensors import SafetensorsFile

    file = SafetensorsFile(folder / "model.safetensors")
    return {name: file.read(name) for name in file.names()}


def rewrite(folder, values):
    from kapre_like.models.checkpoints.safetensors import write_safetensors

    (folder / "model.safetensors").unlink()
    write_safetensors(folder / "model.safetensors", values)


_PREFIX = "audio_spectrogram_transformer."


@pytest.mark.parametrize("kind", ["missing", "surplus", "misshaped", "infinite"])
def test_a_tensor_that_does_not_fit_is_named(saved, kind, tmp_path):
    folder = shutil.copytree(saved[0], tmp_path / "copy")
    values = tensors(folder)
    name = f"{_PREFIX}encoder.layer.1.output.dense.weight"
    changes = {
        "missing": {},
        "surplus": {name: values[name], f"{name}s": values[name]},
        "misshaped": {name: values[name][:, :40].copy()},
        "infinite": {name: np.full_like(values[name], np.nan)},
    }
    rewrite(folder, {**{k: v for k, v in values.items() if k != name}, **changes[kind]})
    words = {"surplus": [f"{name}s"], "misshaped": [name, (32, 48), (32, 40)]}
    contract.check_refused(networks.ast, folder, "ast: ", *words.get(kind, [name]))


def test_other_sizes_in_the_config_are_refused(saved, tmp_path):
    folder = shutil.copytree(saved[0], tmp_path / "copy")
    edit(folder / "config.json", num_hidden_layers=3)
    contract.check_refused(networks.ast, folder, "encoder.layer.2.")
    edit(folder / "config.json", num_hidden_layers=2, max_length=128)
    contract.check_refused(networks.ast, folder, "position_embeddings", (1, 62, 32))


def test_other_networks_and_damaged_files_are_refused(saved, tmp_path):
    folder = shutil.copytree(saved[0], tmp_path / "copy")
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])
    contract.check_refused(networks.ast, folder, "is truncated")
    edit(folder / "config.json", model_type="vit")
    contract.check_refused(networks.ast, folder, "'vit'", "audio-spectrogram-transformer")
    (folder / "config.json").unlink()
    contract.check_refused(networks.ast, folder, "no config.json")


@pytest.mark.parametrize(
    ("file", "values", "match"),
    [
        ("config.json", {"hidden_act": "silu"}, "`hidden_act` must be one of"),
        ("config.json", {"num_attention_heads": 5}, "`hidden_size` must be a multiple"),
        ("config.json", {"patch_size": [16, 16]}, "`patch_size` must be an int"),
        ("preprocessor_config.json", {"sampling_rate": 8000}, "`sampling_rate` must be 16000"),
        ("preprocessor_config.json", {"do_normalize": False}, "`do_normalize` must be True"),
    ],
)
def test_options_that_are_not_read_are_refused(saved, file, values, match, tmp_path):
    folder = shutil.copytree(saved[0], tmp_path / "copy")
    edit(folder / file, **values)
    with pytest.raises(ValueError, match=f"^ast: {match}"):
        networks.ast(folder)


def test_without_a_connection_there_is_one_request_to_the_hub(monkeypatch):
    asked = []

    def find(name, *, owner):
        asked.append(name)
        raise ValueError(f"{owner}: cannot be fetched")

    monkeypatch.setattr("kapre_like.models.pretrained.preset.find_checkpoint", find)
    require = partial(require_weights, "ast", PRESETS["ast"])
    for given in (None, "someone/another"):
        with pytest.raises(ValueError, match="cannot be fetched"):
            require(given)
    with pytest.raises(ValueError, match="must be an existing path"):
        require("missing-folder")
    assert asked == [PRESETS["ast"].hub, "someone/another"]
