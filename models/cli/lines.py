"""The logs of the command line: plain lines, or lines above a progress bar.

Library code calls a log with one line. Counts of long computations go to its method `counted`,
if it has one; see `models/artifact/progress.py`, which logs lines otherwise.
"""

import sys
from typing import Any


class Lines:
    """A log that writes each line to stderr."""

    def __call__(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    def close(self) -> None:
        """Does nothing, because plain lines do not move."""


class Bars(Lines):
    """A log for a terminal, with a spinner, or a progress bar for counts.

    Args:
        console: A console of rich on stderr.
    """

    def __init__(self, console: Any) -> None:
        self._console = console
        self._moving: Any = None  # rich allows one moving line at a time
        self._task: Any = None
        self._what = ""

    def __call__(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        if self._moving is None:
            self._moving = self._console.status("working")
            self._moving.start()

    def counted(self, what: str, done: int, total: int | None) -> None:
        """Shows a count as a bar with its rate and the time left."""
        if self._task is None or what != self._what:
            self.close()
            self._moving, self._what = _bar(self._console), what
            self._task = self._moving.add_task(what, total=total)
            self._moving.start()
        self._moving.update(self._task, completed=done, total=total)
        if done == total:
            self.close()

    def close(self) -> None:
        """Removes the spinner or the progress bar."""
        if self._moving is not None:
            self._moving.stop()
        self._moving = self._task = None


def _bar(console: Any) -> Any:
    """Returns a progress bar of rich: name, bar, processed clips, rate, and time left."""
    from rich import progress
    from rich.text import Text

    class Rate(progress.ProgressColumn):
        """Clips per second."""

        def render(self, task: Any) -> Text:
            return Text(f"{task.speed:.3g} per second" if task.speed else "")

    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(bar_width=24),
        progress.MofNCompleteColumn(),
        progress.TextColumn("clips,"),
        Rate(),
        progress.TimeRemainingColumn(compact=True),
        progress.TextColumn("left"),
        console=console,
        transient=True,
    )
