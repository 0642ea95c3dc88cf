"""`audio.manifest_file`: CSV and Parquet give the same text; damage gives one line."""

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
        ("m.csv", b"path,label\na.wav,\xff\xfe\n", "not UTF-8"),
        ("m.csv", b'path,label\n"a.wav,1\n', "cannot be read as a table"),
        ("m.csv", b"path,label\na.wav,1,2\nb.wav,1,2\n", "cannot be read as a table"),
        ("m.parquet", b"no parquet", "cannot be read as a table"),
        ("m.json", b"{}", "is no data set"),
    ],
)
def test_damage_gives_one_line(tmp_path, name, content, message):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name}: .*{message}") as caught:
        read_manifest(tmp_path / name)
    assert "\n" not in str(caught.value)
