"""Limits on one file: seconds of sound, bytes, and decoding time.

The limits are environment variables, so they apply to the process and to those it starts:
`KAPRE_LIKE_MAX_SECONDS`, `KAPRE_LIKE_MAX_BYTES` and `KAPRE_LIKE_MAX_READ_TIME`.
"""

import functools
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_VARIABLES = {
    "seconds": "KAPRE_LIKE_MAX_SECONDS",
    "bytes": "KAPRE_LIKE_MAX_BYTES",
    "read_time": "KAPRE_LIKE_MAX_READ_TIME",
}
_FLAGS = {name: f"--max-{name.replace('_', '-')}" for name in _VARIABLES}
# 4 GiB of float32 are 18 hours at 16 kHz. A FLAC bomb of 1 MB decodes to 150 GB.
_DEFAULTS = {"seconds": math.inf, "bytes": 2.0**32, "read_time": 300.0}


@dataclass(frozen=True)
class Limits:
    """Limits on one file.

    Attributes:
        seconds: Float > 0, seconds of sound that are read.
        bytes: Float > 0, bytes of the file on disk, and of the float32 waveform.
        read_time: Float > 0, seconds of wall time for decoding.
    """

    seconds: float = _DEFAULTS["seconds"]
    bytes: float = _DEFAULTS["bytes"]
    read_time: float = _DEFAULTS["read_time"]

    @classmethod
    def current(cls) -> "Limits":
        """Returns the limits of the environment. `inf` means no limit.

        Raises:
            ValueError: If a variable is not a number > 0.
        """
        return _limits(*(os.environ.get(variable, "") for variable in _VARIABLES.values()))


@functools.lru_cache(maxsize=8)
def _limits(*texts: str) -> Limits:
    given = zip(_VARIABLES, texts, strict=True)
    return Limits(**{name: _number(name, text) for name, text in given if text})


def _number(name: str, text: Any) -> float:
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = math.nan
    if not value > 0:
        raise ValueError(
            f"read_limits: `{name}` must be a number > 0, or inf for none. Received: "
            f"{name}={text!r}. Set it with {_FLAGS[name]} or {_VARIABLES[name]}."
        )
    return value


@contextmanager
def read_limits(
    *, seconds: float | None = None, bytes: float | None = None, read_time: float | None = None
) -> Iterator[None]:
    """Sets limits for files that are read inside the context, also in processes started there.

    Args:
        seconds: Float > 0, seconds of sound read from one file. `None` leaves the limit
            unchanged (no limit by default).
        bytes: Float > 0, size of one file on disk, and of the waveform read from it as
            float32. `None` leaves the limit unchanged (4 GiB by default).
        read_time: Float > 0, seconds for decoding one file. `None` leaves the limit unchanged
            (300 by default).

    Raises:
        ValueError: If an argument is not a number > 0. `math.inf` removes a limit.

    Example:
        >>> from kapre_like import audio
        >>> with audio.read_limits(seconds=600, bytes=2**30):
        ...     clips = audio.read_dataset("calls.csv")  # and code that reads these files
    """
    given = {"seconds": seconds, "bytes": bytes, "read_time": read_time}
    wanted = {
        _VARIABLES[name]: repr(_number(name, value))
        for name, value in given.items()
        if value is not None
    }
    before = {variable: os.environ.get(variable) for variable in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value


class Meter:
    """Measures the reading of one file, and raises an error above the limits.

    Args:
        path: The file, for messages.
    """

    def __init__(self, path: str | Path) -> None:
        self._path, self._limits = path, Limits.current()
        self._began = time.monotonic()
        self._seconds = self._bytes = 0.0

    def file_size(self, size: int) -> None:
        """Checks the size of the file on disk."""
        if size > self._limits.bytes:
            self._refuse("bytes", f"is larger ({size:,} bytes) than")

    def block(self, kept: int, rate: int) -> None:
        """Counts `kept` samples of one channel at `rate` Hz, and checks all limits."""
        self._seconds += kept / rate
        self._bytes += 4 * kept
        if self._seconds > self._limits.seconds:
            self._refuse("seconds", "holds more sound than")
        if self._bytes > self._limits.bytes:
            self._refuse("bytes", "decodes to more than")
        if time.monotonic() - self._began > self._limits.read_time:
            self._refuse("read_time", "takes longer to decode than")

    def output(self, samples: float) -> None:
        """Checks the number of samples after resampling."""
        if 4 * samples > self._limits.bytes:
            self._refuse("bytes", "is resampled to more than")

    def _refuse(self, name: str, verb: str) -> None:
        unit = "bytes" if name == "bytes" else "s"
        value = getattr(self._limits, name)
        raise ValueError(
            f"{self._path}: {verb} the limit of {value:,.10g} {unit}. Raise the limit with "
            f"{_FLAGS[name]} or {_VARIABLES[name]}, or remove the file from the data."
        )
