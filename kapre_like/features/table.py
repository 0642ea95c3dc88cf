"""Computes the feature table of a data set, in parallel."""

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
    """Reads every clip of a table and computes its features.

    Worker processes read the clips (`kapre_like.audio.processes`) and compute their rows. The
    result does not depend on `workers`.

    Args:
        table: Data frame as from `kapre_like.audio.read_dataset`, with the columns `path`,
            `start_s`, `end_s`, and optionally `channel`.
        features: A `ClipFeatures`, or a dict of its arguments. `None`: its defaults.
        seconds: Float > 0: use only the middle `seconds` of each clip. `None`: all of it.
        workers: Int > 0, processes; 1 uses the current process. `None`: one per core.
        progress: Function called with (clips done, clips in total) after each clip.

    Returns:
        float32 `(clips, features)` and the names of the columns.

    Raises:
        ValueError: If a file cannot be read (`PATH: reason. Fix.`), or an argument is invalid.
            `kapre_like.audio.scan` finds such files beforehand.
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
    """Yields the row of each clip, in order. Arguments and errors as in `feature_table`."""
    describe = functools.partial(_vector, analysis=analysis, seconds=seconds)
    described = in_order(describe, clips, workers=workers)
    for clip, (vector, sound) in zip(clips, described, strict=True):
        warn_of(clip, sound.problems)
        yield vector


class Tried(NamedTuple):
    """The feature vector of a clip, or the reason why there is none.

    Attributes:
        vector: float32 `(features,)`; `None` if the file cannot be read.
        wrong: Reason why the file cannot be read; "" if it can.
        problem: Defect of a file that can be read; "" if none.
        damaged: Bool. Whether a part of the sound is missing.
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
    """Yields the row of each clip, in order, or the error of its file."""
    describe = functools.partial(_tried, analysis=analysis, seconds=seconds)
    return in_order(describe, clips, workers=workers)


def _vector(
    clip: Row, *, analysis: Analysis, seconds: float | None
) -> tuple[np.ndarray, Sound]:
    """Returns the row, and the sound without samples, so that processes send little data."""
    sound = sound_of(clip, sample_rate=analysis.sample_rate, seconds=seconds)
    return clip_vector(sound.waveform, analysis), replace(sound, waveform=sound.waveform[:0])


def _tried(clip: Row, *, analysis: Analysis, seconds: float | None) -> Tried:
    try:
        vector, sound = _vector(clip, analysis=analysis, seconds=seconds)
    except (ValueError, OSError) as error:
        text = str(error)
        return Tried(None, text if clip.path in text else f"{clip.path}: {text}")
    return Tried(vector, problem="; ".join(sound.problems), damaged=sound.damaged)
