"""The text of a table: its encoding and what stands between its columns, told by its content.

Spreadsheets write tables as their country's settings say: with semicolons or tabs, in UTF-16
or Windows-1252. What is not the usual is recognized, and `Text.unusual` says it.
"""

import codecs
import csv
import io
import itertools
import re
from pathlib import Path
from typing import NamedTuple

_USUAL = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": ","}
# Of manifests; Parquet is no text.
SUFFIXES = (*_USUAL, ".parquet")
_MARKS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# UTF-32 first: its mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAID = {"utf-16": "UTF-16", "utf-32": "UTF-32", "cp1252": "Windows-1252"}
# A first line by which a spreadsheet tells another what stands between the columns.
_TOLD = re.compile(r'"?sep=(.)"?\r?\n')
# Rows that are looked at to see what stands between columns.
_ROWS = 200


class Text(NamedTuple):
    """The text of a table.

    Attributes:
        text: With its header first.
        separator: What stands between columns.
        unusual: What is not UTF-8 or not the usual separator of the file's suffix, in words;
            "" if all is usual.
    """

    text: str
    separator: str
    unusual: str


def table_text(file: Path) -> Text:
    """Reads the text of a table.

    Raises:
        ValueError: `FILE: reason. Fix.` if the file is no text.
    """
    text, encoding = _decoded(file)
    usual = _USUAL[file.suffix.lower()]
    told = _TOLD.match(text)
    if told:
        text, separator = text[told.end() :], told[1]
    else:
        separator = _separator(text, usual)
    kind = next((name for start, name in _SAID.items() if encoding.startswith(start)), "")
    said = [f"{kind} text"] if kind else []
    if separator != usual:
        said.append(
            f"a table with {_MARKS.get(separator, repr(separator))} between its columns"
        )
    return Text(text, separator, ", ".join(said))


def _decoded(file: Path) -> tuple[str, str]:
    """The text of a file, and its encoding."""
    raw = file.read_bytes()
    encoding = _encoding(raw)
    for mark, _ in _BYTE_ORDER_MARKS:
        raw = raw.removeprefix(mark) if encoding != "cp1252" else raw
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"{file}: is no text. Save it as CSV in UTF-8.")
    return text, encoding


def _encoding(raw: bytes) -> str:
    for mark, name in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return name
    start = raw[:4096]
    # Without a mark: every other byte of Latin letters in UTF-16 is zero.
    for name, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if 2 * zeros.count(0) > len(zeros):
            return name
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _separator(text: str, usual: str) -> str:
    """What cuts all rows into as many cells as the header; of several, into the most."""
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
    """How many cells the first rows have."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        return [len(row) for row in itertools.islice(rows, _ROWS) if row]
    except csv.Error:
        return []
