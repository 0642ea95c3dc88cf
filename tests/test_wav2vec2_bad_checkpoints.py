"""Names on the hub without a network, and folders that are no checkpoint: one line each."""

import numpy as np
import pytest
from wav2vec2_checkpoints import Saved, batch, clips, copy, run

from kapre_like.models.wav2vec2 import Wav2Vec2Config, from_huggingface

pytestmark = [
    pytest.mark.backends(full=True),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return Saved(tmp_path_factory)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of the hub, and no network."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


@pytest.mark.parametrize("shards", [False, True])
def test_a_name_is_taken_from_the_cache_of_the_hub(shards, saved, cache):
    theirs, folder = saved("layer")
    commit = "0123456789abcdef0123456789abcdef01234567"
    home = cache / "models--somebody--tiny"
    (home / "refs").mkdir(parents=True)
    (home / "refs/main").write_text(commit)
    snapshot = home / "snapshots" / commit
    theirs.save_pretrained(snapshot, max_shard_size="20KB" if shards else "5GB")
    x = batch(clips(2000))
    model = from_huggingface("somebody/tiny")
    np.testing.assert_array_equal(run(model, x), run(from_huggingface(folder), x))


@pytest.mark.parametrize("name", ["somebody/tiny", "facebook/wav2vec2-base", "nowhere"])
def test_a_name_without_network_gives_one_clear_line(name, cache):
    with pytest.raises(ValueError, match="not in Hugging Face's cache") as caught:
        from_huggingface(name)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize("path", ["no/such/folder", "/no/folder", "./no", "", None, 3, [], {}])
def test_neither_folder_nor_name(path):
    with pytest.raises(ValueError, match="from_huggingface: `path_or_name` must be"):
        from_huggingface(path)


def check_refused(folder, *words, head=None):
    with pytest.raises(ValueError, match=r".") as caught:
        from_huggingface(folder, head)
    line = str(caught.value)
    assert "\n" not in line
    assert all(word in line for word in words), line


def test_a_folder_that_is_no_checkpoint(saved, tmp_path):
    check_refused(tmp_path, "has no config.json", "save_pretrained")
    (tmp_path / "config.json").write_text("{'model_type':")
    check_refused(tmp_path, "config.json is not JSON")
    (tmp_path / "config.json").write_text("[]")
    check_refused(tmp_path, "not an object")
    (tmp_path / "config.json").write_text((saved("group")[1] / "config.json").read_text())
    check_refused(tmp_path, "has no weights", "model.safetensors", "pytorch_model.bin")


@pytest.mark.parametrize("kind", ["wav2vec2-bert", "wav2vec2-conformer", "bert", None, 3])
def test_another_architecture(kind, saved, tmp_path):
    copy(saved("group")[1], tmp_path, config={"model_type": kind})
    check_refused(tmp_path, "`model_type` must be one of", repr(kind))


@pytest.mark.parametrize("kept", [0, 5, 100, -1, -500])
def test_a_file_that_was_cut_off(kept, saved, tmp_path):
    file = copy(saved("group")[1], tmp_path) / "model.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[:kept])
    check_refused(tmp_path, "model.safetensors", "truncated")


def test_a_file_that_is_something_else(saved, tmp_path):
    file = copy(saved("group")[1], tmp_path) / "model.safetensors"
    file.write_bytes(b"<html>not found</html>" * 100)
    check_refused(tmp_path, "not a safetensors file")


def test_a_missing_shard(saved, tmp_path):
    saved("layer")[0].save_pretrained(tmp_path, max_shard_size="20KB")
    first = sorted(tmp_path.glob("*-of-*.safetensors"))[0]
    first.unlink()
    check_refused(tmp_path, "incomplete", first.name, "is missing")
    (tmp_path / "model.safetensors.index.json").write_text("{}")
    check_refused(tmp_path, "not a JSON index of weights")


@pytest.mark.parametrize("head", ["speech", 3, object(), []])
def test_no_such_head(head, saved):
    with pytest.raises(ValueError, match="from_huggingface: `head` must be one of"):
        from_huggingface(saved("group")[1], head)


@pytest.mark.parametrize("value", ["nonsense", -1, [], {}, float("nan"), [512, 0], [None]])
@pytest.mark.parametrize(
    "key", ["hidden_size", "conv_dim", "conv_stride", "do_stable_layer_norm", "hidden_dropout"]
)
def test_a_configuration_of_anything(key, value):
    with pytest.raises(ValueError, match=f"Wav2Vec2Config: `{key}` must be"):
        Wav2Vec2Config.from_json({**Wav2Vec2Config().to_json(), key: value})
