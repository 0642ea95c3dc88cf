"""Blocks of samples from libsndfile, without trust in the length in the header."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from kapre_like.audio.native_noise import mpg123_silenced
from kapre_like.audio.sniffing import Kind, tag_size

# Samples of all channels per block: 1 MB of float32.
BLOCK = 1 << 18
# If a RIFF, AIFF or Ogg file is shorter than its header says, libsndfile logs it.
_SHORT_CHUNK = re.compile(r"^\s*(?:data|SSND) : (\d+) \(should be (\d+)\)", re.MULTILINE)
_STREAMING_SIZE = 0x7FFF0000  # size from programs that write to a pipe, not a damaged file
_OGG_CUT = re.compile(r"^Ogg ?: (?:File ended unexp|Last page lacks|Junk after)", re.MULTILINE)
_CHANGED = re.compile(r"FLAC (?:frame|stream) changed")
# libsndfile returns at least this length if the file does not contain it.
_UNKNOWN_LENGTH = 1 << 48


def _counted(path: str | Path) -> bool:
    """Returns whether an MP3 file has a Xing header with the number of its frames."""
    with Path(path).open("rb") as file:
        file.seek(tag_size(file.read(10)))
        first = file.read(4096)
    at = max(first.find(b"Xing"), first.find(b"Info"))
    return at >= 0 and bool(int.from_bytes(first[at + 4 : at + 8], "big") & 1)


class _Stream(soundfile.SoundFile):
    """A file without seeking. soundfile seeks after each block, which needs a known length."""

    def seekable(self) -> bool:
        return False


class SndfileSource:
    """A file that libsndfile decodes.

    Attributes:
        format: Text, such as `"WAV PCM_16"`.
        rate: Int, Hz.
        channels: Int.
        total: Int, expected number of frames; `None` if the file does not contain it.
        announced: Float, number of frames in the header. It exceeds `total` in a file that is
            cut short.
        cut: Bool. Whether the structure of the file shows that its end is missing.
        failed: Bool. Whether decoding ended with an error. It is known after the blocks.
        raw: Bool. Whether the file has no header, so its suffix decided the format.
    """

    def __init__(self, file: str | Path | BinaryIO, kind: Kind) -> None:
        """Raises `soundfile.SoundFileError` or `TypeError` if libsndfile cannot open it."""
        self._stack = ExitStack()
        with ExitStack() as undo:
            undo.push(self._stack)
            if not kind.quiet:
                self._stack.enter_context(mpg123_silenced())
            named = Path(file) if isinstance(file, str) else file
            self._file = self._stack.enter_context(_Stream(named))
            undo.pop_all()
        self.rate, self.channels = self._file.samplerate, self._file.channels
        self.format = f"{self._file.format} {self._file.subtype}"
        self.raw = self._file.format == "RAW"
        frames = self._file.frames
        self.total = frames if 0 <= frames < _UNKNOWN_LENGTH else None
        if "MPEG" in self.format and not (isinstance(file, str | Path) and _counted(file)):
            # libsndfile estimates it from the size of the file, including tags.
            self.total = None
        self.announced, self.cut = self._promised()
        self.failed = False

    def _promised(self) -> tuple[float | None, bool]:
        log = self._file.extra_info
        short = _SHORT_CHUNK.search(log)
        announced, present = (int(n) for n in short.groups()) if short else (0, 0)
        # A few missing bytes, such as padding, do not count as a cut.
        if self.total and present and present + 8 < announced < _STREAMING_SIZE:
            return self.total * announced / present, True
        return self.total, bool(_OGG_CUT.search(log))

    @property
    def exact(self) -> bool:
        """Returns whether `total` was checked against the size of the file."""
        return "PCM" in self.format and "FLAC" not in self.format and "ADPCM" not in self.format

    @property
    def changes(self) -> bool:
        """Returns whether the rate or the channels change. It is known after the blocks."""
        return bool(_CHANGED.search(self._file.extra_info))

    def seek(self, frame: int) -> bool:
        """Seeks to a frame; returns `False` if the file cannot seek."""
        if self.total is None:
            return False
        try:
            return self._file.seek(frame) == frame
        except (soundfile.SoundFileError, ValueError):
            return False

    def blocks(self, needed: int | None = None) -> Iterator[tuple[np.ndarray, int]]:
        """Yields float32 `(frames, channels)` and their rate.

        Args:
            needed: Number of frames to read; `None` reads to the end of the file.
        """
        max_frames = max(1, BLOCK // self.channels)
        if self.total is not None:
            max_frames = min(max_frames, max(1, self.total))
        read = 0
        while not self.failed and (needed is None or read < needed):
            size = max_frames if needed is None else min(max_frames, needed - read)
            # If decoding fails, frames that are still NaN were not decoded.
            block = np.full((size, self.channels), np.nan, np.float32)
            try:
                block = self._file.read(out=block)
            except soundfile.SoundFileError:
                self.failed = True
                written = np.flatnonzero(~np.isnan(block).any(axis=1))
                block = block[: written[-1] + 1] if len(written) else block[:0]
            if not len(block):
                return
            read += len(block)
            yield block, self.rate

    def close(self) -> None:
        """Closes the file."""
        self._stack.close()
