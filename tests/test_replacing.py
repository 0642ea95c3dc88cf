"""The one way of writing: a file or folder is there whole, or it is as it was."""

import ast
import errno
import pathlib

import pytest

from kapre_like._replacing import check_file, replacing

ROOT = pathlib.Path(__file__).resolve().parents[1]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_replaces_a_file_when_the_block_has_ended(tmp_path):
    path = tmp_path / "model.weights.h5"
    path.write_text("old")
    with replacing(path) as new:
        assert new.parent == tmp_path
        assert new.name.endswith("model.weights.h5")
        new.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["model.weights.h5"]


def test_a_folder_replaces_a_folder_with_all_that_is_in_it(tmp_path):
    path = tmp_path / "saved"
    path.mkdir()
    (path / "old.txt").write_text("old")
    with replacing(path) as new:
        new.mkdir()
        (new / "new.txt").write_text("new")
        assert names(path) == ["old.txt"]
    assert names(path) == ["new.txt"]
    assert names(tmp_path) == ["saved"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_block_that_raises_leaves_everything_as_it_was(kind, tmp_path):
    path = tmp_path / "x"
    path.write_text("old") if kind == "file" else path.mkdir()

    def fail():
        with replacing(path) as new:
            new.write_text("half") if kind == "file" else (new / "deep").mkdir(parents=True)
            raise KeyError("the block's own error")

    with pytest.raises(KeyError, match="own error"):
        fail()
    assert path.is_file() == (kind == "file")
    assert names(tmp_path) == ["x"]


def test_a_block_that_writes_nothing_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"'.*/x'"), replacing(tmp_path / "x"):
        pass
    assert names(tmp_path) == []


def test_a_folder_that_cannot_move_in_leaves_the_older_one_in_place(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.mkdir()
    (path / "old.txt").write_text("old")

    def refuse(self, target):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(pathlib.Path, "replace", refuse)
    with pytest.raises(PermissionError, match=r"'.*/x'"), replacing(path) as new:
        new.mkdir()
    assert names(path) == ["old.txt"]
    assert names(tmp_path) == ["x"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), r"No space left on device: '.*/x'"),
        (OSError("HDF5 cannot write data"), r"/x: HDF5 cannot write data"),
    ],
)
def test_a_full_disk_stays_an_oserror_with_the_files_own_name(error, message, tmp_path):
    def fail():
        with replacing(tmp_path / "x") as new:
            new.write_text("half")
            raise error

    with pytest.raises(OSError, match=message):
        fail()
    assert names(tmp_path) == []


def test_an_error_about_another_file_keeps_its_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="'no such source'"), replacing(tmp_path / "x"):
        pathlib.Path("no such source").read_text()


def test_a_path_that_cannot_be_written_is_an_error_before_the_work(tmp_path):
    for check in (check_file, lambda path: replacing(path).__enter__()):
        with pytest.raises(ValueError, match=r"its folder does not exist\. Make the folder"):
            check(tmp_path / "none" / "x")
    with pytest.raises(ValueError, match=r"is a folder\. Name a file"):
        check_file(tmp_path)
    (tmp_path / "inner").mkdir()
    with pytest.raises(ValueError, match="is a folder"), replacing(tmp_path / "inner") as new:
        new.write_text("a file")
    assert names(tmp_path) == ["inner"]


def calls(tree):
    return {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}


def makes_a_temporary_name(source):
    """Whether a module names a file after its process, the mark of a way of writing."""
    return bool(calls(ast.parse(source)) & {"os.getpid", "tempfile.mkstemp", "os.replace"})


def test_no_other_module_has_its_own_way_of_writing():
    files = [p for top in ("kapre_like", "models") for p in (ROOT / top).rglob("*.py")]
    own = {p.name for p in files if makes_a_temporary_name(p.read_text(encoding="utf-8"))}
    assert own == {"_replacing.py"}
    assert makes_a_temporary_name("import os\nx = f'{os.getpid()}.part'")
