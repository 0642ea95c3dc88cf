"""Discards the messages that libmpg123 writes to stderr, but no other messages.

libsndfile decodes MP3 with libmpg123, and offers no way to switch off its messages. While such
a file is open, the stderr of the process is a temporary file. Afterwards the lines of other
origin are copied to the real stderr.
"""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# The lines that libmpg123 1.32 writes by default.
_MPG123 = re.compile(
    rb"\[[^\]]*libmpg123|"
    rb"Note: (?:Trying to resync|Illegal Audio-MPEG|Skipped|Junk at|Hit end of|Input data end|"
    rb"Looks like|Could be a BMP|broken frame|missing|free format|Xing|Info|Cut frame)|"
    rb"Warning: .*(?:Frankenstein|Xing stream|next header)|"
    rb"not attempting to resync|\s*$"
)


class _Diversion:
    """Diverts stderr for all threads, from the first `enter` to the last `leave`."""

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


_DIVERSION = _Diversion()


@contextmanager
def mpg123_silenced() -> Iterator[None]:
    """Returns a context in which no message of libmpg123 reaches stderr."""
    if sys.stderr is not None:
        sys.stderr.flush()
    _DIVERSION.enter()
    try:
        yield
    finally:
        _DIVERSION.leave()
