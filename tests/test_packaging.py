"""What is built: every package, the files beside the code, and no top-level `models`."""

import configparser
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

import kapre_like

ROOT = pathlib.Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The names in an sdist and in a wheel, built without network from a clean copy."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("kapre_like", "models"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--sdist", "--wheel"]
    built = subprocess.run(
        [*command, "--outdir", out, copy], capture_output=True, text=True, cwd=out
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    with tarfile.open(sdist) as archive:
        # Every name starts with the folder `kapre_like-VERSION/`.
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    with zipfile.ZipFile(wheel) as archive:
        metadata = f"kapre_like-{kapre_like.__version__}.dist-info/METADATA"
        return in_sdist, set(archive.namelist()), archive.read(metadata).decode("utf-8")


def source_files():
    """Python files of the checkout, as `(path in the checkout, path in a wheel)`."""
    for top, installed in (("kapre_like", "kapre_like"), ("models", "kapre_like/models")):
        for path in (ROOT / top).rglob("*.py"):
            yield (
                path.relative_to(ROOT).as_posix(),
                (
                    pathlib.PurePosixPath(installed) / path.relative_to(ROOT / top).as_posix()
                ).as_posix(),
            )


def test_the_package_list_equals_the_folders_that_hold_an_init_file():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    listed = settings["options"]["packages"].split()
    folders = {
        pathlib.PurePosixPath(path).parent.as_posix().replace("/", ".")
        for _, path in source_files()
        if path.endswith("/__init__.py")
    }
    assert sorted(listed) == sorted(folders)


def test_every_folder_with_python_files_is_a_package():
    files = {path for path, _ in source_files()}
    folders = {pathlib.PurePosixPath(path).parent.as_posix() for path in files}
    assert sorted(f for f in folders if f"{f}/__init__.py" not in files) == []


def test_the_wheel_holds_every_source_file_and_what_lies_beside_them(built):
    _, wheel, _ = built
    assert {path for _, path in source_files()} <= wheel
    assert "kapre_like/models/__init__.py" in wheel
    assert "kapre_like/py.typed" in wheel
    templates = {path.name for path in (ROOT / "models/experiment/report").glob("*.html")}
    assert templates
    assert {f"kapre_like/models/experiment/report/{name}" for name in templates} <= wheel


def test_the_wheel_installs_kapre_like_and_nothing_else_at_the_top(built):
    _, wheel, _ = built
    tops = {name.partition("/")[0] for name in wheel}
    assert tops == {"kapre_like", f"kapre_like-{kapre_like.__version__}.dist-info"}


def test_the_sdist_holds_models_in_its_own_place(built):
    sdist, _, _ = built
    assert {path for path, _ in source_files()} <= sdist
    assert {"setup.cfg", "pyproject.toml", "README.md", "LICENSE"} <= sdist


def test_the_wheel_has_its_extras_and_license(built):
    _, _, metadata = built
    extras = [
        "tensorflow",
        "catboost",
        "wav2vec2",
        "report",
        "text",
        "beam",
        "litert",
        "onnx",
        "backends",
        "test",
        "dev",
        "all",
    ]
    for extra in extras:
        assert f"Provides-Extra: {extra}\n" in metadata
    assert "License: MIT\n" in metadata
    assert "License-File: LICENSE\n" in metadata


@pytest.mark.skipif(
    os.environ.get("KAPRE_LIKE_TEST_INSTALLED") != "1",
    reason="only `make test` promises that the installed wheel is under test",
)
def test_what_is_tested_here_is_the_wheel_and_not_the_checkout():
    import kapre_like.models

    for module in (kapre_like, kapre_like.models):
        assert (
            not pathlib.Path(module.__file__)
            .resolve()
            .is_relative_to(ROOT / module.__name__.rpartition(".")[2])
        )
        assert "site-packages" in pathlib.Path(module.__file__).parts
