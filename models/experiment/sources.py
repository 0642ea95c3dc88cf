"""Resolves the inputs of `predict`: files, folders, patterns, manifests, standard input."""

import glob
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kapre_like.models.artifact.clip_input import Part

STDIN = "-"
# Control characters that text may contain. `find -print0` separates names by NUL.
_TEXT = frozenset(b"\0\t\n\r")
# Number of bytes that is enough to distinguish a sound file from a list of names.
_PROBE_BYTES = 64


def clips_named(
    names: Iterable[str | Path], *, stdin: Any = None, **columns: Any
) -> Iterator[Part]:
    """Yields the clips of some names, in order.

    Args:
        names: Each is a sound file; a folder, for the sound files in it at any depth; a pattern
            such as `"new/**/*.wav"`; a manifest, for its rows; or `"-"`, standard input, which
            contains a sound file or the names of files, one per line.
        stdin: Stream of bytes that is read for `"-"`; `None` is the process's standard input.
        **columns: Columns of manifests, as `kapre_like.audio.read_unlabeled` takes them.

    Yields:
        Parts of files. If a name cannot be resolved, `problem` of its part is the reason.
    """
    for name in names:
        if str(name) == STDIN:
            yield from _standard_input(stdin or sys.stdin.buffer, columns)
        else:
            yield from _named(str(name), columns)


def _named(name: str, columns: dict[str, Any]) -> Iterator[Part]:
    from kapre_like.audio.table_text import SUFFIXES

    path = Path(name)
    if path.is_dir() or (path.suffix.lower() in SUFFIXES and path.is_file()):
        yield from _table(path, columns)
    elif glob.has_magic(name) and not path.exists():
        # Path.glob does not accept absolute patterns.
        found = glob.glob(str(path.expanduser()), recursive=True)  # noqa: PTH207
        files = sorted(file for file in found if Path(file).is_file())
        yield from map(Part, files)
        if not files:
            yield Part(name, problem=f"{name}: no file matches. Check the pattern.")
    else:
        yield Part(name)


def _table(path: Path, columns: dict[str, Any]) -> Iterator[Part]:
    """Yields the files of a folder, with paths as given, or the rows of a manifest."""
    from kapre_like.audio.folder import audio_below
    from kapre_like.audio.manifest import read_unlabeled

    if path.is_dir():
        below = [str(path / file.relative_to(path.absolute())) for file in audio_below(path)]
        yield from map(Part, below)
        if not below:
            yield Part(str(path), problem=f"{path}: contains no sound file, at any depth.")
        return
    try:
        table = read_unlabeled(path, **columns)
    except (ValueError, OSError) as error:
        yield Part(str(path), problem=str(error))
        return
    for row in zip(table["path"], table["start_s"], table["end_s"], strict=True):
        yield Part(row[0], *(None if math.isnan(time) else float(time) for time in row[1:]))


def _standard_input(stream: Any, columns: dict[str, Any]) -> Iterator[Part]:
    """Yields the clips of standard input: the first bytes show whether it is sound or text."""
    start = b""
    while len(start) < _PROBE_BYTES and (more := stream.read1(4096)):
        start += more
    if not start:
        yield Part(STDIN, problem=f"{STDIN}: standard input is empty.")
    elif _is_text(start):
        for name in _lines(start, stream):
            yield from _named(name, columns)
    else:
        with tempfile.TemporaryDirectory(prefix="kapre-like-") as folder:
            path = Path(folder, "stdin")
            with path.open("wb") as file:
                file.write(start)
                shutil.copyfileobj(stream, file)
            yield Part(str(path), name=STDIN)


def _is_text(start: bytes) -> bool:
    if any(byte < 32 and byte not in _TEXT for byte in start):
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last character may be incomplete.
        return error.start >= len(start) - 3
    return True


def _lines(start: bytes, stream: Any) -> Iterator[str]:
    """Yields names as they arrive, separated by newlines or NUL."""
    end = b"\0" if b"\0" in start else b"\n"
    rest = start
    while True:
        *whole, rest = rest.split(end)
        yield from filter(None, (os.fsdecode(line.strip(b"\r\n")) for line in whole))
        more = stream.read1(4096)
        if not more:
            break
        rest += more
    yield from filter(None, [os.fsdecode(rest.strip(b"\r\n"))])
