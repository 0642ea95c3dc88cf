"""Habits of users: relative folders, typing errors, full disks, old models."""

import json
import os
import resource
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_corpus import write_class_folders, write_corpus

from kapre_like.models.artifact.registry import names
from kapre_like.models.cli import examples, parsing
from kapre_like.models.cli.main import _COMMANDS, main

LEVEL = "fake_family:Level"
FAST = ["--model", LEVEL]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def model(corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("model") / "m"
    assert main(["train", str(corpus), *FAST, "--out", str(out)]) == 0
    return out


def run(capsys, *arguments):
    """Exit code, lines of stdout, lines of stderr."""
    capsys.readouterr()
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return code, out.splitlines(), err.splitlines()


def program(*arguments, **options):
    """The command line in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment |= options.pop("env", {})
    command = [sys.executable, "-P", "-m", "kapre_like", *map(str, arguments)]
    options = {"stdout": subprocess.PIPE, **options}
    return subprocess.run(
        command, stderr=subprocess.PIPE, text=True, env=environment, **options
    )


@pytest.mark.parametrize("typed", ["data/two", "data/two/", "./data/two", "data/../data/two"])
def test_a_relative_folder_starts_at_the_working_folder(typed, capsys, tmp_path, monkeypatch):
    write_class_folders(tmp_path / "data" / "two")
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "train", typed, *FAST, "--out", "m")[0] == 0
    assert run(capsys, "evaluate", "m", typed)[0] == 0


def test_so_it_does_in_compare_and_inside_the_folder(capsys, tmp_path, monkeypatch):
    folder = write_class_folders(tmp_path / "data" / "two")
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "compare", "data/two", "--models", LEVEL, "--out", "c")
    assert code == 0, err
    monkeypatch.chdir(folder)
    assert run(capsys, "train", ".", *FAST, "--out", "../m")[0] == 0


@pytest.mark.parametrize(
    ("command", "rate", "words"),
    [
        (["train", "DATA", *FAST], "5", "from 500 to 1000000 (Hz)"),
        (["train", "DATA", *FAST], "16", "Use Hz: 16000 for 16 kHz"),
        (["train", "DATA", *FAST], "2000000", "(Hz)"),
        (["compare", "DATA", "--models", LEVEL], "5", "(Hz)"),
        (["pretrain", "DATA"], "5", "(Hz)"),
        (["export", "MODEL"], "5", "(Hz)"),
    ],
)
def test_a_sample_rate_that_no_sound_has_is_refused(
    command, rate, words, corpus, model, capsys, tmp_path
):
    named = {"DATA": corpus, "MODEL": model}
    typed = [named.get(word, word) for word in command]
    code, _, err = run(capsys, *typed, "--sample-rate", rate, "--out", tmp_path / "x")
    assert (code, len(err)) == (2, 1)
    assert f"sample_rate={rate}" in err[0]
    assert words in err[0]


@pytest.mark.parametrize(
    "command",
    [
        ["train", "DATA", "--model", "wav2vec2", "--set", "checkpoint=no/such"],
        ["train", "DATA", "--model", "probe", "--set", "backbone=no/such"],
        ["pretrain", "DATA", "--set", "checkpoint=no/such"],
        ["train", "DATA", "--model", "wav2vec2", "--set", "checkpoint=./no/such"],
        ["predict", "no/such", "a.wav"],
    ],
)
def test_a_missing_checkpoint_is_a_one_line_error_within_seconds(command, corpus, tmp_path):
    typed = [str(corpus) if word == "DATA" else word for word in command]
    if command[0] != "predict":
        typed += ["--out", str(tmp_path / "x")]
    # No packet to this address is answered, or the system refuses it at once.
    nowhere = {"HF_ENDPOINT": "http://10.255.255.1", "HF_HOME": str(tmp_path)}
    began, before = time.perf_counter(), os.times()
    done = program(*typed, env=nowhere)
    seconds, after = time.perf_counter() - began, os.times()
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "no/such" in done.stderr
    # Its own work, mostly reading labels to infer the task, is below 2 s; a busy machine waits
    # longer, but not the 25 s for which huggingface_hub tries.
    assert after.children_user - before.children_user < 2.0
    assert seconds < 10


def test_an_old_model_is_overwritten_only_with_the_flag(corpus, capsys, tmp_path, monkeypatch):
    out = tmp_path / "m"
    typed = ["train", corpus, *FAST, "--out", out]
    assert run(capsys, *typed)[0] == 0
    before = (out / "recipe.json").read_bytes()
    code, _, err = run(capsys, *typed, "--seed", "3")
    assert (code, len(err)) == (2, 1)
    assert "--overwrite" in err[0]
    assert (out / "recipe.json").read_bytes() == before
    assert run(capsys, *typed, "--seed", "3", "--overwrite")[0] == 0
    assert json.loads((out / "recipe.json").read_text())["seed"] == 3
    # A run that was killed left no model: the same command continues it.
    monkeypatch.setenv("FAKE_FAMILY", "fails")
    other = ["train", corpus, *FAST, "--out", tmp_path / "other"]
    assert run(capsys, *other)[0] == 2
    monkeypatch.delenv("FAKE_FAMILY")
    assert run(capsys, *other)[0] == 0


def test_an_old_comparison_is_overwritten_only_with_the_flag(corpus, capsys, tmp_path):
    (tmp_path / "compare.json").write_text("{}")
    typed = ["compare", corpus, "--models", LEVEL, "--out", tmp_path]
    code, _, err = run(capsys, *typed)
    assert (code, len(err)) == (2, 1)
    assert "contains a comparison. Replace it with --overwrite" in err[0]
    assert run(capsys, *typed, "--overwrite")[0] == 0


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["train", "d", "--out", "x", "--modle", "a"], "is --model meant? (see kapre-like"),
        (["predict", "m", "a.wav", "--cvs"], "(see kapre-like predict --help)"),
        (["show", "a.wav", "b.wav", "--out", "x"], "arguments: b.wav (see kapre-like show"),
        (["evaluate", "m"], "(see kapre-like evaluate --help)"),
        (["families", "--jsn"], "is --json meant? (see kapre-like families --help)"),
    ],
)  # fmt: skip
def test_a_wrong_flag_points_to_the_help_of_its_command(typed, words, capsys):
    code, out, err = run(capsys, *typed)
    assert (code, out, len(err)) == (2, [], 1)
    assert words in err[0]


def test_files_may_come_before_and_after_a_flag(model, corpus, capsys):
    first, last = (corpus.parent / f"{name}_0_0.flac" for name in ("low", "high"))
    code, out, err = run(capsys, "predict", model, first, "--json", last)
    assert (code, err) == (0, [])
    assert [json.loads(line)["label"] for line in out] == ["low", "high"]


def test_every_help_ends_with_examples_that_parse(capsys):
    assert set(examples.EXAMPLES) == set(_COMMANDS)
    for name, lines in examples.EXAMPLES.items():
        code, out, _ = run(capsys, name, "--help")
        assert code == 0
        shown = [line.strip() for line in out[-len(lines) :]]
        assert shown == list(lines)
        for line in lines:
            program_name, *words = shlex.split(line)
            assert program_name == "kapre-like"
            assert parsing.parse(_COMMANDS, words).command.prog == f"kapre-like {name}"
    assert run(capsys, "--help")[1][-1].strip() == examples.EXAMPLES["predict"][-1]


def test_python_dash_m_kapre_like_is_the_command_line(corpus, model):
    done = program("predict", model, corpus.parent / "low_0_0.flac")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\t")[1] == "low"
    assert program("--version").stdout.startswith("kapre-like ")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("kapre-like pre", {"predict ", "pretrain "}),
        ("kapre-like train x --overw", {"--overwrite "}),
        ("kapre-like train x --model ", {*names()}),
        ("kapre-like export m --format ", {"savedmodel", "litert", "onnx", "openvino"}),
    ],
)
def test_a_shell_completes_words_flags_and_families(line, offered, tmp_path):
    pytest.importorskip("argcomplete")
    found = tmp_path / "found"
    asked = {
        "_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line,
        "COMP_POINT": str(len(line)), "_ARGCOMPLETE_STDOUT_FILENAME": str(found),
    }  # fmt: skip
    program(env=asked)
    assert {word.strip() for word in offered} <= {
        word.strip() for word in found.read_text().splitlines()
    }


@pytest.mark.parametrize(
    ("name", "start"),
    [("x.pdf", b"%PDF"), ("x.svg", b"<?xml"), ("X.PNG", b"\x89PNG"), ("x", b"\x89PNG")],
)  # fmt: skip
def test_show_writes_the_format_of_the_suffix(name, start, corpus, capsys, tmp_path):
    file = corpus.parent / "low_0_0.flac"
    assert run(capsys, "show", file, "--out", tmp_path / name)[0] == 0
    assert (tmp_path / name).read_bytes().startswith(start)


def test_show_refuses_a_suffix_that_is_no_picture(corpus, capsys, tmp_path):
    file = corpus.parent / "low_0_0.flac"
    code, _, err = run(capsys, "show", file, "--out", tmp_path / "x.docx")
    assert (code, len(err)) == (2, 1)
    assert ".docx. Use one of: .png, .pdf, .svg" in err[0]
    assert list(tmp_path.iterdir()) == []


def small_files():
    """As on a full disk: no file of this process grows beyond a few bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))


@pytest.mark.parametrize(
    "command",
    [
        ["train", "DATA", *FAST, "--out", "OUT/m"],
        ["train", "DATA", "--model", "boosted", "--set", "max_trees=2", "--out", "OUT/m"],
        ["compare", "DATA", "--models", LEVEL, "--out", "OUT/c"],
        ["show", "FILE", "--out", "OUT/x.png"],
        ["evaluate", "MODEL", "DATA", "--json", "OUT/e.json"],
    ],
)
def test_a_full_disk_is_one_line(command, corpus, model, tmp_path):
    named = {"DATA": str(corpus), "MODEL": str(model)}
    named["FILE"] = str(corpus.parent / "low_0_0.flac")
    typed = [named.get(word, word).replace("OUT", str(tmp_path)) for word in command]
    done = program(*typed, preexec_fn=small_files, env={"PYTHONDONTWRITEBYTECODE": "1"})
    lines = done.stderr.splitlines()
    progress = (
        "task: ",
        "reading ",
        "training ",
        "calibrated on ",
        "computing ",
        "tree ",
        "epoch ",
        "the model was ",
        "2 trees",
        "max_trees=2 ended ",
    )
    last = [line for line in lines if not line.startswith(progress)]
    assert done.returncode == 2, done.stderr
    assert len(last) == 1, done.stderr
    assert "disk is full" in last[0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_behind_stdout_is_one_line(corpus, model):
    with Path("/dev/full").open("w") as full:
        done = program("predict", model, corpus.parent / "low_0_0.flac", stdout=full)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert "disk is full" in done.stderr
