"""FLAC files in which the rate, the channels or the bits per sample change.

libsndfile decodes a stream by its first header. So the frames are split into runs with equal
headers, and each run is decoded as a separate stream.

Source:
    RFC 9639, sections 8.2 (STREAMINFO) and 9.1 (frame header).
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kapre_like.audio.sndfile_source import SndfileSource
from kapre_like.audio.sniffing import Kind, tag_size

_SYNC = re.compile(rb"\xff[\xf8\xf9]")
_RATES = (0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000)
_BITS = {0: 0, 1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32}
# Maximum bytes of a frame if the header has no limit, and of tags after the last frame.
_MAX_BYTES, _TAGS = 1 << 16, 1 << 10
_QUIET = Kind("FLAC", True, True)


class _Shape(NamedTuple):
    """The parameters that libsndfile reads from the first header."""

    rate: int
    channels: int
    bits: int


class _Frame(NamedTuple):
    """A frame header: its offset, its parameters, its number and its number of samples."""

    at: int
    shape: _Shape
    number: int
    size: int


class FlacRuns:
    """A FLAC file as runs of similar frames. It has the attributes of `SndfileSource`."""

    exact = raw = cut = changes = False
    total = announced = None

    def __init__(self, runs: list[tuple[_Shape, bytes]]) -> None:
        self._runs = runs
        self.rate, self.channels, bits = runs[0][0]
        self.format = f"FLAC PCM_{bits}"
        self.failed = False

    def seek(self, frame: int) -> bool:
        """Returns whether `frame` is the first, because seeking is not supported."""
        return frame == 0

    def blocks(self, needed: int | None = None) -> Iterator[tuple[np.ndarray, int]]:
        """Yields float32 `(frames, channels)` and their rate.

        Args:
            needed: Frames at `rate` after which no further run is read; `None` reads all.
        """
        read = 0.0
        for shape, frames in self._runs:
            if needed is not None and read >= needed:
                return
            source = SndfileSource(io.BytesIO(_stream_header(shape) + frames), _QUIET)
            for samples, rate in source.blocks():
                read += len(samples) * self.rate / rate
                yield samples, rate
            self.failed |= source.failed
            source.close()

    def close(self) -> None:
        """Releases the content of the file."""
        self._runs = []


def changing_flac(path: str | Path) -> FlacRuns | None:
    """Returns the runs of a FLAC file; `None` if all its frames have the same parameters."""
    content = Path(path).read_bytes()
    begin, streaminfo = _metadata(content)
    if streaminfo is None:
        return None
    edges: list[_Frame] = []
    last = None
    for frame in _frames(content, begin, streaminfo):
        if last is None or _follows(last, frame):
            changes = last is None or frame.shape != last.shape
            if last is not None and changes and not _is_whole(content[last.at : frame.at]):
                # These bytes inside a frame only look like a header with a valid checksum.
                continue
            if changes:
                edges.append(frame)
            last = frame
    if len(edges) < 2:
        return None
    ends = [*(frame.at for frame in edges[1:]), len(content)]
    return FlacRuns(
        [(frame.shape, content[frame.at : end]) for frame, end in zip(edges, ends, strict=True)]
    )


def ends_as_announced(path: str | Path, head: bytes, total: int) -> bool:
    """Returns whether the last frame of a FLAC file fits the header in parameters and length.

    Only the end of the file is read, so opening is fast. The result may be a wrong `False`,
    because bytes inside a frame may look like a header. `changing_flac` then reads the whole
    file.

    Args:
        path: The file.
        head: Its beginning, from `fLaC` on.
        total: Number of samples in the header.
    """
    _, streaminfo = _metadata(head)
    if streaminfo is None:
        return False
    # From byte 8, STREAMINFO has the min. and max. samples, and min. and max. bytes of a frame.
    max_samples = int.from_bytes(head[10:12], "big")
    max_bytes = int.from_bytes(head[15:18], "big") or _MAX_BYTES
    with Path(path).open("rb", buffering=0) as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - max_bytes - _TAGS))
        tail = file.read()
    places = reversed([match.start() for match in _SYNC.finditer(tail)])
    found = (_frame(tail, at, streaminfo) for at in places)
    last = next((frame for frame in found if frame is not None), None)
    if last is None or last.shape != streaminfo:
        return False
    by_sample = tail[last.at + 1] & 1
    begin = last.number if by_sample else last.number * max_samples
    return begin + last.size == total


def _follows(last: _Frame, frame: _Frame) -> bool:
    """Returns whether a header can follow another, by its parameters and its number."""
    if frame.shape == last.shape:
        return frame.number > last.number or frame.number == 0
    return frame.number in (0, last.number + 1, last.number + last.size)


def _is_whole(frame: bytes) -> bool:
    """Returns whether a frame ends with a valid checksum, before any header of a new stream."""
    for mark in (b"fLaC", b"ID3"):
        if mark in frame:
            frame = frame[: frame.index(mark)]
    return _crc16(frame) == 0


def _metadata(content: bytes) -> tuple[int, _Shape | None]:
    """Returns the offset of the first frame, and the parameters in STREAMINFO."""
    at, shape, last = tag_size(content[:10]), None, False
    if content[at : at + 4] != b"fLaC":
        return at, None
    at += 4
    while not last and at + 4 <= len(content):
        last, kind = bool(content[at] & 0x80), content[at] & 0x7F
        block = content[at + 4 : at + 4 + int.from_bytes(content[at + 1 : at + 4], "big")]
        if kind == 0 and len(block) >= 18:
            bits = int.from_bytes(block[10:18], "big")
            shape = _Shape(bits >> 44, (bits >> 41 & 7) + 1, (bits >> 36 & 31) + 1)
        at += 4 + int.from_bytes(content[at + 1 : at + 4], "big")
    return at, shape


def _frames(content: bytes, begin: int, streaminfo: _Shape) -> Iterator[_Frame]:
    """Yields everything that looks like a frame header with a valid checksum."""
    for match in _SYNC.finditer(content, begin):
        frame = _frame(content, match.start(), streaminfo)
        if frame is not None:
            yield frame


def _frame(content: bytes, at: int, streaminfo: _Shape) -> _Frame | None:
    head = content[at : at + 16]
    if len(head) < 6:
        return None
    size, rate, channels = head[2] >> 4, head[2] & 15, head[3] >> 4
    bits = _BITS.get(head[3] >> 1 & 7)
    if not size or rate == 15 or channels > 10 or bits is None or head[3] & 1:
        return None
    number, end = _coded_number(head)
    extra = {6: 1, 7: 2}.get(size, 0)
    size = _block_size(size, head[end : end + extra])
    end += extra
    extra = {12: 1, 13: 2, 14: 2}.get(rate, 0)
    hertz = int.from_bytes(head[end : end + extra], "big") * {12: 1000, 14: 10}.get(rate, 1)
    end += extra
    if number < 0 or end >= len(head) or _crc8(head[:end]) != head[end]:
        return None
    found = _Shape(
        hertz or (_RATES[rate] if rate < 12 else 0) or streaminfo.rate,
        channels + 1 if channels < 8 else 2,
        bits or streaminfo.bits,
    )
    return _Frame(at, found, number, size)


def _block_size(code: int, extra: bytes) -> int:
    """Returns the number of samples of a frame, given its code in the header."""
    if code in (6, 7):
        return int.from_bytes(extra, "big") + 1
    return 192 if code == 1 else 576 << code - 2 if code < 6 else 256 << code - 8


def _coded_number(head: bytes) -> tuple[int, int]:
    """Returns the number of a frame or sample, coded as in UTF-8, and its end; or -1."""
    first = head[4]
    length = next((n for n in range(8) if not first & 0x80 >> n), 8)
    if length in (1, 8):
        return -1, 5
    number = first & 0x7F >> length
    for byte in head[5 : 4 + max(1, length)]:
        if byte & 0xC0 != 0x80:
            return -1, 5
        number = number << 6 | byte & 0x3F
    return number, 4 + max(1, length)


def _crc8(data: bytes) -> int:
    """Returns the checksum of a frame header: polynomial x^8 + x^2 + x + 1."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value << 1 ^ (0x107 if value & 0x80 else 0)
    return value


def _crc16(data: bytes) -> int:
    """Returns the checksum of a frame: x^16 + x^15 + x^2 + 1; 0 if the data ends with it."""
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = value << 1 ^ (0x18005 if value & 0x8000 else 0)
    return value


def _stream_header(shape: _Shape) -> bytes:
    """Returns the header of a FLAC file of unknown length."""
    sizes = bytes([0, 16, 255, 255]) + bytes(6)
    bits = shape.rate << 44 | shape.channels - 1 << 41 | shape.bits - 1 << 36
    return b"fLaC\x80\0\0\x22" + sizes + bits.to_bytes(8, "big") + bytes(16)
