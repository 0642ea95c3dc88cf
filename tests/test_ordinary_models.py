"""Ordinary Keras models: fit, save, load on each backend, three exports; `docs/export.md`.

`KAPRE_LIKE_WRITE_TABLES=1 pytest tests/test_ordinary_models.py -m slow` writes the table.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
from backend_tools import BACKEND
from doc_pages import DOCS, read_page
from ordinary_models import MODELS
from ordinary_program import RUN, cells

HERE = pathlib.Path(__file__).parent
BACKENDS = ("tensorflow", "jax", "torch")
COLUMNS = (*BACKENDS, *RUN)
TITLES = ("TensorFlow", "JAX", "PyTorch", "SavedModel", "LiteRT", "ONNX")
# Share of the largest value that `export` allows. The table has no larger difference.
LIMIT = 1e-4
WRITE = os.environ.get("KAPRE_LIKE_WRITE_TABLES") == "1"


def rows_of_table():
    lines = [text for text in table().splitlines() if text.startswith("| ")][1:]
    return [[cell.strip() for cell in text.strip("|").split("|")] for text in lines]


def table():
    """The lines of the page from the table's head to its last row."""
    found = re.search(r"^\| model \|.*?(?=\n\n|\Z)", read_page("export.md"), re.M | re.S)
    return found[0].rstrip("\n") if found else ""


def text_of(cell):
    return cell if isinstance(cell, str) else f"{cell:.0e}" if cell else "0"


def written(results):
    lines = [
        [model.name, model.parts, *(text_of(row[column]) for column in COLUMNS)]
        for model, row in zip(MODELS, results, strict=True)
    ]
    head = ["model", "what it is made of", *TITLES]
    rows = [f"| {' | '.join(line)} |" for line in [head, *lines]]
    return "\n".join([rows[0], "|---" * len(head) + "|", *rows[1:]])


def program(backend, folder):
    """Returns the results of one backend for all models, in a process of its own."""
    numbers = [str(number) for number in range(len(MODELS))]
    command = [sys.executable, str(HERE / "ordinary_program.py"), str(folder), *numbers]
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_works(found):
    for column, cell in found.items():
        assert not isinstance(cell, str), f"{column}: {cell}"
        assert cell <= LIMIT, column


def test_the_table_has_the_programs_models_and_no_failure():
    assert len(MODELS) == 26
    rows = rows_of_table()
    assert [row[:2] for row in rows] == [[model.name, model.parts] for model in MODELS]
    for row in rows:
        assert all(float(cell) <= LIMIT for cell in row[2:]), row


@pytest.mark.backends
@pytest.mark.parametrize(
    "name", ["CNN", pytest.param("a user's tensor", marks=pytest.mark.slow)]
)
def test_a_model_is_fitted_saved_loaded_and_exported(name, tmp_path):
    number = [model.name for model in MODELS].index(name)
    found = cells(number, tmp_path)
    assert tuple(found) == (BACKEND, *(RUN if BACKEND == "tensorflow" else ()))
    assert_works(found)


@pytest.mark.slow
def test_all_models_on_all_backends(tmp_path):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        parts = list(pool.map(lambda backend: program(backend, tmp_path), BACKENDS))
    rows = zip(*parts, strict=True)
    results = [{k: v for part in row for k, v in part.items()} for row in rows]
    if WRITE:
        page = read_page("export.md").replace(table(), written(results))
        (DOCS / "export.md").write_text(page, encoding="utf-8")
    for row in results:
        name = row.pop("name")
        assert set(row) == set(COLUMNS), name
        assert_works(row)
