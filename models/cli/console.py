"""What the command line says: results on stdout, progress and trouble on stderr.

Library code never prints; it calls a `log` function that takes one line. Here such lines meet
a terminal: through rich where it is installed and somebody is watching, plainly otherwise.
`Console.progress` is such a log (`lines.py`), and shows counts of long work too.
"""

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kapre_like.models.cli.lines import Bars, Lines

# Where this library's own warnings come from: kapre_like/ and models/, wherever installed.
_PACKAGES = ("kapre_like", "models")


class Console:
    """Two streams, and a moving last line for progress where stderr is a terminal.

    Args:
        rich: `None` decides by itself; `False` forces plain lines.

    Attributes:
        progress: The log to hand to library code: writes to stderr what is going on.
    """

    def __init__(self, rich: bool | None = None):
        wanted = sys.stderr.isatty() if rich is None else rich
        console = _rich_console(stderr=True) if wanted else None
        self.progress = Lines() if console is None else Bars(console)

    def result(self, text: str) -> None:
        """Writes to stdout: what the user asked for."""
        self.close()
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def trouble(self, line: str) -> None:
        """Writes one line to stderr: what went wrong, and how to mend it."""
        self.close()
        sys.stderr.write(one_line(line) + "\n")
        sys.stderr.flush()

    def table(self, title: str, header: list[str], rows: list[list[str]]) -> None:
        """Writes a table to stdout; by rich where stdout is a terminal, else plainly."""
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
        """Turns this library's warnings into one line each and drops everybody else's.

        Returns:
            A function that puts the old behaviour back.
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
def native_noise_hushed() -> Iterator[None]:
    """While it lasts, what libraries in C write to stderr goes nowhere; Python's lines do not.

    TensorFlow says a dozen things about the machine before its log level can be set. Whoever
    sets `TF_CPP_MIN_LOG_LEVEL` to 0 or 1 wants to hear them and does.
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
    """Returns the text with all its white space, line ends included, as single blanks."""
    return " ".join(str(text).split())


def plain_table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Returns the lines of a table in plain text: first column left, the others right."""
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
    """A rich console, or `None` where rich is not installed."""
    try:
        from rich.console import Console as RichConsole
    except ImportError:
        return None
    return RichConsole(stderr=stderr)
