"""Which layer exports where: `docs/export.md` has the result of every export."""

import pytest
from export_page import REAL, key_of, name_of, page_text, read_page, row, rows_of_table, vgg_row


def test_the_table_lists_every_case():
    fix = "add the missing rows: make tables"
    listed = [key_of(text) for text in rows_of_table()]
    assert listed == [*map(name_of, REAL), ("`vgg`", "")], fix


@pytest.mark.parametrize(
    "name", [pytest.param("STFT", marks=pytest.mark.slow), "ApplyFilterbank"]
)
def test_the_table_is_right_about_some_layers(name, tmp_path):
    case = next(case for case in REAL if case.name == name)
    assert row(case, tmp_path) in rows_of_table()


@pytest.mark.slow
def test_the_table_is_right_about_the_network(tmp_path):
    assert vgg_row(tmp_path) == rows_of_table()[-1]


@pytest.mark.slow
def test_the_table_is_what_exports(tmp_path):
    fix = "write the page again: python tests/export_page.py --all"
    assert page_text(tmp_path) == "".join(read_page()), fix
