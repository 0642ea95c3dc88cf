"""docs/wav2vec2.md: its Python prints what its comments promise, its table has all heads."""

import re

import pytest
from doc_pages import DOCS, check_python, links, read_page

from kapre_like.models import wav2vec2 as package
from kapre_like.models.wav2vec2.config.head_plan import OUTPUTS

PAGE = read_page("wav2vec2.md")


@pytest.mark.usefixtures("eagerly")
@pytest.mark.slow
def test_its_python_prints_what_its_comments_say(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    check_python(PAGE, capsys)


def test_every_head_is_in_the_table():
    rows = PAGE.partition("\n## Heads")[2].partition("\n## ")[0].splitlines()
    cells = [row.split("|")[1].strip(" `") for row in rows if row.startswith("| `")]
    assert set(cells[1:]) == {f'"{head}"' if head else "None" for head in OUTPUTS}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(\w*Loss)`", PAGE))))
def test_every_loss_it_names_exists(name):
    assert name in package.__all__


@pytest.mark.parametrize("link", links(PAGE))
def test_every_link_leads_somewhere(link):
    assert (DOCS / link).exists()
