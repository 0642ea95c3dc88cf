"""What the page is made of: parts, their sections, and the blocks in them.

Makers of sections return these; `page.html` knows how each kind is written.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from kapre_like.models.experiment.tables import Table


class Drawing(NamedTuple):
    """A picture.

    Attributes:
        title: Its heading.
        svg: An `<svg>` element, from `figures.to_svg`.
        text: A sentence below it.
    """

    title: str
    svg: str
    text: str = ""


class Drawings(NamedTuple):
    """Pictures side by side.

    Attributes:
        drawings: In reading order.
        pairs: Whether each two belong together and stay in one row.
    """

    drawings: list[Drawing]
    pairs: bool = False
    kind = "drawings"


class TableBlock(NamedTuple):
    """A table."""

    table: Table
    kind = "table"


class Matrix(NamedTuple):
    """Counts of true against predicted classes, shaded by share of the row.

    Attributes:
        title: Its caption.
        names: The classes.
        rows: Pairs of `(count, share)`, a row per true class.
    """

    title: str
    names: list[str]
    rows: list[list[tuple[int, float]]]
    kind = "matrix"


class Heard(NamedTuple):
    """A clip to look at and to listen to.

    Attributes:
        title: What it is and what was said, such as `cough, taken for sneeze`.
        text: Confidence, file and times.
        picture: A PNG as a data URI, or "".
        sound: A sound file as a data URI, or "".
        words: What the picture shows.
        alignment: How two texts match: kind, words of the truth, words heard; or empty.
    """

    title: str
    text: str
    picture: str
    sound: str
    words: str
    alignment: Sequence[tuple[str, str, str]] = ()


class Clips(NamedTuple):
    """Clips of one model."""

    title: str
    clips: list[Heard]
    open: bool
    kind = "clips"


class Facts(NamedTuple):
    """Names with texts."""

    facts: list[tuple[str, str]]
    kind = "facts"


class Listing(NamedTuple):
    """Lines of a list."""

    lines: list[str]
    kind = "listing"


class Words(NamedTuple):
    """A paragraph; a quiet one explains."""

    text: str
    quiet: bool = False
    kind = "words"


class Together(NamedTuple):
    """Blocks side by side where there is room."""

    blocks: list[Any]
    kind = "together"


class Section(NamedTuple):
    """A heading with blocks; one without blocks is left out."""

    id: str
    title: str
    blocks: list[Any]


class Part(NamedTuple):
    """One of the three parts of the page."""

    id: str
    title: str
    sections: list[Section]


def sections(*made: Section | None) -> list[Section]:
    """Returns the sections that have something to show."""
    return [section for section in made if section is not None and section.blocks]


def drawings(*made: Drawing | None) -> list[Drawings]:
    """Returns a block of the pictures that could be drawn, or none."""
    drawn = [one for one in made if one is not None]
    return [Drawings(drawn)] if drawn else []
