"""Keeps what libmpg123 writes to stderr away from the user; everything else passes.

libsndfile decodes MP3 with libmpg123, which has no switch for its messages from there. While
such a file is open, the process's stderr is a temporary file. Afterwards the lines in it that
are not libmpg123's go where they were meant to go.
"""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# The lines that libmpg123 1.32 writes when it has not been told to be quiet or verbose.
_MPG123 = re.compile(
    rb"\[[^\]]*libmpg123|"
    rb"Note: (?:Trying to resync|Illegal Audio-MPEG|Skipped|Junk at|Hit end of|Input data end|"
    rb"Looks like|Could be a BMP|broken frame|missing|free format|Xing|Info|Cut frame)|"
    rb"Warning: .*(?:Frankenstein|Xing stream|next header)|"
    rb"not attempting to resync|\s*$"
)


class _Hush:
    """One diversion of stderr for all threads: the first in begins it, the last out ends it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._real = -1
        self._held = -1

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside > 1:
                return
            try:
                self._real = os.dup(2)
            except OSError:  # the process has no stderr
                return
            with tempfile.TemporaryFile() as file:
                self._held = os.dup(file.fileno())
            os.dup2(self._held, 2)

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside or self._real < 0:
                return
            os.dup2(self._real, 2)
            self._forward()
            os.close(self._real)
            os.close(self._held)
            self._real = self._held = -1

    def _forward(self) -> None:
        os.lseek(self._held, 0, os.SEEK_SET)
        with os.fdopen(os.dup(self._held), "rb") as file:
            for line in file:
                if not _MPG123.match(line):
                    os.write(self._real, line)


_HUSH = _Hush()


@contextmanager
def mpg123_hushed() -> Iterator[None]:
    """While it lasts, no message of libmpg123 reaches stderr."""
    if sys.stderr is not None:
        sys.stderr.flush()
    _HUSH.enter()
    try:
        yield
    finally:
        _HUSH.leave()
