"""docs/front_end.md: its Python runs, and its links lead to files."""

import pathlib
import re

import pytest

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"
PAGE = (DOCS / "front_end.md").read_text(encoding="utf-8")


def test_its_python_runs_from_top_to_bottom(capsys):
    names = {}
    for code in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        exec(compile(code, "front_end.md", "exec"), names)
    assert "(1, 3000, 80, 1)" in re.sub(r"[\[\]]", "", capsys.readouterr().out)


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", PAGE))
def test_every_link_leads_somewhere(link):
    assert (DOCS / link).exists()
