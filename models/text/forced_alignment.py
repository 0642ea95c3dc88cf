"""Aligns the tokens of a known text to frames: the best CTC path, by the Viterbi algorithm."""

from collections.abc import Sequence

import numpy as np

from kapre_like.models.text.collapse import Run

# Maximum of frames times states to align at once, a byte each. Longer clips are cut.
CELLS = 64_000_000


def align(
    logs: np.ndarray,
    tokens: Sequence[int],
    blank: int,
    space: int | None = None,
    hints: Sequence[int] | None = None,
) -> list[Run]:
    """Returns the frames of each token in the most probable alignment.

    Args:
        logs: `(frames, vocabulary)` log probabilities.
        tokens: Numbers of the text's tokens, without blanks.
        blank: Number of the blank.
        space: Number of the token between words; `None` if there is no such token. Frames may
            have additional spaces at the ends of the text and next to its spaces.
        hints: Approximate first frame of each token, in ascending order. They are needed to
            cut clips that are too long to align at once between two words.

    Returns:
        A run for each token. Empty if there are too few frames for the tokens.
    """
    cells = len(logs) * (2 * len(tokens) + 1)
    cut = (
        None if cells <= CELLS or hints is None else _cut(logs[:, blank], tokens, space, hints)
    )
    if cut is None:
        return _aligned(logs, tokens, blank, space)
    frame, n = cut
    # Align a space at the cut to no frame, because it may be on either side.
    at, after = (n - 1, n) if n and tokens[n - 1] == space else (n, n + 1)
    if at == len(tokens) or tokens[at] != space:
        at = after = n
    left = align(logs[:frame], tokens[:at], blank, space, hints[:at])
    right_hints = [hint - frame for hint in hints[after:]]
    right = align(logs[frame:], tokens[after:], blank, space, right_hints)
    middle = [Run(token, frame, frame) for token in tokens[at:after]]
    return [
        *left, *middle, *(Run(run.token, run.start + frame, run.end + frame) for run in right)
    ]  # fmt: skip


def _cut(
    silence: np.ndarray, tokens: Sequence[int], space: int | None, hints: Sequence[int]
) -> tuple[int, int] | None:
    """Returns a silent frame in the clip's middle half, and the number of tokens before it."""
    quarter = len(silence) // 4
    frames = np.arange(quarter, len(silence) - quarter)
    if not len(frames):
        return None
    # Average the blank's probability over a few frames, about 0.2 s.
    width = min(9, len(frames))
    quiet = np.convolve(np.exp(silence[frames]), np.ones(width) / width, mode="same")
    before = np.searchsorted(hints, frames, side="left")
    if space is not None:
        edge = np.concatenate([[True], np.asarray(tokens) == space, [True]])
        quiet = np.where(edge[before] | edge[before + 1], quiet, -1.0)
    best = int(quiet.argmax())
    return int(frames[best]), int(before[best])


def _aligned(
    logs: np.ndarray, tokens: Sequence[int], blank: int, space: int | None
) -> list[Run]:
    if not len(tokens) or not len(logs):
        return []
    states, logs = _states(logs, tokens, blank, space)
    skips = np.zeros(len(states), bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    steps = np.zeros((len(logs), len(states)), np.int8)
    best = np.full(len(states), -np.inf)
    best[:2] = logs[0, states[:2]]
    for t in range(1, len(logs)):
        reached = best.copy()
        steps[t, 1:] = best[:-1] > reached[1:]
        np.maximum(best[:-1], reached[1:], out=reached[1:])
        over = np.where(skips[2:], best[:-2], -np.inf)
        steps[t, 2:][over > reached[2:]] = 2
        np.maximum(over, reached[2:], out=reached[2:])
        best = reached + logs[t, states]
    state = len(states) - 1 - int(best[-2] > best[-1])
    if best[state] == -np.inf:
        return []
    path = np.empty(len(logs), int)
    for t in range(len(logs) - 1, -1, -1):
        path[t] = state
        state -= int(steps[t, state])
    return _runs(path, tokens)


def _states(
    logs: np.ndarray, tokens: Sequence[int], blank: int, space: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the columns of the states blank, token, blank, ..., and the logs for them.

    A blank at the edge of a word may also be a space, so an additional last column has the
    maximum of both log probabilities.
    """
    states = np.full(2 * len(tokens) + 1, blank)
    states[1::2] = tokens
    if space is None:
        return states, logs
    edge = np.concatenate([[True], np.asarray(tokens) == space, [True]])
    states[::2] = np.where(edge[:-1] | edge[1:], logs.shape[1], blank)
    either = logs[:, [blank, space]].max(axis=1, keepdims=True)
    return states, np.concatenate([logs, either], axis=1)


def _runs(path: np.ndarray, tokens: Sequence[int]) -> list[Run]:
    """Returns the frames of each token, from the states of a path. Odd states are tokens."""
    wanted = 2 * np.arange(len(tokens)) + 1
    starts = np.searchsorted(path, wanted, side="left")
    ends = np.searchsorted(path, wanted, side="right")
    return [Run(int(t), int(a), int(b)) for t, a, b in zip(tokens, starts, ends, strict=True)]
