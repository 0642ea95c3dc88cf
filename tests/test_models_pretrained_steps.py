"""The steps of a new user: folders, a probe on a pretrained network, export, predict."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("tensorflow")
if find_spec("pyopen_wakeword") is None:
    pytest.skip("pyopen-wakeword is not installed", allow_module_level=True)
pytest.importorskip("ai_edge_litert.interpreter")

import kapre_like
from kapre_like.models.cli.main import main

RATE = 16000
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "predict_savedmodel.py"


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Two folders of clips of 0.2 to 0.7 s: tones that rise, and tones that fall."""
    folder = tmp_path_factory.mktemp("recordings")
    rng = np.random.default_rng(0)
    for label, sign in (("fall", -1), ("rise", 1)):
        (folder / label).mkdir()
        for number in range(8):
            t = np.arange(int(RATE * rng.uniform(0.2, 0.7))) / RATE
            sweep = 900 + rng.uniform(-100, 100) + sign * 500 * (t / t[-1] - 0.5)
            wave = 0.3 * np.sin(2 * np.pi * np.cumsum(sweep) / RATE)
            soundfile.write(folder / label / f"{number}.wav", wave, RATE)
    return folder


def labels_of(words):
    """Labels that a program prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-P", *words], capture_output=True, text=True, check=True
    )
    return [line.split()[1] for line in done.stdout.splitlines()]


@pytest.mark.slow  # trains, exports and opens the file in processes of their own
def test_from_folders_to_a_program_without_this_library(recordings, tmp_path, capsys):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAPRE_LIKE_CACHE", str(tmp_path / "cache"))
        patch.setenv("KAPRE_LIKE_WEIGHTS", str(tmp_path / "weights"))
        words = ["--set", "backbone=speech_embedding", "--set", "layer=last"]
        words += ["--set", "head=linear", "--out", str(tmp_path / "model")]
        assert main(["train", str(recordings), "--model", "probe", *words]) == 0
    settings = kapre_like.metadata(tmp_path / "model")["recipe"]["settings"]
    assert settings["backbone"] == "speech_embedding"
    assert settings["weights_digest"]
    (note,) = settings["notes"]
    assert "speech_embedding was trained on speech of YouTube videos" in note
    assert "license of its weights: disputed" in note
    files = [str(recordings / label / "0.wav") for label in ("fall", "rise")]
    predict = ["-m", "kapre_like", "predict", str(tmp_path / "model"), *files]
    assert labels_of(predict) == ["fall", "rise"]
    served = tmp_path / "served"
    arguments = ["export", str(tmp_path / "model"), "--format", "savedmodel"]
    assert main([*arguments, "--out", str(served)]) == 0
    capsys.readouterr()
    assert labels_of([str(EXAMPLE), str(served), *files]) == ["fall", "rise"]
