"""Decodes a part of a file in blocks, and reports damage of the file."""

import math
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kapre_like.audio.channels import Cancellation, pick
from kapre_like.audio.flac_runs import changing_flac
from kapre_like.audio.limits import Meter
from kapre_like.audio.opening import EXTRA, REPLACE, Source, bad, by_ffmpeg_too, open_source
from kapre_like.audio.sndfile_source import SndfileSource

# Manifests often round times to a hundredth of a second: this much past the end is the end.
_END_TOLERANCE_S = 0.011
# Tolerances of lengths in headers, which are rounded to packets or to milliseconds.
_TOLERANCE, _TOLERANCE_S = 0.02, 0.1


@dataclass
class Part:
    """A decoded part of a file.

    Attributes:
        rate: Int, Hz, at the beginning of the file. Frames are counted at this rate.
        channels: Int, number of channels at the beginning of the file.
        pieces: Consecutive waveforms with their rates.
        end: Float, the frame after the last decoded frame.
        cancellation: Whether the channels cancel each other.
        damage: Text that describes missing sound; "" if nothing is missing.
    """

    rate: int
    channels: int
    pieces: list[tuple[np.ndarray, int]] = field(default_factory=list)
    end: float = 0.0
    cancellation: Cancellation = field(default_factory=Cancellation)
    damage: str = ""

    def cut(self, begin: int, end: int) -> None:
        """Keeps the frames from `begin` to `end`."""
        here, kept = 0.0, []
        for mono, rate in self.pieces:
            low, high = _within(here, len(mono), self.rate / rate, begin, end)
            here += len(mono) * self.rate / rate
            if low < high:
                kept.append((mono[low:high], rate))
        self.pieces = kept


@dataclass(frozen=True)
class _Asked:
    """The requested part of a file, in seconds."""

    path: str | Path
    start_s: float | None
    end_s: float | None
    seconds: float | None

    @property
    def whole(self) -> bool:
        given = (self.start_s, self.end_s, self.seconds)
        return not any(_is_given(value) for value in given)

    def open_bounds(self, rate: int) -> tuple[int, int] | None:
        """Returns `bounds` for a file of unknown length; `None` if they depend on it."""
        if self.seconds is not None or not _is_given(self.end_s):
            return None
        first = self.start_s if _is_given(self.start_s) else 0.0
        if not 0 <= first < self.end_s:
            return None
        return round(first * rate), round(self.end_s * rate)

    def bounds(self, rate: int, total: int) -> tuple[int, int]:
        """Returns the first frame to read and the frame after the last, at the file's rate."""
        duration = total / rate
        first = self.start_s if _is_given(self.start_s) else 0.0
        last = self.end_s if _is_given(self.end_s) else duration
        if not (0 <= first < last <= duration + _END_TOLERANCE_S and first < duration):
            bad(
                self.path,
                f"start {first:g} s to end {last:g} s is not inside its {duration:g} s",
                "Correct the times; an end must follow its start.",
            )
        begin = round(first * rate)
        count = min(round(last * rate), total) - begin
        if self.seconds is not None:
            wanted = min(count, math.ceil(self.seconds * rate))
            begin, count = begin + (count - wanted) // 2, wanted
        return begin, begin + count


def _is_given(seconds: float | None) -> bool:
    """Returns whether a time is given. A missing time in a table is NaN."""
    return seconds is not None and not math.isnan(seconds)


def read_part(
    path: str | Path,
    *,
    channel: str,
    start_s: float | None,
    end_s: float | None,
    seconds: float | None,
) -> Part:
    """Decodes a part of a file, and as little of the rest as the format allows.

    If the format supports seeking, the sound before the part is skipped. The sound after it is
    not decoded, unless the part depends on the length and the file does not contain its length.

    Args:
        path: The file.
        channel: `"mix"` or a number, as from `channels.channel_name`.
        start_s: As in `decode.read`.
        end_s: As in `decode.read`.
        seconds: As in `decode.read`.

    Raises:
        ValueError: `PATH: reason. Fix.`, see `decode.read`.
    """
    asked = _Asked(path, start_s, end_s, seconds)
    part = None if asked.whole else _directly(asked, channel)
    if part is None:
        part = _all_of(path, channel)
        if not asked.whole:
            part.cut(*asked.bounds(part.rate, round(part.end)))
    if not part.pieces:
        bad(
            path,
            "is cut short before its first sample" if part.damage else "holds no samples",
            REPLACE,
        )
    return part


def _directly(asked: _Asked, channel: str) -> Part | None:
    """Decodes the requested part alone; returns `None` if this needs the whole file."""
    with ExitStack() as stack:
        source = open_source(asked.path)
        stack.callback(source.close)
        if source.cut or source.total == 0:
            return None
        if source.total is None:
            bounds = asked.open_bounds(source.rate)
        else:
            bounds = asked.bounds(source.rate, source.total)
        if bounds is None:
            return None
        begin, end = bounds
        part = _decode(asked.path, source, channel, begin, end)
        return None if part.end < end or source.failed or source.changes else part


def _all_of(path: str | Path, channel: str) -> Part:
    """Decodes a whole file, by FFmpeg too if libsndfile fails. Returns the longer result."""
    with ExitStack() as stack:
        source = open_source(path)
        stack.callback(source.close)
        part = _decode(path, source, channel, 0, None)
        part.damage = damage_of(part.end, source)
        if isinstance(source, SndfileSource) and (source.failed or source.changes):
            other = changing_flac(path) if source.changes else by_ffmpeg_too(path)
            if other is not None:
                stack.callback(other.close)
                longer = _decode(path, other, channel, 0, None)
                if source.changes or longer.end > part.end:
                    longer.damage = damage_of(longer.end, other)
                    return longer
        if source.changes:
            bad(
                path,
                "changes its rate or channels midway, which libsndfile does not follow",
                f"Read it with PyAV: {EXTRA}.",
            )
        return part


def _decode(
    path: str | Path, source: Source, channel: str, begin: int, end: int | None
) -> Part:
    """Decodes the frames from `begin` to `end`, or to the end of the file."""
    meter = Meter(path)
    part = Part(source.rate, source.channels)
    if begin and source.seek(begin):
        part.end = float(begin)
    needed = None if end is None else max(0, end - round(part.end))
    for samples, rate in source.blocks(needed):
        scale = source.rate / rate
        low, high = _within(part.end, len(samples), scale, begin, end)
        part.end += len(samples) * scale
        meter.block(max(0, high - low), rate)
        if low < high:
            samples = samples[low:high]
            mono = pick(path, samples, channel)
            part.cancellation.block(samples, mono)
            # A view would keep the rest of the block in memory.
            part.pieces.append((mono if mono.base is None else mono.copy(), rate))
        if end is not None and part.end >= end:
            break
    return part


def _within(
    here: float, count: int, scale: float, begin: int, end: int | None
) -> tuple[int, int]:
    """Returns which of `count` samples, from the frame `here` on, lie between two frames."""
    low = max(0, round((begin - here) / scale))
    return low, count if end is None else min(count, round((end - here) / scale))


def damage_of(end: float, source: Source) -> str:
    """Describes what is missing from a file that was decoded to its end; "" if nothing is.

    Args:
        end: Float, number of decoded frames, counted at the rate of the source.
        source: The decoded source.
    """
    held, promised = end / source.rate, (source.announced or 0.0) / source.rate
    if source.cut and promised <= held:
        return f"cut short: its last page is missing after {held:.2f} s"
    tolerance = 0.0 if source.cut else _TOLERANCE * promised
    # MP3 files count the padding of their first and last frames.
    tolerance += _TOLERANCE_S if source.total is None or "MPEG" in source.format else 0.0
    if promised > held + tolerance:
        return f"cut short: {held:.2f} of {promised:.2f} s"
    return f"damaged: cannot be decoded beyond {held:.2f} s" if source.failed else ""
