"""The command `lm`: a language model of text files and manifests."""

import pytest

from kapre_like.models.cli.main import main
from kapre_like.models.text import LanguageModel


@pytest.fixture
def sentences(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("\ufeffHello, World!\n\nhello there\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("It is 42 o'clock\n", encoding="utf-8")
    (tmp_path / "c.csv").write_text("path,text\na.wav,Hello you\nb.wav,\n", encoding="utf-8")
    return tmp_path


def lm(capsys, *words):
    code = main(["lm", *words])
    return code, capsys.readouterr().err.splitlines()


def test_text_files_become_a_model(sentences, capsys):
    code, err = lm(capsys, "a.txt", "b.txt", "--order", "2", "--out", "m.arpa")
    assert (code, len(err)) == (0, 1)
    assert "wrote m.arpa: order 2, 7 different words of 8 in 3 texts" in err[0]
    model = LanguageModel.from_arpa("m.arpa")
    assert model.order == 2
    assert model.words == {"hello", "world", "there", "it", "is", "42", "o'clock"}


def test_the_rule_of_the_texts_can_be_chosen(sentences, capsys):
    options = ["--case", "upper", "--punctuation", "keep", "--numbers", "words"]
    assert lm(capsys, "a.txt", "b.txt", *options, "--out", "m.arpa.gz")[0] == 0
    model = LanguageModel.from_arpa("m.arpa.gz")
    assert model.order == 3
    assert {"HELLO,", "WORLD!", "FORTY", "TWO"} <= model.words


def test_a_column_of_a_manifest_is_a_text_too(sentences, capsys):
    assert lm(capsys, "c.csv", "--text-column", "text", "--out", "m.arpa")[0] == 0
    assert LanguageModel.from_arpa("m.arpa").words == {"hello", "you"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["c.csv"], "c.csv: is a manifest. Choose its column with --text-column."),
        (["c.csv", "--text-column", "x"], "c.csv: has no column 'x'. It has: path, text."),
        (["none.txt"], "none.txt: no such file."),
        (["bad.txt"], "bad.txt: line 2 is not UTF-8."),
        (["empty.txt"], "empty.txt: no words are left by TextRule("),
        (["a.txt", "--order", "0"], "`order` must be an int > 0"),
        (["a.txt", "--out", "no/m.arpa"], "no/m.arpa: its folder does not exist."),
    ],
)
def test_bad_input_is_one_line(sentences, capsys, words, line):
    (sentences / "bad.txt").write_bytes(b"good\n\xff\xfe\n")
    (sentences / "empty.txt").write_text("\n ?!\n")
    out = [] if "--out" in words else ["--out", "m.arpa"]
    code, err = lm(capsys, *words, *out)
    assert (code, len(err)) == (2, 1)
    assert line in err[0]
    assert not (sentences / "m.arpa").exists()
