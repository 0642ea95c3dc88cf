"""Snippets that need data or weights of the reader: what they import and call exists."""

import ast
import importlib
import inspect
import re

import pytest
from doc_pages import read_page

PAGES = ("boosted.md", "deciding.md", "pretrained.md")


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```", read_page(page), re.MULTILINE | re.DOTALL)


def imported(tree):
    """What the imports of a block bind, by name."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            found |= {alias.name: getattr(module, alias.name) for alias in node.names}
    return found


@pytest.mark.parametrize("page", PAGES)
def test_what_a_snippet_imports_exists_and_takes_its_arguments(page):
    checked = 0
    for code in blocks(page):
        tree = ast.parse(code)
        names = imported(tree)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", None)
            unpacked = any(keyword.arg is None for keyword in call.keywords)
            if name not in names or unpacked:
                continue
            given = {keyword.arg: None for keyword in call.keywords}
            inspect.signature(names[name]).bind(*call.args, **given)
            checked += 1
    assert checked or page == "boosted.md"


def test_a_snippet_with_an_unknown_name_fails():
    with pytest.raises(AttributeError):
        imported(ast.parse("from kapre_like.models import no_such_name"))
