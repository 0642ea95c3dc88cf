"""Reads clips in groups that fit into memory."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kapre_like.models.artifact.clip_input import about, each_clip, sounds_of
from kapre_like.models.artifact.records import sound_facts

# Maximum number of clips and seconds of sound that are in memory and passed to a model at once.
GROUP_CLIPS = 32
GROUP_SECONDS = 600.0

# The record of a clip and its waveform. A bad clip has a record with `error`, and `None`.
ReadClip = tuple[dict[str, Any], np.ndarray | None]


def clip_groups(
    clips: Any,
    *,
    sample_rate: int,
    given_rate: int | None,
    channel: str,
    cut: Callable[[np.ndarray], np.ndarray],
) -> Iterator[list[ReadClip]]:
    """Yields groups of consecutive clips with their records and waveforms.

    Args:
        clips: As in `Predictor.predict`.
        sample_rate: Int > 0, Hz, of the model's input.
        given_rate: Int > 0, Hz, of arrays. `None` means the model's rate.
        channel: As in `sounds_of`. With `"split"`, each channel has an entry.
        cut: Function from a waveform to the part of it that is kept in memory.
    """
    group: list[ReadClip] = []
    samples = 0
    for record, waveform in _each(clips, cut, sample_rate, given_rate, channel):
        group.append((record, waveform))
        samples += 0 if waveform is None else len(waveform)
        if len(group) == GROUP_CLIPS or samples >= GROUP_SECONDS * sample_rate:
            yield group
            group, samples = [], 0
    if group:
        yield group


def _each(
    clips: Any,
    cut: Callable[[np.ndarray], np.ndarray],
    sample_rate: int,
    given_rate: int | None,
    channel: str,
) -> Iterator[ReadClip]:
    """Yields each clip, or each of its channels."""
    rates = {"sample_rate": sample_rate, "given_rate": given_rate}
    for clip in each_clip(clips):
        try:
            for number, sound in sounds_of(clip, channel=channel, **rates):
                yield about(clip) | sound_facts(number, sound), cut(sound.waveform)
        except (ValueError, OSError) as error:
            yield {**about(clip), "error": str(error)}, None
