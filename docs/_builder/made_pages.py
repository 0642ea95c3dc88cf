"""Writes the pages that are made from the code, before Sphinx reads any page.

They are not in the repository: `docs/layers/` has a page and a picture per layer,
`docs/benchmarks/` a page per file of results, and `docs/_made/` the help of each command.
"""

import os
from pathlib import Path

# Read by TensorFlow when it is imported: its notes are no warnings of the pages.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

DOCS = Path(__file__).resolve().parents[1]


def setup(app) -> dict:
    """Enters this extension into Sphinx."""
    app.connect("builder-inited", lambda _: make_pages())
    return {"parallel_read_safe": True}


def make_pages() -> None:
    """Writes all pages that are made from the code."""
    make_layers(DOCS / "layers")
    make_benchmarks(DOCS / "benchmarks")
    make_helps(DOCS / "_made")


def make_layers(folder: Path) -> None:
    """Writes a page and a picture for each public layer."""
    from layer_examples import run_example
    from layer_pages import layer_page
    from layer_pictures import draw_run

    from kapre_like._layer_table import ROWS

    _empty(folder)
    for name in ROWS:
        run = run_example(name)
        draw_run(folder / f"{name}.png", run.given, run.result, name)
        page = layer_page(name, run, f"{name}.png")
        (folder / f"{name}.md").write_text(page, "utf-8")


def make_benchmarks(folder: Path) -> None:
    """Writes a page and, where there is something to compare, a chart for each results file."""
    from result_charts import draw_chart
    from result_pages import read_lines, result_files, result_page, rows_of

    _empty(folder)
    for path in result_files():
        chart = f"{path.stem}.png"
        drawn = draw_chart(folder / chart, rows_of(read_lines(path)))
        page = result_page(path, chart if drawn else None)
        (folder / f"{path.stem}.md").write_text(page, "utf-8")


def make_helps(folder: Path) -> None:
    """Writes the help of each command, which `commands.md` includes."""
    from command_help import commands, help_of

    _empty(folder)
    for name in commands():
        (folder / f"{name}.txt").write_text(help_of(name), "utf-8")


def _empty(folder: Path) -> None:
    """Makes a folder without the pages of an earlier build, whose layer may be gone."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
