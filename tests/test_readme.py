"""Commands in README, Makefile and pages parse, and the README's Python runs."""

import pathlib
import re

import keras
import numpy as np
import pytest
from doc_pages import check_command, links, markdown_pages, typed_commands

ROOT = pathlib.Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
PYTHON = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands():
    typed = typed_commands(README)
    typed += re.findall(r"^\t\S*/(kapre-like .*)$", MAKEFILE, re.MULTILINE)
    # What make fills in: any word will do.
    return [re.sub(r"\$\(if.*?\)\)|\$\(\w+\)", "", line) for line in typed]


@pytest.mark.parametrize("command", commands())
def test_a_command_that_is_written_down_is_understood(command, capsys):
    check_command(command, capsys)


@pytest.mark.parametrize("page", markdown_pages(), ids=lambda page: page.stem)
def test_every_command_of_a_page_is_understood(page, capsys):
    for command in typed_commands(page.read_text("utf-8")):
        check_command(command, capsys)


@pytest.mark.parametrize("page", markdown_pages(), ids=lambda page: page.stem)
def test_every_link_of_a_page_leads_to_a_file(page):
    for link in links(page.read_text("utf-8")):
        assert (page.parent / link).exists(), link


def test_the_model_of_the_readme_takes_sound_of_any_length(tmp_path, monkeypatch, capsys):
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    (code,) = [block for block in PYTHON if "keras.Model" in block]
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert "(1, 95, 64, 1)" in capsys.readouterr().out.replace("[", "").replace("]", "")
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 4000, 1)).astype("float32")
    assert keras.ops.convert_to_numpy(names["model"](sound)).shape == (2, 10)


def test_the_readme_is_one_page_and_every_file_that_it_links_to_exists():
    assert len(README.splitlines()) <= 130
    for link in links(README):
        assert (ROOT / link).exists(), link
