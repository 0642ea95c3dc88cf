"""Pages of docs/: their Python runs, and prints what their comments say."""

import pathlib
import re

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"


def read_page(name):
    """The text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def check_python(page, capsys):
    """Runs the blocks of a page one after the other; returns the names they leave.

    Every `print(...)  # ...` must print what stands behind it; brackets that TensorFlow puts
    around shapes do not count.
    """
    names, promises = {}, 0
    for code in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        exec(compile(code, "page.md", "exec"), names)
        printed = re.sub(r"TensorShape\(|\[(?=\d)|(?<=\d)\]", "", capsys.readouterr().out)
        for said in re.findall(r"print\(.*\)  # (.*)$", code, re.MULTILINE):
            assert said in printed
            promises += 1
    assert promises, "the page prints nothing that could be checked"
    return names


def links(page):
    """The files that a page links to."""
    return re.findall(r"\]\(([^)#:]+)\)", page)
