"""The output of the command line: results on stdout, progress and errors on stderr.

Library code never prints. It calls a `log` function that takes one line. `Console.progress` is
such a log (`lines.py`), which also shows the progress of long computations. On a terminal,
output uses rich if it is installed. Otherwise it is plain text.
"""

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kapre_like.models.cli.lines import Bars, Lines

# Folders of this library. Warnings from modules in other folders are not shown.
_PACKAGES = ("kapre_like", "models")


class Console:
    """Writes to stdout and stderr, with a moving line of progress if stderr is a terminal.

    Args:
        rich: Whether progress uses rich. `None` uses it if stderr is a terminal.

    Attributes:
        progress: The log for library code. It writes to stderr.
    """

    def __init__(self, rich: bool | None = None):
        wanted = sys.stderr.isatty() if rich is None else rich
        console = _rich_console(stderr=True) if wanted else None
        self.progress = Lines() if console is None else Bars(console)

    def result(self, text: str) -> None:
        """Writes a result to stdout."""
        self.close()
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def trouble(self, line: str) -> None:
        """Writes an error or a note to stderr, as one line."""
        self.close()
        sys.stderr.write(one_line(line) + "\n")
        sys.stderr.flush()

    def table(self, title: str, header: list[str], rows: list[list[str]]) -> None:
        """Writes a table to stdout, with rich if stdout is a terminal."""
        console = _rich_console(stderr=False) if sys.stdout.isatty() else None
        if console is None:
            self.result("\n".join([title, *plain_table(header, rows)]))
            return
        from rich.table import Table

        self.close()
        table = Table(title=title, title_justify="left")
        for index, name in enumerate(header):
            table.add_column(name, justify="left" if index == 0 else "right")
        for row in rows:
            table.add_row(*row)
        console.print(table)

    def close(self) -> None:
        """Ends the moving line, if there is one."""
        self.progress.close()

    def show_warnings(self) -> Callable[[], None]:
        """Shows warnings of this library as one line each, and hides all others.

        Returns:
            A function that restores the previous behavior.
        """
        old, filters = warnings.showwarning, warnings.filters[:]
        warnings.simplefilter("default")

        def show(message, _category, filename, *_):
            if any(part in _PACKAGES for part in Path(filename).parts):
                self.trouble(f"note: {message}")

        warnings.showwarning = show

        def restore() -> None:
            warnings.showwarning = old
            warnings.filters[:] = filters

        return restore


@contextmanager
def native_stderr_silenced() -> Iterator[None]:
    """Discards the stderr output of C libraries, but not Python's.

    TensorFlow logs about a dozen lines on the machine before its log level can be set. A user
    who sets `TF_CPP_MIN_LOG_LEVEL` to 0 or 1 sees them.
    """
    level = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if level in ("0", "1") or sys.stderr is not sys.__stderr__:
        yield
        return
    sys.stderr.flush()
    ours = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = ours
    try:
        yield
    finally:
        sys.stderr = sys.__stderr__
        ours.flush()
        os.dup2(ours.fileno(), 2)
        ours.close()


def one_line(text: object) -> str:
    """Returns the text with each run of white space, line ends included, as one space."""
    return " ".join(str(text).split())


def plain_table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Returns the lines of a table in plain text. Only the first column is left-aligned."""
    cells = [header, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = []
    for row in cells:
        first, *rest = zip(row, widths, strict=True)
        parts = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)]
        lines.append("  ".join(parts).rstrip())
    rule = "  ".join("-" * width for width in widths)
    return [lines[0], rule, *lines[1:]]


def _rich_console(*, stderr: bool) -> Any:
    """Returns a console of rich, or `None` if rich is not installed."""
    try:
        from rich.console import Console as RichConsole
    except ImportError:
        return None
    return RichConsole(stderr=stderr)
