"""An interrupted comparison is resumed: finished trainings are not repeated."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from small_corpus import write_corpus

from kapre_like.models import compare
from kapre_like.models.experiment import report, worker
from kapre_like.models.experiment import trainings as trainings_module
from kapre_like.models.experiment.clip_rows import to_json
from kapre_like.models.experiment.metrics import for_json

BOTH = ["fake_family:Guess", "fake_family:Level"]


@pytest.fixture(autouse=True)
def _workers_find_the_family(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))
    monkeypatch.delenv("FAKE_FAMILY", raising=False)


@pytest.fixture
def corpus(tmp_path):
    return write_corpus(tmp_path / "corpus")


@pytest.fixture
def trained(monkeypatch):
    """Which models were trained, in order, in this process, which is faster.

    A model is interrupted at the given place.
    """
    made = []

    def run(alias, stage, recipe, out, log, **_):
        made.append(f"{alias} {out.name}")
        if os.environ.get("INTERRUPT") == alias:
            raise KeyboardInterrupt
        tables = {name: to_json(getattr(stage, name)) for name in stage._fields[1:]}
        task = {**tables, "recipe": recipe, "out": str(out), "measure": False}
        result = for_json(worker.run(task, log))
        # Timing predictions takes longer than all else here.
        times = {"read_ms": 1.0, "compute_ms": 1.0}
        return {**result, "latency_ms": {"batch_1": times, "batch_32": times}}

    monkeypatch.setattr(trainings_module, "launch", run)
    module = sys.modules["kapre_like.models.experiment.compare"]
    monkeypatch.setattr(module, "cold_seconds", lambda *_: None, raising=False)
    monkeypatch.setattr(report, "write_report", no_report)
    return made


def no_report(*_, **__):
    raise ImportError("not drawn here")


def interrupted(corpus, out, monkeypatch, **arguments):
    monkeypatch.setenv("INTERRUPT", "Level")
    with pytest.raises(KeyboardInterrupt):
        compare(corpus, models=BOTH, out=out, **arguments)
    monkeypatch.delenv("INTERRUPT")


def test_a_model_that_was_trained_is_not_trained_again(corpus, tmp_path, trained, monkeypatch):
    out, lines = tmp_path / "c", []
    interrupted(corpus, out, monkeypatch)
    assert (out / ".comparing").is_dir()
    result = compare(corpus, models=BOTH, out=out, log=lines.append)
    assert trained == ["Guess Guess", "Level Level", "Level Level"]
    assert "Guess: trained before the interruption (test)" in lines
    assert not (out / ".comparing").exists()
    names = sorted(path.name for path in out.iterdir())
    assert names == ["Guess", "Level", "compare.json", "predictions.csv"]
    assert result["models"]["Level"]["metrics"]["accuracy"] == 1.0
    whole = compare(corpus, models=BOTH, out=tmp_path / "whole")
    for name in ("Guess", "Level"):
        assert result["models"][name]["metrics"] == whole["models"][name]["metrics"]


def test_folds_go_on_one_by_one(corpus, tmp_path, trained, monkeypatch):
    interrupted(corpus, tmp_path / "c", monkeypatch, folds=2)
    compare(corpus, models=BOTH, out=tmp_path / "c", folds=2)
    folds = [f"{name} fold-{number}" for name in ("Guess", "Level") for number in (1, 2)]
    assert trained == [*folds[:3], *folds[2:]]


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"minutes": 9.0}, {"settings": {"kind": "median"}}, "data"]
)
def test_other_settings_and_other_data_begin_anew(
    corpus, tmp_path, trained, monkeypatch, change
):
    interrupted(corpus, tmp_path / "c", monkeypatch)
    if change == "data":
        # Another sound of the same name and length in the place of a training clip.
        shutil.copy(corpus.parent / "low_0_0.flac", corpus.parent / "low_1_0.flac")
        change = {}
    compare(corpus, models=BOTH, out=tmp_path / "c", **change)
    assert trained == ["Guess Guess", "Level Level", "Guess Guess", "Level Level"]


def test_a_result_without_its_model_is_trained_again(corpus, tmp_path, trained, monkeypatch):
    interrupted(corpus, tmp_path / "c", monkeypatch)
    shutil.rmtree(tmp_path / "c" / "Guess")
    compare(corpus, models=BOTH, out=tmp_path / "c")
    assert trained.count("Guess Guess") == 2


def test_a_broken_note_is_no_obstacle(corpus, tmp_path, trained, monkeypatch):
    interrupted(corpus, tmp_path / "c", monkeypatch)
    for path in (tmp_path / "c" / ".comparing").glob("*.json"):
        path.write_text("{")
    compare(corpus, models=BOTH, out=tmp_path / "c")
    assert trained.count("Guess Guess") == 2


def test_an_error_that_the_user_must_mend_leaves_nothing_behind(corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_FAMILY", "fails")
    with pytest.raises(ValueError, match="the loss is NaN"):
        compare(corpus, models=BOTH[:1], out=tmp_path / "c")
    assert not (tmp_path / "c" / ".comparing").exists()


COMPARE = """
import sys
from kapre_like.models import compare
compare(sys.argv[1], models=["fake_family:Guess", "fake_family:Level"], out=sys.argv[2],
        log=lambda line: print(line, flush=True))
"""


@pytest.mark.slow
def test_a_comparison_killed_with_its_worker_at_work_goes_on(corpus, tmp_path):
    out = tmp_path / "c"
    command = [sys.executable, "-P", "-c", COMPARE, str(corpus), str(out)]
    places = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    with subprocess.Popen(command, env=places, stdout=subprocess.PIPE, text=True) as killed:
        for line in killed.stdout:
            if line.startswith("judging fake_family:Level"):
                break
        (orphan,) = children(killed.pid)
        killed.send_signal(signal.SIGKILL)
    assert killed.returncode == -9
    # It would go on writing into the folder where the next one trains.
    until = time.monotonic() + 10
    while time.monotonic() < until and alive(orphan):
        time.sleep(0.05)
    assert not alive(orphan)
    done = subprocess.run(command, env=places, capture_output=True, text=True, check=True)
    assert "Guess: trained before the interruption" in done.stdout
    assert "training fake_family:Guess" not in done.stdout
    assert "training fake_family:Level" in done.stdout
    assert not (out / ".comparing").exists()
    notes = json.loads((out / "compare.json").read_text())["models"]["Level"]["notes"]
    assert any("was interrupted" in note for note in notes)


def children(pid):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True)
    return [int(word) for word in found.stdout.split()]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True).stdout
    return not state.strip().startswith(b"Z")
