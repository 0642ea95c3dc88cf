"""The feature table of a data set: files read and described in parallel."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kapre_like.audio.decode import Sound
from kapre_like.audio.processes import in_order
from kapre_like.audio.rows import Row, rows_of, sound_of, warn_of
from kapre_like.features.analysis import Analysis
from kapre_like.features.settings import resolve
from kapre_like.features.vector import clip_vector, names

if TYPE_CHECKING:
    import pandas as pd


def feature_table(
    table: "pd.DataFrame",
    features: Any = None,
    *,
    seconds: float | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[np.ndarray, list[str]]:
    """Reads every clip of a table and computes its row.

    Many clips are read and described in processes (`kapre_like.audio.processes`). The result
    does not depend on `workers`.

    Args:
        table: As from `kapre_like.audio.read_dataset`: `path`, `start_s`, `end_s`, and
            optionally `channel`.
        features: A `ClipFeatures`, or a dict of its arguments. `None`: its defaults.
        seconds: Float > 0: only the middle `seconds` of each clip. `None`: all of it.
        workers: Int > 0, processes; 1 stays in this one. `None`: one per core.
        progress: Called with (clips done, clips in all) after each.

    Returns:
        float32 `(clips, features)` and the names of the columns.

    Raises:
        ValueError: `PATH: reason. Fix.` for a bad file; `kapre_like.audio.scan` finds them
            before. Bad settings.
    """
    settings = features if isinstance(features, dict) else {}
    if features is not None and not isinstance(features, dict):
        settings = features.get_params()
    analysis = resolve(**settings)

    clips, columns = rows_of(table), list(names(analysis))
    found = np.empty((len(clips), len(columns)), np.float32)
    vectors = clip_vectors(clips, analysis, seconds=seconds, workers=workers)
    for place, vector in enumerate(vectors):
        found[place] = vector
        if progress is not None:
            progress(place + 1, len(clips))
    return found, columns


def clip_vectors(
    clips: Sequence[Row],
    analysis: Analysis,
    *,
    seconds: float | None = None,
    workers: int | None = None,
) -> Iterator[np.ndarray]:
    """Yields the row of each clip, in order; arguments, errors and warnings as above."""
    describe = functools.partial(_vector, analysis=analysis, seconds=seconds)
    described = in_order(describe, clips, workers=workers)
    for clip, (vector, sound) in zip(clips, described, strict=True):
        warn_of(clip, sound.problems)
        yield vector


class Tried(NamedTuple):
    """A clip that was described, or why it cannot be.

    Attributes:
        vector: float32 `(features,)`; `None` if the file cannot be read.
        wrong: Why it cannot be read; "" if it can.
        problem: What is wrong with it though it can be read.
        damaged: Bool. Whether sound is missing.
    """

    vector: np.ndarray | None
    wrong: str = ""
    problem: str = ""
    damaged: bool = False


def tried_vectors(
    clips: Sequence[Row],
    analysis: Analysis,
    *,
    seconds: float | None = None,
    workers: int | None = None,
) -> Iterator[Tried]:
    """Yields the row of each clip, in order, or what is wrong with its file."""
    describe = functools.partial(_tried, analysis=analysis, seconds=seconds)
    return in_order(describe, clips, workers=workers)


def _vector(
    clip: Row, *, analysis: Analysis, seconds: float | None
) -> tuple[np.ndarray, Sound]:
    """The row, and the sound without its samples: what a process sends back is small."""
    sound = sound_of(clip, sample_rate=analysis.sample_rate, seconds=seconds)
    return clip_vector(sound.waveform, analysis), replace(sound, waveform=sound.waveform[:0])


def _tried(clip: Row, *, analysis: Analysis, seconds: float | None) -> Tried:
    try:
        vector, sound = _vector(clip, analysis=analysis, seconds=seconds)
    except (ValueError, OSError) as error:
        text = str(error)
        return Tried(None, text if clip.path in text else f"{clip.path}: {text}")
    return Tried(vector, problem="; ".join(sound.problems), damaged=sound.damaged)
