"""`train` on ten thousand files, one in a hundred of them broken.

The fast test takes 400; memory is measured by the slow one.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from small_corpus import PITCHES, RATE, tone

PROGRAM = """
import json, resource, sys, warnings
from kapre_like.models.experiment import train
data, out, model, result = sys.argv[1:]
recipe = train(data, model=model, out=out, sample_rate=8000, on_error="skip")
json.dump({
    "skipped": recipe["skipped"],
    "problems": recipe["problems"],
    "n": recipe["trained_on"]["n"] + recipe["validated_on"]["n"],
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}, open(result, "w"))
"""


def write(folder, count):
    """Files in two class folders; returns paths that cannot be read, and those cut short."""
    bad, cut = set(), set()
    for number in range(count):
        name = ("low", "high")[number % 2]
        path = folder / name / f"{number:05}.{('wav', 'flac')[number // 2 % 2]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, tone(PITCHES[name], 0.2, seed=number), RATE)
        # What is cut is a WAV file (5): so short a FLAC file (7) is a single frame.
        how = number // 100 % 4
        if number % 100 == (5 if how == 0 else 7):
            (bad if how else cut).add(str(path))
            _break(path, how)
    return bad, cut


def _break(path, how):
    whole = path.read_bytes()
    if how == 0:
        path.write_bytes(whole[: len(whole) * 2 // 3])
    elif how == 1:
        path.write_bytes(bytes(np.random.default_rng(0).bytes(12)) + whole[40:])
    elif how == 2:
        path.write_bytes(b"")
    else:  # another file under a sound's name
        path.write_text(json.dumps({"no": "sound"}))


def run(tmp_path, count, model):
    """Trains in a process of its own; returns its log and the expected log."""
    bad, cut = write(tmp_path / "data", count)
    out = tmp_path / "result.json"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = [tmp_path / "data", tmp_path / "model", model, out]
    subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, *map(str, arguments)], check=True, env=environment
    )
    found = json.loads(out.read_text())
    assert {entry["path"] for entry in found["skipped"]} == bad
    assert {entry["path"] for entry in found["problems"]} == cut
    assert all(entry["problem"].startswith("cut short: ") for entry in found["problems"])
    assert found["n"] == count - len(bad)
    return found["peak_mb"]


def test_all_good_files_are_used_and_all_bad_ones_listed(tmp_path):
    run(tmp_path, 400, "fake_family:Level")


@pytest.mark.slow
def test_ten_thousand_files_take_the_memory_of_a_thousand(tmp_path):
    few = run(tmp_path / "few", 1000, "fake_family:Level")
    many = run(tmp_path / "many", 10_000, "fake_family:Level")
    print(f"peak memory: {few:.0f} MB of 1,000 files, {many:.0f} MB of 10,000")  # noqa: T201
    # 9,000 more rows of a table: paths, digests, texts.
    assert many < few + 40
