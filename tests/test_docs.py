"""docs/front_end.md names every layer, and its Python runs."""

import pathlib
import re

import pytest

import kapre_like

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"
PAGE = (DOCS / "front_end.md").read_text(encoding="utf-8")


def test_every_layer_stands_in_the_catalogue_once():
    table = PAGE.partition("| for | layers |")[2].partition("\n\n")[0]
    named = [name for name in re.findall(r"`(\w+)`", table) if name[0].isupper()]
    assert sorted(named) == sorted(kapre_like.layers.__all__)


def test_its_python_runs_from_top_to_bottom(capsys):
    names = {}
    for code in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        exec(compile(code, "front_end.md", "exec"), names)
    assert "(1, 3000, 80, 1)" in re.sub(r"[\[\]]", "", capsys.readouterr().out)


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", PAGE))
def test_every_link_leads_somewhere(link):
    assert (DOCS / link).exists()
