"""`audio.manifest_file`: CSV and Parquet give the same text; damage gives one line."""

import contextlib
import subprocess
import sys

import pandas as pd
import pytest

from kapre_like.audio.manifest_file import read_manifest

TEXT = 'path,label\na.wav,0\n"b, c.wav",NA\nü.wav,\n'
CELLS = [["a.wav", "0"], ["b, c.wav", "NA"], ["ü.wav", ""]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_cells_stay_text(tmp_path, encoding):
    file = tmp_path / "m.csv"
    file.write_text(TEXT, encoding)
    table = read_manifest(file)
    assert list(table.columns) == ["path", "label"]
    assert table.to_numpy().tolist() == CELLS


def test_tsv_and_parquet_give_the_same(tmp_path):
    pytest.importorskip("pyarrow")
    table = pd.DataFrame(CELLS, columns=["path", "label"])
    table.to_csv(tmp_path / "m.tsv", sep="\t", index=False)
    table.to_parquet(tmp_path / "m.parquet")
    for name in ("m.tsv", "m.parquet"):
        assert read_manifest(tmp_path / name).to_numpy().tolist() == CELLS


def test_parquet_numbers_become_their_text_and_nulls_nothing(tmp_path):
    pytest.importorskip("pyarrow")
    table = pd.DataFrame({"path": ["a", "b"], "label": [0, 10], "start": [0.5, None]})
    table.to_parquet(tmp_path / "m.parquet")
    got = read_manifest(tmp_path / "m.parquet")
    assert got.to_numpy().tolist() == [["a", "0", "0.5"], ["b", "10", ""]]


def test_parquet_without_pyarrow_names_the_extra(tmp_path):
    file = tmp_path / "m.parquet"
    file.touch()
    code = (
        "import sys, pathlib; sys.modules['pyarrow'] = None\n"
        "from kapre_like.audio.manifest_file import read_manifest\n"
        f"read_manifest(pathlib.Path({str(file)!r}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ImportError: " in run.stderr
    assert "pip install 'kapre-like[parquet]'" in run.stderr


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("m.csv", b"", "is empty"),
        ("m.csv", b"path,label\n", "no rows"),
        ("m.csv", b"path,label\na.wav,\x81\n", "is not text"),
        ("m.csv", b"path,label\na.wav,\x00\n", "is not text"),
        ("m.csv", b"\xff\xfep\x00a", "is not text"),
        ("m.csv", b'path,label\n"a.wav,1\n', "cannot be read as a table"),
        ("m.csv", b"path,label\na.wav,1,2\nb.wav,1,2\n", "cannot be read as a table"),
        ("m.parquet", b"no parquet", "cannot be read as a table"),
        ("m.json", b"{}", "is not a data set"),
    ],
)
def test_damage_gives_one_line(tmp_path, name, content, message):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name}: .*{message}") as caught:
        read_manifest(tmp_path / name)
    assert "\n" not in str(caught.value)


ROWS = [["ä.wav", "1,5"], ["b, c.wav", "2,25"]]


def written(file, separator, encoding, mark=b""):
    cells = [["path", "score"], *ROWS]
    lines = [separator.join(f'"{c}"' if separator in c else c for c in row) for row in cells]
    file.write_bytes(mark + ("\r\n".join(lines) + "\r\n").encode(encoding))
    return file


@pytest.mark.parametrize("name", ["m.csv", "m.tsv", "m.txt"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_by_the_content(name, separator, tmp_path):
    file = written(tmp_path / name, separator, "utf-8")
    words = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}[separator]
    usual = (name == "m.tsv") == (separator == "\t") and separator in ",\t"
    with contextlib.ExitStack() as stack:
        if not usual:
            stack.enter_context(pytest.warns(UserWarning, match=f"{name}: read as .* {words}"))
        table = read_manifest(file)
    assert table.to_numpy().tolist() == ROWS
    assert table.attrs["separator"] == separator


@pytest.mark.parametrize(
    ("encoding", "mark", "warning"),
    [
        ("utf-16-le", b"\xff\xfe", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("utf-16-le", b"", "UTF-16"),
        ("utf-16-be", b"", "UTF-16"),
        ("utf-32-le", b"\xff\xfe\x00\x00", "UTF-32"),
        ("cp1252", b"", "Windows-1252"),
    ],
)
def test_the_encoding_is_recognized_with_a_warning(encoding, mark, warning, tmp_path):
    file = written(tmp_path / "m.csv", ";", encoding, mark)
    with pytest.warns(UserWarning, match=f"{warning} text, .* semicolons") as caught:
        table = read_manifest(file)
    assert len(caught) == 1
    assert table.to_numpy().tolist() == ROWS


def test_what_spreadsheets_add_is_left_out(tmp_path):
    file = tmp_path / "m.csv"
    file.write_text("sep=;\npath ; label\na.wav;x\n\n;\n;\n", "utf-8")
    with pytest.warns(UserWarning, match="semicolons"):
        table = read_manifest(file)
    assert list(table.columns) == ["path", "label"]
    assert table.to_numpy().tolist() == [["a.wav", "x"]]


@pytest.mark.parametrize(
    "text",
    [
        "path,note\na.wav,one; two\nb.wav,three\n",
        'path,note\na.wav,"a, b; c"\n',
        "path\na;b.wav\n",
        "path,a;b\nx.wav,1;2\n",
    ],
)
def test_other_marks_inside_cells_cut_nothing(text, tmp_path):
    file = tmp_path / "m.csv"
    file.write_text(text, "utf-8")
    assert next(iter(read_manifest(file).columns)) == "path"
