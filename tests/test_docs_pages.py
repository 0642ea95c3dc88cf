"""The pages that lead a reader: all their code runs, and prints what they show."""

import pytest
from backend_tools import BACKEND
from page_runner import ROOT, check_printed, run_page

from kapre_like.models.cli.main import _COMMANDS

DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    DOCS / "start.md",
    DOCS / "commands.md",
    *sorted(DOCS.glob("tutorials/*.md")),
]
SLOW = [page for page in PAGES if "<!-- slow -->" in page.read_text("utf-8")]
TENSORFLOW = pytest.mark.skipif(BACKEND != "tensorflow", reason="pages use TensorFlow")


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A working folder where `examples/` is, as in a clone."""
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("KAPRE_LIKE_CACHE", str(tmp_path / "cache"))
    return tmp_path


@TENSORFLOW
@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_prints_what_the_page_shows(page):
    assert run_page(page) or page in SLOW


@TENSORFLOW
@pytest.mark.slow
@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize("page", SLOW, ids=lambda page: page.stem)
def test_the_slow_code_of_a_page_prints_what_the_page_shows(page):
    assert run_page(page, slow=True)


@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_every_command_has_a_section_with_an_example_and_its_help(name):
    page = (DOCS / "commands.md").read_text("utf-8")
    section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert f"$ kapre-like {name}" in section
    assert f"{{literalinclude}} _made/{name}.txt" in section


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("one 2 three", "one 2 three"),
        ("91.7 % of\n36 clips", "90.0 % of 36   clips"),
        ("trained in 3 s", "trained in 250 s"),
        ("begins ... ends", "begins\n1\n2\nends"),
        ("a  b\n------", "a b\n--------"),
        ("(2, 126, 80, 1)", "TensorShape([2, 126, 80, 1])"),
    ],
)
def test_what_may_differ_between_machines_may_differ(expected, got):
    check_printed(expected, got)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("one 2 three", "one 3 three"),
        ("91.7 %", "50.0 %"),
        ("0.05", "0.5"),
        ("1.5", "1.9"),
        ("wrote model", "wrote model and more"),
        ("a word", "another word"),
        ("", "a line that the page lacks"),
    ],
)
def test_any_other_difference_is_an_error(expected, got):
    with pytest.raises(AssertionError):
        check_printed(expected, got)
