"""Every family has a page, and the page lists the settings that the family has."""

import pytest
from doc_pages import check_python, links, read_page
from family_pages import BEGIN, DOCS, END, NAMES, with_settings


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_family_lists_its_settings(name):
    page = read_page(f"{name}.md")
    fix = "write the pages anew: .venv/bin/python tests/family_pages.py"
    assert with_settings(name, f"{BEGIN}{END}") in page, fix
    assert with_settings(name, page) == page


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_a_train_command_and_its_links_lead_to_files(name):
    page = read_page(f"{name}.md")
    assert f"--model {name}" in page
    assert all((DOCS / link).exists() for link in links(page))


def test_the_numbers_of_the_vgg_page_are_what_its_python_prints(capsys):
    check_python(read_page("vgg.md"), capsys)
