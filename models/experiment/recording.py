"""Predicts long recordings in windows, and merges the predictions into events.

The windows are not part of the model. Each window is a clip, to which the model applies its own
length rule.
"""

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from kapre_like import _check
from kapre_like.audio.channels import MIX, SPLIT
from kapre_like.audio.decode import Sound, info
from kapre_like.models.artifact.clip_groups import GROUP_SECONDS
from kapre_like.models.artifact.clip_input import Part
from kapre_like.models.artifact.predictor import Predictor
from kapre_like.models.experiment.prediction_files import shown


class Window(NamedTuple):
    """A window of a recording; times in seconds.

    Attributes:
        start: Start of the window.
        end: End of the window.
        own_start: Start of the time to which its prediction applies: the middle of the overlap
            with the previous window.
        own_end: End of that time.
    """

    start: float
    end: float
    own_start: float
    own_end: float


def windows_of(duration: float, seconds: float, hop: float) -> list[Window]:
    """Returns the windows of a recording.

    A window starts every `hop` seconds. The last one is moved back to end with the recording. A
    recording that is not longer than `seconds` is one window.

    Example:
        >>> from kapre_like.models.experiment.recording import windows_of
        >>> [tuple(window) for window in windows_of(5.0, 2.0, 1.0)][:2]
        [(0.0, 2.0, 0.0, 1.5), (1.0, 3.0, 1.5, 2.5)]
    """
    _check.positive("predict", seconds_per_window=seconds, hop=hop)
    last = max(0.0, duration - seconds)
    # Starts are multiples of `hop`, not sums, so that rounding errors do not accumulate.
    count = int(np.ceil(last / hop - 1e-9)) + 1
    starts = [min(number * hop, last) for number in range(count)]
    ends = [min(start + seconds, duration) for start in starts]
    edges = [
        (min(end, (end + start) / 2), max(start, (end + start) / 2))
        for end, start in zip(ends[:-1], starts[1:], strict=True)
    ]
    own_starts = [0.0, *(start for _, start in edges)]
    own_ends = [*(end for end, _ in edges), duration]
    return [Window(*times) for times in zip(starts, ends, own_starts, own_ends, strict=True)]


def recording_records(
    predictor: Predictor, part: Part, *, seconds: float, hop: float
) -> Iterator[dict[str, Any]]:
    """Predicts a recording window by window, and merges equal neighboring predictions.

    Memory does not grow with the length of the recording, because a few minutes are decoded at
    a time.

    Args:
        predictor: The model.
        part: The recording, or a part of it. Times count from the start of its file.
        seconds: Float > 0, length of a window.
        hop: Float > 0, seconds from one window to the next.

    Yields:
        One record, or one per channel if channels are split, with `events`: dicts of `start`,
        `end` (seconds), and `label` and `confidence` (mean probability; `None` for words and
        frames), or `score` or `scores`. If windows overlap, each prediction applies to the time
        nearest to the middle of its window. The record of a bad file contains `error` in place
        of `events`.
    """
    try:
        for channel in _channels(predictor, part):
            yield _record(predictor, part, channel, seconds, hop)
    except (ValueError, OSError) as error:
        yield {**part.record(), "error": str(error)}


def _channels(predictor: Predictor, part: Part) -> list[str]:
    if part.problem:
        raise ValueError(part.problem)
    if predictor.channel != SPLIT:
        return [predictor.channel]
    return [str(number + 1) for number in range(info(part.path).channels)]


def _record(
    predictor: Predictor, part: Part, channel: str, seconds: float, hop: float
) -> dict[str, Any]:
    """Returns the record of one channel."""
    first = part.start_s or 0.0
    end = info(part.path).duration_s
    end = end if part.end_s is None else min(part.end_s, end)
    windows, sounds = windows_of(end - first, seconds, hop), []
    found = [
        event
        for group in _groups(windows)
        for window, answer in _predicted(
            predictor, _section(part, first, group, windows), channel, group, sounds
        )
        for event in _events(window, shown(answer, predictor))
    ]
    for event in (merged := _merged(found)):
        event.pop("word", None)
        event |= {name: round(first + event[name], 3) for name in ("start", "end")}
    record = part.record()
    if channel != MIX and any(sound.channels > 1 for sound in sounds):
        record["channel"] = int(channel)
    if problems := list(dict.fromkeys(text for sound in sounds for text in sound.problems)):
        record["problems"] = problems
    if any(sound.damaged for sound in sounds):
        record["damaged"] = True
    return {**record, "events": merged}


def _predicted(
    predictor: Predictor, section: Part, channel: str, group: list[Window], sounds: list[Sound]
) -> Iterator[tuple[Window, dict[str, Any]]]:
    """Yields windows with their predictions. Appends the decoded sound without its samples."""
    sound = section.sound(predictor.sample_rate, channel)
    waveform, rate, begin = sound.waveform, predictor.sample_rate, group[0].start
    sounds.append(replace(sound, waveform=waveform[:0]))
    cuts = [
        waveform[round((w.start - begin) * rate) : max(1, round((w.end - begin) * rate))]
        for w in group
    ]
    # The last windows of a truncated file may be empty.
    kept = [(window, cut) for window, cut in zip(group, cuts, strict=True) if len(cut)]
    mono = copy.copy(predictor)  # the channel has already been selected
    mono.channel = MIX
    records = mono.predict([cut for _, cut in kept])
    yield from zip((window for window, _ in kept), records, strict=True)


def _section(part: Part, first: float, group: list[Window], windows: list[Window]) -> Part:
    """Returns the section of a recording that contains a group of its windows."""
    if group == windows:
        return part
    end = None if group[-1] is windows[-1] else first + group[-1].end
    return part._replace(
        start_s=first + group[0].start, end_s=part.end_s if end is None else end
    )


def _groups(windows: list[Window]) -> Iterator[list[Window]]:
    """Yields groups of consecutive windows of at most `GROUP_SECONDS` together."""
    group: list[Window] = []
    for window in windows:
        if group and window.end - group[0].start > GROUP_SECONDS:
            yield group
            group = []
        group.append(window)
    yield group


def _events(window: Window, answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the events that a window predicts for its own time."""
    own = {"start": window.own_start, "end": window.own_end}
    scores = {name: answer[name] for name in ("score", "scores") if name in answer}
    if scores:
        yield {**own, **scores}
    elif "label" in answer:
        shares = answer["probabilities"]
        for label in answer.get("labels", [answer["label"]]):
            # The label `unknown` is not a class, so its confidence is the top probability.
            confidence = shares.get(label, answer["probability"])
            yield {**own, "label": label, "confidence": confidence}
    for word in answer.get("words", []):
        start, end = window.start + word["start"], window.start + word["end"]
        # A word belongs to the window whose own time contains the middle of the word.
        if window.own_start <= (start + end) / 2 < window.own_end:
            yield {
                "start": start,
                "end": end,
                "label": word["word"],
                "confidence": word.get("confidence"),
                "word": True,
            }
    for segment in answer.get("segments", []):
        start = max(window.own_start, window.start + segment["start"])
        end = min(window.own_end, window.start + segment["end"])
        if start < end:
            yield {"start": start, "end": end, "label": segment["label"], "confidence": None}


def _merged(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merges consecutive events of one label without a gap. The confidence is their mean."""
    found: list[dict[str, Any]] = []
    last: dict[str, int] = {}  # index of the last event of each label
    for event in events:
        label = event.get("label")
        # Words and scores are not merged.
        mergeable = label in last and "word" not in event
        if mergeable and abs(event["start"] - found[last[label]]["end"]) < 1e-6:
            found[last[label]] = _joined(found[last[label]], event)
            continue
        if label is not None:
            last[label] = len(found)
        found.append(event)
    return found


def _joined(before: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    joined = {**before, "end": event["end"]}
    if event["confidence"] is not None:
        lengths = [one["end"] - one["start"] for one in (before, event)]
        values = [one["confidence"] for one in (before, event)]
        joined["confidence"] = float(np.average(values, weights=lengths))
    return joined
