"""Blocks of samples from libsndfile, which trust no header."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from kapre_like.audio.native_noise import mpg123_hushed
from kapre_like.audio.sniffing import Kind, tag_size

# Samples of all channels per block: 1 MB of float32.
BLOCK = 1 << 18
# libsndfile notes in its log what the header of a RIFF, AIFF or Ogg file promised in vain.
_SHORT_CHUNK = re.compile(r"^\s*(?:data|SSND) : (\d+) \(should be (\d+)\)", re.MULTILINE)
_STREAMING_SIZE = 0x7FFF0000  # programs that write to a pipe put such a size: not a cut
_OGG_CUT = re.compile(r"^Ogg ?: (?:File ended unexp|Last page lacks|Junk after)", re.MULTILINE)
_CHANGED = re.compile(r"FLAC (?:frame|stream) changed")
# What libsndfile gives for a length that the file does not say.
_UNKNOWN_LENGTH = 1 << 48


def _counted(path: str | Path) -> bool:
    """Whether an MP3 file has the header, after Xing, that counts its frames."""
    with Path(path).open("rb") as file:
        file.seek(tag_size(file.read(10)))
        first = file.read(4096)
    at = max(first.find(b"Xing"), first.find(b"Info"))
    return at >= 0 and bool(int.from_bytes(first[at + 4 : at + 8], "big") & 1)


class _Stream(soundfile.SoundFile):
    """A file whose blocks follow each other: no seek after each, which fails without length."""

    def seekable(self) -> bool:
        return False


class SndfileSource:
    """A file as libsndfile decodes it.

    Attributes:
        format: Text, such as `"WAV PCM_16"`.
        rate: Int, Hz.
        channels: Int.
        total: Int, frames that the file should give, or `None` if it does not say.
        announced: Float, frames that its header promised, more than `total` if cut short.
        cut: Bool. Its end is missing, as far as its structure says.
        failed: Bool. Decoding ended with an error, known once the blocks have been read.
        raw: Bool. It has no header: the suffix alone said what it is.
    """

    def __init__(self, file: str | Path | BinaryIO, kind: Kind) -> None:
        """Raises `soundfile.SoundFileError` or `TypeError` if it is not libsndfile's."""
        self._stack = ExitStack()
        with ExitStack() as undo:
            undo.push(self._stack)
            if not kind.quiet:
                self._stack.enter_context(mpg123_hushed())
            named = Path(file) if isinstance(file, str) else file
            self._file = self._stack.enter_context(_Stream(named))
            undo.pop_all()
        self.rate, self.channels = self._file.samplerate, self._file.channels
        self.format = f"{self._file.format} {self._file.subtype}"
        self.raw = self._file.format == "RAW"
        frames = self._file.frames
        self.total = frames if 0 <= frames < _UNKNOWN_LENGTH else None
        if "MPEG" in self.format and not (isinstance(file, str | Path) and _counted(file)):
            # libsndfile guesses it from the size of the file, tags and all.
            self.total = None
        self.announced, self.cut = self._promised()
        self.failed = False

    def _promised(self) -> tuple[float | None, bool]:
        log = self._file.extra_info
        short = _SHORT_CHUNK.search(log)
        announced, present = (int(n) for n in short.groups()) if short else (0, 0)
        # 8: a missing padding byte is no cut.
        if self.total and present and present + 8 < announced < _STREAMING_SIZE:
            return self.total * announced / present, True
        return self.total, bool(_OGG_CUT.search(log))

    @property
    def exact(self) -> bool:
        """Whether `total` has been checked against the size of the file."""
        return "PCM" in self.format and "FLAC" not in self.format and "ADPCM" not in self.format

    @property
    def changes(self) -> bool:
        """Whether the rate or the channels change, known once the blocks have been read."""
        return bool(_CHANGED.search(self._file.extra_info))

    def seek(self, frame: int) -> bool:
        """Goes to a frame; `False` if the file cannot."""
        if self.total is None:
            return False
        try:
            return self._file.seek(frame) == frame
        except (soundfile.SoundFileError, ValueError):
            return False

    def blocks(self, needed: int | None = None) -> Iterator[tuple[np.ndarray, int]]:
        """Yields float32 `(frames, channels)` and their rate.

        Args:
            needed: Frames after which to end; `None` reads to the end of the file.
        """
        most = max(1, BLOCK // self.channels)
        if self.total is not None:
            most = min(most, max(1, self.total))
        read = 0
        while not self.failed and (needed is None or read < needed):
            size = most if needed is None else min(most, needed - read)
            # Where decoding fails, what is still NaN was not decoded.
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
