"""The settings in the pages of the families; as a program it writes them anew.

The list in a page is what `kapre-like families NAME` prints, between the two marks.
"""

from importlib import metadata
from pathlib import Path

from kapre_like.models.artifact.registry import GROUP
from kapre_like.models.experiment.listing import families, family_lines

DOCS = Path(__file__).resolve().parents[1] / "docs"
BEGIN, END = "<!-- settings: tests/family_pages.py writes them -->\n", "<!-- end -->\n"
ENTERED = metadata.entry_points(group=GROUP)
NAMES = sorted(entry.name for entry in ENTERED if entry.value.startswith("kapre_like."))


def with_settings(name, page):
    """The page of a family with the settings that it has now."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"docs/{name}.md needs the lines {BEGIN!r} and {END!r}")
    lines = "\n".join(family_lines(families([name])))
    return f"{before}{BEGIN}```text\n{lines}\n```\n{END}{after}"


if __name__ == "__main__":
    for family in NAMES:
        path = DOCS / f"{family}.md"
        path.write_text(with_settings(family, path.read_text("utf-8")), "utf-8")
