"""Counts the clips that a long computation has processed, with the rate and the time left.

A log is any function that takes one line. If a log also has a method `counted(what, done,
total)`, it is called at each step, for example to update a progress bar. Any other log receives
a line every ten seconds, so a shorter computation logs nothing.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Log = Callable[[str], None]
Item = TypeVar("Item")

EVERY_S = 10.0
# First character of a line that is a count. No other line begins with it.
_MARK = "\x02"


class Progress:
    """Counts the clips of one computation, and logs the count. It is thread-safe.

    Args:
        log: A function of one line. It may have a method `counted`, see the module.
        what: Name of the computation, such as `"reading"`.
        total: Int >= 0, number of clips; `None` if it is unknown.
        every: Float > 0, seconds between two lines.
    """

    def __init__(
        self, log: Log, what: str, total: int | None, *, every: float = EVERY_S
    ) -> None:
        self.what, self.total, self.done = what, total, 0
        self._log, self._every = log, every
        self._counted = getattr(log, "counted", None)
        self._began = self._said = time.perf_counter()
        self._lock = threading.Lock()

    def advance(self, n: int = 1) -> None:
        """Adds `n` clips."""
        self.reach(self.done + n)

    def reach(self, done: int, total: int | None = None) -> None:
        """Sets the number of processed clips. It can be used as a callback `(done, total)`."""
        with self._lock:
            self.done, self.total = done, self.total if total is None else total
            if self._counted is not None:
                self._counted(self.what, self.done, self.total)
                return
            now = time.perf_counter()
            if now - self._said >= self._every:
                self._said = now
                self._log(count_line(self.what, done, self.total, now - self._began))

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yields items, and counts each one when the next is requested."""
        for item in items:
            yield item
            self.advance()


def count_line(what: str, done: int, total: int | None, seconds: float) -> str:
    """Returns a count as a line: `reading: 1200 of 5000 clips, 104 per second, 37 s left`."""
    rate = done / max(seconds, 1e-9)
    parts = [f"{what}: {done}{'' if total is None else f' of {total}'} clips"]
    parts.append(f"{rate:.0f} per second" if rate >= 10 else f"{rate:.2g} per second")
    if total is not None and rate > 0 and done < total:
        parts.append(f"{_left((total - done) / rate)} left")
    return ", ".join(parts)


def _left(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


class Piped:
    """The log of a worker process: writes lines and counts to stdout, for `Forwarded`."""

    def __call__(self, line: str) -> None:
        self._write(line)

    def counted(self, what: str, done: int, total: int | None) -> None:
        """Writes a count as a line that `Forwarded` recognizes."""
        self._write(_MARK + json.dumps([what, done, total]))

    def _write(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class Forwarded:
    """Passes the output of a worker with a `Piped` log to the log of the parent process.

    Args:
        log: As in `Progress`.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._counts: dict[str, Progress] = {}

    def __call__(self, line: str) -> None:
        """Takes one line of the worker's output."""
        if not line.startswith(_MARK):
            self._log(line)
            return
        what, done, total = json.loads(line.removeprefix(_MARK))
        counted = self._counts.get(what)
        if counted is None or done < counted.done:  # the same computation on other clips
            counted = self._counts[what] = Progress(self._log, what, total)
        counted.reach(done, total)
