"""Pages of docs/: their Python prints what their comments promise; commands and links."""

import pathlib
import re
import shlex

import pytest

from kapre_like.models.cli.main import main

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"


def read_page(name):
    """The text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def check_python(page, capsys):
    """Runs the blocks of a page one after the other; returns the names they leave.

    Every `print(...)  # ...` must print the words of its comment; brackets that TensorFlow puts
    around shapes do not count.
    """
    names, promises = {}, 0
    for code in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        exec(compile(code, "page.md", "exec"), names)
        printed = re.sub(r"TensorShape\(|\[(?=\d)|(?<=\d)\]", "", capsys.readouterr().out)
        for expected in re.findall(r"print\(.*\)  # (.*)$", code, re.MULTILINE):
            assert expected in printed
            promises += 1
    assert promises, "the page prints nothing that could be checked"
    return names


def links(page):
    """The files that a page links to."""
    prose = re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\]\(([^)#:]+)[)#]", prose)


def markdown_pages():
    """The pages that are in the repository, and not those that `make docs` makes."""
    made = {DOCS / name for name in ("_build", "_made", "layers", "benchmarks")}
    return sorted(page for page in DOCS.rglob("*.md") if not made & set(page.parents))


def typed_commands(page):
    """The commands of a page: the indented ones, and those that fill cells of a table."""
    text = page.replace("\\\n", " ")
    typed = re.findall(r"^    (?:.* \| )?(kapre-like .*?)(?:  +#.*)?$", text, re.MULTILINE)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    typed += re.findall(r"`(kapre-like [^`]+)`", "\n".join(rows))
    return [line.partition(" > ")[0] for line in typed]


def check_command(command, capsys):
    """Raises unless the program understands a command; it does not run."""
    # argparse reports an unknown option last, after it parsed everything else.
    with pytest.raises(SystemExit):
        main([*shlex.split(command)[1:], "--no-such-option"])
    problem = capsys.readouterr().err.splitlines()[-1]
    assert "unrecognized arguments: --no-such-option" in problem, f"{command}: {problem}"
