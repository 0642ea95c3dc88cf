"""Reads and writes n-gram models in the ARPA text format.

The manual of SRILM (Stolcke 2002), ngram-format(5), describes the format: a table of counts,
then for each order lines `log10 probability <tab> words <tab> log10 backoff`.
"""

import gzip
import itertools
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, TextIO

from kapre_like import _check
from kapre_like._replacing import replacing

_FIX = "Write it again with kapre-like lm, or use another file."


@dataclass(frozen=True)
class NGrams:
    """The n-grams of one order.

    Attributes:
        words: The words of each n-gram, separated by spaces.
        probabilities: log10 probability of each.
        backoffs: log10 back-off weight of each; empty for the highest order.
    """

    words: Sequence[str]
    probabilities: Sequence[float]
    backoffs: Sequence[float] = field(default_factory=list)


def read_arpa(path: str | Path) -> list[NGrams]:
    """Reads an ARPA file in UTF-8, which may be compressed with gzip.

    Raises:
        ValueError: If the file does not exist, or has another format. The message has the line
            number.
    """
    path = Path(path)
    if not path.is_file():
        rule = "an existing ARPA file"
        _check.fail("LanguageModel", "path", rule, str(path), "Train one: kapre-like lm")
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    opened = gzip.open if packed else open
    lines = _Lines(path)
    try:
        with opened(path, "rt", encoding="utf-8") as text:
            return _parse(lines.of(text), lines)
    except UnicodeDecodeError:
        fix = "Give an ARPA file, not a binary file of KenLM."
        lines.fail("is not UTF-8 text", fix)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        lines.fail(f"its gzip data is damaged ({error})", "Copy or write it again.")


class _Lines:
    """The lines of a file. Counts them for error messages."""

    def __init__(self, path: Path) -> None:
        self.path, self.number = path, 0

    def of(self, text: TextIO) -> Iterator[str]:
        for self.number, line in enumerate(text, start=1):
            # Strip only ASCII white space, because words may contain other, such as U+00A0.
            line = line.strip(" \t\r\n")
            if line:
                yield line

    def fail(self, what: str, fix: str = _FIX) -> NoReturn:
        raise ValueError(f"LanguageModel: {self.path}, line {self.number}: {what}. {fix}")


def _parse(lines: Iterator[str], where: _Lines) -> list[NGrams]:
    for line in lines:
        if line == "\\data\\":
            break
    else:
        where.fail("the file has no line \\data\\")
    counts: list[int] = []
    line = ""
    for line in lines:
        if not line.startswith("ngram "):
            break
        counts.append(_count(line, len(counts) + 1, where))
    if not counts or counts[0] == 0:
        where.fail("there is no line such as `ngram 1=5` after \\data\\")
    tables = []
    for order, count in enumerate(counts, start=1):
        if line != f"\\{order}-grams:":
            where.fail(f"must be \\{order}-grams:. Received: {line[:40]!r}")
        tables.append(_table(lines, order, count, where))
        line = next(lines, "")
    if line != "\\end\\":
        where.fail(f"must be \\end\\. Received: {line[:40]!r}")
    return tables


def _count(line: str, order: int, where: _Lines) -> int:
    name, _, number = line.removeprefix("ngram ").partition("=")
    if name.strip() != str(order) or not number.strip().isdecimal():
        where.fail(f"must be `ngram {order}=` and a number. Received: {line[:40]!r}")
    return int(number)


def _table(lines: Iterator[str], order: int, count: int, where: _Lines) -> NGrams:
    words, probabilities, backoffs = [], [], []
    for line in itertools.islice(lines, count):
        parts = line.replace("\t", " ").split(" ")
        if "" in parts:
            parts = [part for part in parts if part]
        if not order + 1 <= len(parts) <= order + 2:
            rule = f"must be a number, {order} words and a weight"
            where.fail(f"{rule}. Received: {line[:40]!r}")
        try:
            probabilities.append(float(parts[0]))
            backoffs.append(float(parts[order + 1]) if len(parts) > order + 1 else 0.0)
        except ValueError:
            where.fail(f"must start and end with a number. Received: {line[:40]!r}")
        words.append(" ".join(parts[1 : order + 1]))
    if len(words) < count:
        where.fail(f"the file ends after {len(words)} of {count} {order}-grams")
    return NGrams(words, probabilities, backoffs)


def write_arpa(path: str | Path, tables: Sequence[NGrams]) -> None:
    """Writes tables of orders 1, 2, ... in UTF-8. Compresses if the name ends in `.gz`.

    Raises:
        ValueError: If the folder does not exist.
        OSError: If the file cannot be written.
    """
    with replacing(path) as new:
        opened = gzip.open if str(path).endswith(".gz") else open
        with opened(new, "wt", encoding="utf-8", newline="\n") as file:
            file.write("\\data\\\n")
            for order, table in enumerate(tables, start=1):
                file.write(f"ngram {order}={len(table.words)}\n")
            for order, table in enumerate(tables, start=1):
                file.write(f"\n\\{order}-grams:\n")
                file.writelines(_lines_of(table))
            file.write("\n\\end\\\n")


def _lines_of(table: NGrams) -> Iterator[str]:
    if not len(table.backoffs):
        for p, words in zip(table.probabilities, table.words, strict=True):
            yield f"{p:.7g}\t{words}\n"
        return
    for p, words, b in zip(table.probabilities, table.words, table.backoffs, strict=True):
        yield f"{p:.7g}\t{words}\t{b:.7g}\n"
