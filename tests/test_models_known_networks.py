"""`kapre-like weights`: the known networks, and which of them are on this machine."""

import json

import numpy as np
import pytest

from kapre_like.models.cli.main import main
from kapre_like.models.embeddings.known import about, known_networks, lines
from kapre_like.models.embeddings.networks import open_network
from kapre_like.models.pretrained.preset import check_digest, on_this_machine, require_weights
from kapre_like.models.pretrained.presets import PRESETS
from kapre_like.models.wav2vec2.config.presets import PUBLISHED


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of weights and a cache of the hub that are empty."""
    monkeypatch.setenv("KAPRE_LIKE_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "weights").mkdir()
    return tmp_path / "weights"


def test_every_network_is_listed_with_its_facts():
    found = {known.name: known for known in known_networks()}
    assert set(found) == {*PRESETS, *PUBLISHED}
    assert list(found) == sorted(found)
    for known in found.values():
        assert known.trained_on
        assert known.license
        assert known.source
        assert known.n_parameters > 100_000
        assert known.sample_rate in (16000, 32000)


def test_a_file_in_the_folder_of_weights_is_found_and_its_content_checked(folder):
    yamnet = PRESETS["yamnet"]
    assert on_this_machine(yamnet) is None
    (folder / "yamnet.tflite").write_bytes(b"something else")
    assert on_this_machine(yamnet) == folder / "yamnet.tflite"
    note = check_digest(folder / "yamnet.tflite", yamnet)
    assert "is not the published file of yamnet: its SHA-256 is" in note
    (known,) = (one for one in known_networks() if one.name == "yamnet")
    assert (known.path, known.note) == (folder / "yamnet.tflite", note)
    text = "\n".join(lines([known]))
    assert f"on this machine: {folder / 'yamnet.tflite'}" in text
    assert f"note: {note}" in text
    # Nothing is known of the content of other files.
    (folder / "yamnet.h5").write_bytes(b"")
    assert check_digest(folder / "yamnet.h5", yamnet) == ""


def test_the_line_on_missing_weights_has_their_source():
    with pytest.raises(ValueError, match=r"storage\.googleapis\.com") as caught:
        open_network("probe", "yamnet")
    message = str(caught.value)
    start = "probe: found no weights of yamnet on this machine. Get yamnet.h5"
    assert message.startswith(start)
    assert "\n" not in message
    with pytest.raises(ValueError, match=r"`weights` must be an existing path"):
        require_weights("probe", PRESETS["yamnet"], "nowhere.h5")


def test_random_weights_are_logged():
    frozen = open_network("probe", "yamnet", weights="random")
    assert frozen.is_random
    assert frozen.notes == ("yamnet has random weights; it is not a pretrained model",)
    assert not frozen.about


def test_the_command_prints_the_list(capsys):
    assert main(["weights", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {one["name"] for one in found} == {*PRESETS, *PUBLISHED}
    assert main(["weights"]) == 0
    text = capsys.readouterr().out
    assert "yamnet: depthwise separable 3x3 convolutions" in text
    assert "  license: Apache-2.0\n" in text
    assert "not on this machine; get yamnet.h5 (storage.googleapis.com" in text


def test_the_sentence_for_reports():
    shown = about("net", "birds", "MIT")
    assert shown == "net was trained on birds; license of its weights: MIT"


def test_clips_shorter_than_a_patch_are_padded_with_a_note(tmp_path):
    import soundfile

    from kapre_like.models.embeddings import embedding_table

    pytest.importorskip("tensorflow")
    files = []
    for number, seconds in enumerate((0.5, 0.9, 1.2)):
        path = tmp_path / f"{number}.wav"
        soundfile.write(
            path, np.random.default_rng(number).normal(0, 0.1, int(16000 * seconds)), 16000
        )
        files.append(path)
    shown = []
    network = open_network("test", "yamnet", weights="random")
    embedding_table(files, network, cache=False, log=shown.append)
    text = "2 of 3 clips are shorter than the network's patch of 0.975 s, and are padded"
    assert f"{text} with zeros" in shown
