"""The command line: its words, its two streams, its exit codes, and what it does not import."""

import json
import os
import subprocess
import sys

import pytest
from small_corpus import write_corpus

from kapre_like.models.cli.main import main

LEVEL = "fake_family:Level"
TRAIN = ["train", "DATA", "--model", LEVEL]
# What no command may import before it needs it.
HEAVY = ["tensorflow", "keras", "torch", "jax", "sklearn", "matplotlib", "jinja2", "catboost"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    return write_corpus(folder, splits=["train"] * 3 + ["valid", "test", "test"])


@pytest.fixture(scope="module")
def model(corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("model") / "m"
    assert main(["train", str(corpus), "--model", LEVEL, "--out", str(out)]) == 0
    return str(out)


def run(capsys, *arguments):
    """Exit code, lines of stdout, lines of stderr."""
    capsys.readouterr()
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return code, out.splitlines(), err.splitlines()


def shell(*arguments):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-P", "-m", "kapre_like.models.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_predict_writes_path_label_and_probability(model, corpus, capsys):
    file = corpus.parent / "low_0_0.flac"
    code, out, err = run(capsys, "predict", model, file)
    path, label, probability = out[0].split("\t")
    assert (code, path, label, err) == (0, str(file), "low", [])
    assert 0.5 < float(probability) <= 1.0


def test_predict_writes_one_json_object_per_line(model, corpus, capsys):
    files = [corpus.parent / name for name in ("low_0_0.flac", "high_1_0.flac")]
    code, out, _ = run(capsys, "predict", model, *files, "--json")
    records = [json.loads(line) for line in out]
    assert code == 0
    assert [record["label"] for record in records] == ["low", "high"]
    facts = {"path", "label", "probability", "probabilities", "confident"}
    assert set(records[0]) == facts
    assert sum(records[0]["probabilities"].values()) == pytest.approx(1.0)


def test_each_bad_file_among_good_ones_is_one_line(model, corpus, capsys, tmp_path):
    (tmp_path / "empty.wav").write_bytes(b"")
    good = corpus.parent / "high_0_0.flac"
    code, out, err = run(capsys, "predict", model, "nope.wav", good, tmp_path / "empty.wav")
    assert code == 2
    assert [line.split("\t")[1] for line in out] == ["high"]
    assert [line.split(":")[0] for line in err] == ["nope.wav", str(tmp_path / "empty.wav")]


def test_evaluate_prints_a_table_and_writes_json(model, corpus, capsys, tmp_path):
    code, out, err = run(capsys, "evaluate", model, corpus, "--json", tmp_path / "e.json")
    assert code == 0
    assert out[1].split()[:2] == ["8", "clips"]
    first = [line.split("  ")[0] for line in out]
    assert first[3:6] == ["accuracy", "balanced accuracy", "macro F1"]
    assert "calibration error (ECE)" in first
    assert "the model was trained on 0 of these 8 clips" in err
    got = json.loads((tmp_path / "e.json").read_text())
    assert {"accuracy", "balanced_accuracy", "macro_f1", "n"} <= set(got)


def test_show_draws_a_picture(corpus, capsys, tmp_path):
    code, _, err = run(
        capsys, "show", corpus.parent / "low_0_0.flac", "--out", tmp_path / "a.png"
    )
    assert (code, err) == (0, [f"wrote {tmp_path / 'a.png'}"])
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["evaluate", "MODEL", "DATA", "--split", "valid"], "invalid choice: 'valid'"),
        (["train", "DATA"], "required: --out"),
        (["train", "DATA", "--model", "svm", "--out", "x"], "probe, vgg, wav2vec2"),
        ([*TRAIN, "--group-column", "who", "--out", "x"], "has no column 'who'"),
        ([*TRAIN, "--out", "DATA"], "is a file"),
        (["compare", "DATA", "--folds", "many", "--out", "x"], "must be a number or leave-one"),
        (["compare", "DATA", "--folds", "99", "--models", LEVEL, "--out", "x"], "99 groups"),
        (["compare", "DATA", "--models", f"{LEVEL},{LEVEL}", "--out", "x"], "different names"),
        (["compare", "DATA", "--models", LEVEL, "--margin", "-1", "--out", "x"], "`margin`"),
        (["predict", "nowhere", "a.wav"], "nowhere: no such file or folder"),
        (["export", "MODEL", "--out", "MODEL"], "Name another folder"),
        (["show", "nope.wav", "--out", "x.png"], "nope.wav: no such file"),
        (["show", "FILE", "--out", "no/where/x.png"], "no/where"),
        (["evaluate", "MODEL", "DATA", "--json", "no/where/e.json"], "no/where"),
        ([], "required: COMMAND"),
        (["teach"], "invalid choice: 'teach'"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments, words, model, corpus, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    named = {"MODEL": model, "DATA": corpus, "FILE": corpus.parent / "low_0_0.flac"}
    code, out, err = run(capsys, *(named.get(word, word) for word in arguments))
    assert code == 2
    assert words in err[-1]
    # Lines before it can only be progress.
    assert all(
        line.startswith(("task: ", "reading ", "the model was ")) for line in err[:-1]
    ), err
    assert out == [] or arguments[0] == "evaluate"
    assert not (tmp_path / "x").exists()


def test_an_interrupt_ends_with_130(model, corpus, capsys, monkeypatch):
    from kapre_like.models.artifact import opening as module

    monkeypatch.setattr(
        module, "load_predictor", lambda _: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    code, _, err = run(capsys, "predict", model, corpus.parent / "low_0_0.flac")
    assert (code, err) == (130, ["interrupted"])


def test_a_warning_of_the_library_is_one_line_and_of_others_none(
    model, corpus, capsys, tmp_path
):
    rows = corpus.read_text().replace("s5,test", "s0,test")
    leaking = corpus.with_name("leaking.csv")
    leaking.write_text(rows)
    code, _, err = run(capsys, "evaluate", model, leaking)
    notes = [line for line in err if line.startswith("note: ")]
    assert code == 0
    assert len(notes) == 1
    assert "more than one of train, valid and test" in notes[0]


def test_the_command_line_starts_without_anything_heavy():
    code = (
        "import sys\nfrom kapre_like.models.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print(sorted(set({[*HEAVY, 'numpy', 'pandas']!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_predict_imports_only_what_its_family_does(model, corpus):
    file = str(corpus.parent / "low_0_0.flac")
    code = (
        "import sys\nfrom kapre_like.models.cli.main import main\n"
        f"assert main(['predict', {model!r}, {file!r}]) == 0\n"
        f"print(sorted(set({[*HEAVY, 'pandas']!r}) & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_the_installed_program_answers(model, corpus):
    done = shell("predict", model, corpus.parent / "low_0_0.flac", "nope.wav")
    assert done.returncode == 2
    assert done.stdout.count("\n") == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_error(model, corpus):
    files = [str(corpus.parent / "low_0_0.flac")] * 200
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [
        sys.executable,
        "-P",
        "-m",
        "kapre_like.models.cli",
        "predict",
        model,
        *files,
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0
