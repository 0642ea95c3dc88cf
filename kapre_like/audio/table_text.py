"""Reads the text of a table. Its encoding and its separator are detected from its content.

With some country settings, spreadsheets write semicolons or tabs, and UTF-16 or Windows-1252.
These are detected, and `Text.unusual` names them.
"""

import codecs
import csv
import io
import itertools
import re
from pathlib import Path
from typing import NamedTuple

_USUAL = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": ","}
# Suffixes of manifests. Parquet files are not text.
SUFFIXES = (*_USUAL, ".parquet")
_MARKS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# UTF-32 comes before UTF-16, because its mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENCODINGS = {"utf-16": "UTF-16", "utf-32": "UTF-32", "cp1252": "Windows-1252"}
# A first line in which some spreadsheets declare the separator.
_DECLARED = re.compile(r'"?sep=(.)"?\r?\n')
# Number of rows from which the separator is detected.
_ROWS = 200


class Text(NamedTuple):
    """The text of a table.

    Attributes:
        text: The text, with the header first.
        separator: Separator of the columns.
        unusual: Describes an encoding other than UTF-8, or a separator that is unusual for the
            suffix of the file; "" if there is neither.
    """

    text: str
    separator: str
    unusual: str


def table_text(file: Path) -> Text:
    """Reads the text of a table.

    Raises:
        ValueError: `FILE: reason. Fix.` if the file is not text.
    """
    text, encoding = _decoded(file)
    usual = _USUAL[file.suffix.lower()]
    declared = _DECLARED.match(text)
    if declared:
        text, separator = text[declared.end() :], declared[1]
    else:
        separator = _separator(text, usual)
    kind = next((name for start, name in _ENCODINGS.items() if encoding.startswith(start)), "")
    unusual = [f"{kind} text"] if kind else []
    if separator != usual:
        unusual.append(
            f"a table with {_MARKS.get(separator, repr(separator))} between its columns"
        )
    return Text(text, separator, ", ".join(unusual))


def _decoded(file: Path) -> tuple[str, str]:
    """Returns the text of a file, and its encoding."""
    raw = file.read_bytes()
    encoding = _encoding(raw)
    for mark, _ in _BYTE_ORDER_MARKS:
        raw = raw.removeprefix(mark) if encoding != "cp1252" else raw
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"{file}: is not text. Save it as CSV in UTF-8.")
    return text, encoding


def _encoding(raw: bytes) -> str:
    for mark, name in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return name
    start = raw[:4096]
    # UTF-16 without a mark: every other byte of Latin letters is zero.
    for name, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if 2 * zeros.count(0) > len(zeros):
            return name
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _separator(text: str, usual: str) -> str:
    """Returns the separator for which all rows have equally many cells, and the most."""
    best, choice = (False, 1, True), usual
    for mark in dict.fromkeys([usual, *_MARKS]):
        widths = _widths(text, mark)
        if not widths or widths[0] < 2:
            continue
        rank = (len(set(widths)) == 1, widths[0], mark == usual)
        if rank > best:
            best, choice = rank, mark
    return choice


def _widths(text: str, mark: str) -> list[int]:
    """Returns the numbers of cells of the first rows."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        return [len(row) for row in itertools.islice(rows, _ROWS) if row]
    except csv.Error:
        return []
