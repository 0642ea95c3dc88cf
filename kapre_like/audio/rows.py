"""The clips of a table. A clip is a part and a channel of a file."""

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kapre_like.audio.channels import MIX
from kapre_like.audio.decode import Sound, read_sound

if TYPE_CHECKING:
    import pandas as pd


class Row(NamedTuple):
    """A clip of a table.

    Attributes:
        path: The file.
        start_s: Float seconds or NaN.
        end_s: Float seconds or NaN.
        channel: `"mix"` or the number of a channel.
        known: Bool. Whether a scan has already reported the problems of the file.
    """

    path: str
    start_s: float
    end_s: float
    channel: str = MIX
    known: bool = False


def rows_of(table: "pd.DataFrame") -> list[Row]:
    """Returns the clips of a table in order. Without a column `channel` they use the mean."""
    known = "problem" in table.columns
    channels = table["channel"] if "channel" in table.columns else [MIX] * len(table)
    cells = zip(table["path"], table["start_s"], table["end_s"], channels, strict=True)
    return [Row(*cell, known) for cell in cells]


def sound_of(row: Row, *, sample_rate: int, seconds: float | None = None) -> Sound:
    """Reads a clip and its problems. Arguments and errors are those of `decode.read`."""
    return read_sound(
        row.path, sample_rate=sample_rate, start_s=row.start_s, end_s=row.end_s,
        seconds=seconds, channel=row.channel,
    )  # fmt: skip


def warn_of(row: Row, problems: Iterable[str]) -> None:
    """Warns of the problems of a clip, unless a scan has reported them."""
    if not row.known:
        for problem in problems:
            warnings.warn(f"{row.path}: {problem}", UserWarning, stacklevel=3)


def read_row(row: Row, *, sample_rate: int, seconds: float | None = None) -> np.ndarray:
    """Reads a clip. Arguments, errors and warnings are those of `decode.read`."""
    sound = sound_of(row, sample_rate=sample_rate, seconds=seconds)
    warn_of(row, sound.problems)
    return sound.waveform
