"""Long recordings in windows, and the events that their answers merge into.

This is a way to predict, and no part of a model: each window is a clip, to which the model
applies its own length rule.
"""

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from kapre_like import _check
from kapre_like.audio.channels import MIX, SPLIT
from kapre_like.audio.decode import Sound, info
from kapre_like.models.artifact.clip_input import Part
from kapre_like.models.artifact.predictor import HELD_SECONDS, Predictor
from kapre_like.models.experiment.prediction_files import shown


class Window(NamedTuple):
    """A window of a recording; times in seconds.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        own_start: Where the time begins that its answer stands for: the middle of what it
            shares with the window before.
        own_end: Where that ends.
    """

    start: float
    end: float
    own_start: float
    own_end: float


def windows_of(duration: float, seconds: float, hop: float) -> list[Window]:
    """Returns the windows of a recording.

    They begin every `hop` seconds; the last is moved back so that it ends where the recording
    does. A recording no longer than `seconds` is one window, itself.

    Example:
        >>> from kapre_like.models.experiment.recording import windows_of
        >>> [tuple(window) for window in windows_of(5.0, 2.0, 1.0)][:2]
        [(0.0, 2.0, 0.0, 1.5), (1.0, 3.0, 1.5, 2.5)]
    """
    _check.positive("predict", seconds_per_window=seconds, hop=hop)
    last = max(0.0, duration - seconds)
    # Times are counted and not added up, so that hours do not drift.
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
    """Yields what a model hears in a recording, window by window, what is alike merged.

    Memory does not grow with the recording: some minutes are decoded at a time.

    Args:
        predictor: The model.
        part: The recording, or a part of it; times count from its file's beginning.
        seconds: Float > 0, of a window.
        hop: Float > 0, seconds from a window to the next.

    Yields:
        A record, or one of each channel if these are heard apart, with `events`: dicts of
        `start`, `end` (seconds), and `label` and `confidence` (mean probability; of words and
        frames `None`), or `score` or `scores`. Where windows overlap, each answers for the time
        nearest to its middle. A bad file's record has `error` in the place of events.
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
    """The record of a channel."""
    first = part.start_s or 0.0
    end = info(part.path).duration_s
    end = end if part.end_s is None else min(part.end_s, end)
    windows, sounds = windows_of(end - first, seconds, hop), []
    found = [
        event
        for some in _groups(windows)
        for window, answer in _answered(
            predictor, _whole(part, first, some, windows), channel, some, sounds
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


def _answered(
    predictor: Predictor, whole: Part, channel: str, some: list[Window], sounds: list[Sound]
) -> Iterator[tuple[Window, dict[str, Any]]]:
    """Some windows with their answers; what was read is added to `sounds`, without samples."""
    sound = whole.sound(predictor.sample_rate, channel)
    waveform, rate, begin = sound.waveform, predictor.sample_rate, some[0].start
    sounds.append(replace(sound, waveform=waveform[:0]))
    cuts = [
        waveform[round((w.start - begin) * rate) : max(1, round((w.end - begin) * rate))]
        for w in some
    ]
    # Of a file that is cut short, the last windows may hold nothing.
    kept = [(window, cut) for window, cut in zip(some, cuts, strict=True) if len(cut)]
    mono = copy.copy(predictor)  # the channel is chosen already
    mono.channel = MIX
    records = mono.predict([cut for _, cut in kept])
    yield from zip((window for window, _ in kept), records, strict=True)


def _whole(part: Part, first: float, some: list[Window], windows: list[Window]) -> Part:
    """The stretch of a recording that some of its windows lie in."""
    if some == windows:
        return part
    end = None if some[-1] is windows[-1] else first + some[-1].end
    return part._replace(
        start_s=first + some[0].start, end_s=part.end_s if end is None else end
    )


def _groups(windows: list[Window]) -> Iterator[list[Window]]:
    """Neighbors that together are no longer than is held of a recording at once."""
    some: list[Window] = []
    for window in windows:
        if some and window.end - some[0].start > HELD_SECONDS:
            yield some
            some = []
        some.append(window)
    yield some


def _events(window: Window, answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a window says of its own time."""
    own = {"start": window.own_start, "end": window.own_end}
    scores = {name: answer[name] for name in ("score", "scores") if name in answer}
    if scores:
        yield {**own, **scores}
    elif "label" in answer:
        shares = answer["probabilities"]
        for label in answer.get("labels", [answer["label"]]):
            # An answer below the limit is called unknown, and keeps its probability.
            confidence = shares.get(label, answer["probability"])
            yield {**own, "label": label, "confidence": confidence}
    for word in answer.get("words", []):
        start, end = window.start + word["start"], window.start + word["end"]
        # A word belongs to the window that holds its middle.
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
    """Events of one label without a gap between them as one; the confidence is their mean."""
    found: list[dict[str, Any]] = []
    last: dict[str, int] = {}  # where the last event of a label stands
    for event in events:
        label = event.get("label")
        # A word said twice stays two words; scores are no labels.
        goes_on = label in last and "word" not in event
        if goes_on and abs(event["start"] - found[last[label]]["end"]) < 1e-6:
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
