"""The table of layers is complete, and the files that `make tables` writes are current."""

import importlib
import inspect

import pytest
from layer_tables import LISTS, ROOT, TABLES, module_of, parameters, written

from kapre_like._layer_table import ROWS


@pytest.mark.parametrize("name", [*LISTS, *TABLES])
def test_a_written_file_is_current(name):
    fix = "make tables; a changed default also needs a bold line in CHANGELOG.md"
    assert written(name) == (ROOT / name).read_text("utf-8"), fix


def test_the_table_has_a_row_for_every_file_of_a_layer():
    packages = [ROOT / "kapre_like" / name for name in ("layers", "augment")]
    files = {path.stem for package in packages for path in package.glob("[a-z]*.py")}
    assert {module_of(name).rpartition(".")[2] for name in ROWS} == files - {"recipe"}


@pytest.mark.parametrize("name", ROWS)
def test_a_layer_is_in_the_file_of_its_name_and_takes_keywords_only(name):
    layer = getattr(importlib.import_module(module_of(name)), name)
    assert layer.__module__ == module_of(name)
    for parameter in parameters(layer):
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, parameter


def test_a_missing_place_for_a_table_is_an_error(monkeypatch, tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/front_end.md").write_text("no table", "utf-8")
    monkeypatch.setattr("layer_tables.ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"docs/front_end.md must contain"):
        written("docs/front_end.md")
