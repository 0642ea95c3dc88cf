"""The CTC rule (Graves et al. 2006): merge repeated tokens, then remove blanks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Run:
    """Consecutive frames with the same token.

    Attributes:
        token: The token, as number or text.
        start: Int, the first frame.
        end: Int, the frame after the last one.
    """

    token: Any
    start: int
    end: int


def collapse(path: Sequence[Any] | np.ndarray, blank: Any) -> list[Run]:
    """Returns the runs of a path `(frames,)` of tokens, without runs of the blank."""
    path = np.asarray(path)
    if not len(path):
        return []
    edges = np.flatnonzero(path[1:] != path[:-1]) + 1
    starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(path)]
    tokens = path[starts].tolist()
    return [
        Run(token, start, end)
        for token, start, end in zip(tokens, starts, ends, strict=True)
        if token != blank
    ]


def words_of(runs: Iterable[Run], mark: str) -> list[tuple[str, list[Run]]]:
    """Splits runs, whose tokens are texts, into words.

    Args:
        runs: See `Run`.
        mark: Prefix of the first token of a word. A token that is only the mark ends the last
            word.

    Returns:
        Each word's text and its runs. Runs of only the mark do not belong to a word.
    """
    words: list[tuple[str, list[Run]]] = []
    begins = True
    for run in runs:
        begins = begins or (bool(mark) and run.token.startswith(mark))
        piece = run.token.removeprefix(mark)
        if not piece:
            begins = True
        elif begins:
            words.append((piece, [run]))
            begins = False
        else:
            text, parts = words[-1]
            words[-1] = (text + piece, [*parts, run])
    return words
