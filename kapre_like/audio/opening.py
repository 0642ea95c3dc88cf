"""Opens a sound file with the decoder for its content. The suffix does not matter."""

import stat
from pathlib import Path
from typing import NoReturn

import soundfile

from kapre_like.audio import av_source
from kapre_like.audio.av_source import EXTRA, AvSource, NotSoundError
from kapre_like.audio.flac_runs import FlacRuns, changing_flac, ends_as_announced
from kapre_like.audio.limits import Meter
from kapre_like.audio.sndfile_source import SndfileSource
from kapre_like.audio.sniffing import Kind, is_text, kind_of, tag_size

Source = SndfileSource | FlacRuns | AvSource
CONVERT = "Convert it to WAV or FLAC, or remove it from the data."
REPLACE = "Copy or record it again, or remove it from the data."


def bad(path: str | Path, reason: str, fix: str) -> NoReturn:
    """Raises a `ValueError` for a file: `PATH: reason. Fix.`."""
    raise ValueError(f"{path}: {' '.join(reason.split())}. {fix}")


def open_source(path: str | Path) -> Source:
    """Opens a file for reading in blocks.

    Raises:
        ValueError: `PATH: reason. Fix.` if the file is missing or is not audio.
    """
    head = _head(path)
    kind = kind_of(head)
    why = ""
    if kind.sndfile:
        source, why = _by_sndfile(path, kind, head)
        if source is not None:
            return source
    return _by_ffmpeg(path, kind, why)


def by_ffmpeg_too(path: str | Path) -> AvSource | None:
    """Opens a file with FFmpeg after libsndfile failed; returns `None` if FFmpeg cannot."""
    if not av_source.installed():
        return None
    try:
        return AvSource(path)
    except NotSoundError:
        return None


def _head(path: str | Path) -> bytes:
    """Checks that a file exists and is not empty, and returns its beginning."""
    try:
        about = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        bad(
            path,
            "no such file",
            "Check the path; in a manifest, it is relative to the manifest's folder.",
        )
    except ValueError:
        bad(path, "is not a path", "Remove characters that file names cannot have.")
    Meter(path).file_size(about.st_size)
    if stat.S_ISDIR(about.st_mode):
        bad(path, "is a folder, not an audio file", "Name the files inside it.")
    if not stat.S_ISREG(about.st_mode):
        bad(path, "is a pipe or a device", "Write its sound to a file first.")
    if about.st_size == 0:
        bad(path, "is empty (0 bytes)", REPLACE)
    try:
        with Path(path).open("rb") as file:
            file.seek(tag_size(file.read(10)))
            return file.read(4096)
    except PermissionError:
        bad(path, "permission denied", "Change its permissions.")


def _by_sndfile(path: str | Path, kind: Kind, head: bytes) -> tuple[Source | None, str]:
    """Opens a file with libsndfile; returns `None` and the reason if it cannot."""
    try:
        source = SndfileSource(path, kind)
    except (soundfile.SoundFileError, TypeError, ValueError, OSError) as error:
        message = getattr(error, "error_string", "").rstrip(".")
        # libsndfile returns this message for bad MP3, although the file exists.
        vague = "does not exist or is not a regular file" in message
        return None, "its format is unknown" if vague or not message else message
    if source.raw and is_text(head):
        source.close()
        return None, "it is text"
    # If the header has no length or a wrong length, the rate may change in the file. If the
    # length is 0, FFmpeg may still find sound.
    other, total = None, source.total
    if kind.name == "FLAC" and not (total and ends_as_announced(path, head, total)):
        other = changing_flac(path)
    elif total == 0:
        other = by_ffmpeg_too(path)
    if other is None:
        return source, ""
    source.close()
    return other, ""


def _by_ffmpeg(path: str | Path, kind: Kind, why: str) -> AvSource:
    if not av_source.installed():
        known = f"is {kind.name}, which libsndfile does not read" if kind.name else ""
        reason = known if not why else f"libsndfile cannot open it as audio ({why})"
        fix = f"Read it with PyAV: {EXTRA}. Or convert it to WAV or FLAC, or remove it."
        bad(path, reason, fix)
    try:
        return AvSource(path)
    except NotSoundError as error:
        reasons = "; ".join(part for part in (why, f"FFmpeg: {error}") if part)
        bad(path, f"cannot be opened as audio ({reasons})", CONVERT)
