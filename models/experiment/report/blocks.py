"""Parts, sections and blocks of the report.

The modules of this package return them. `page.html` renders each kind of block.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from kapre_like.models.experiment.tables import Table


class Drawing(NamedTuple):
    """A picture.

    Attributes:
        title: The heading of the picture.
        svg: An `<svg>` element, from `figures.to_svg`.
        text: A caption below the picture.
    """

    title: str
    svg: str
    text: str = ""


class Drawings(NamedTuple):
    """Pictures side by side.

    Attributes:
        drawings: The pictures in reading order.
        pairs: Whether each two consecutive pictures stay in one row.
    """

    drawings: list[Drawing]
    pairs: bool = False
    kind = "drawings"


class TableBlock(NamedTuple):
    """A table."""

    table: Table
    kind = "table"


class Matrix(NamedTuple):
    """A confusion matrix, shaded by the share of the row.

    Attributes:
        title: The caption.
        names: The class names.
        rows: Pairs of `(count, share)`, one row per true class.
    """

    title: str
    names: list[str]
    rows: list[list[tuple[int, float]]]
    kind = "matrix"


class PlayableClip(NamedTuple):
    """A test clip with its spectrogram and its sound.

    Attributes:
        title: True and predicted label, such as `cough, predicted as sneeze`.
        text: Confidence, file and times.
        picture: A PNG as a data URI, or "".
        sound: A sound file as a data URI, or "".
        words: Alternative text of the picture.
        alignment: Triples of an alignment of two texts: kind, true word, predicted word. Empty
            for other tasks.
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
    clips: list[PlayableClip]
    open: bool
    kind = "clips"


class Facts(NamedTuple):
    """A list of names and values."""

    facts: list[tuple[str, str]]
    kind = "facts"


class Listing(NamedTuple):
    """A bulleted list."""

    lines: list[str]
    kind = "listing"


class Words(NamedTuple):
    """A paragraph. `quiet` shows it in a less prominent color."""

    text: str
    quiet: bool = False
    kind = "words"


class Together(NamedTuple):
    """Blocks side by side if the page is wide enough."""

    blocks: list[Any]
    kind = "together"


class Section(NamedTuple):
    """A heading and its blocks. `sections` drops a section without blocks."""

    id: str
    title: str
    blocks: list[Any]


class Part(NamedTuple):
    """One of the three parts of the page."""

    id: str
    title: str
    sections: list[Section]


def sections(*made: Section | None) -> list[Section]:
    """Returns the sections that are not `None` and have blocks."""
    return [section for section in made if section is not None and section.blocks]


def drawings(*made: Drawing | None) -> list[Drawings]:
    """Returns one block with the pictures that are not `None`, or no block."""
    drawn = [one for one in made if one is not None]
    return [Drawings(drawn)] if drawn else []
