"""A file becomes a waveform: libsndfile decodes, channels are averaged, soxr resamples.

Nothing here scales: what was full scale in the file is 1.0 in the array, whatever the
encoding. Every problem with a file is one `ValueError` that reads `PATH: reason. Fix.`, so
that a caller can show the line, count it, or skip the file.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import soundfile
import soxr

from kapre_like import _check

# Manifests often round times to a hundredth of a second: an end this far past is the end.
_END_TOLERANCE_S = 0.011
# libsndfile notes in its log what the header of a RIFF, AIFF or Ogg file promised in vain.
_SHORT_CHUNK = re.compile(r"^\s*(?:data|SSND) : (\d+) \(should be (\d+)\)", re.MULTILINE)
_STREAMING_SIZE = 0x7FFF0000  # programs that write to a pipe put such a size: not a cut
_OGG_CUT = re.compile(r"^Ogg ?: (?:File ended unexp|Last page lacks|Junk after)", re.MULTILINE)
_CONVERT = "Convert it to WAV or FLAC, or remove it from the data."
_REPLACE = "Copy or record it again, or remove it from the data."


@dataclass(frozen=True)
class FileInfo:
    """What a file's header says.

    Attributes:
        sample_rate: Int, Hz, as stored.
        frames: Int, samples per channel, as stored.
        channels: Int.
        duration_s: Float, seconds.
    """

    sample_rate: int
    frames: int
    channels: int

    @property
    def duration_s(self) -> float:
        return self.frames / self.sample_rate


def _bad(path: str | Path, reason: str, fix: str) -> NoReturn:
    raise ValueError(f"{path}: {reason}. {fix}")


def _open(path: str | Path) -> soundfile.SoundFile:
    """Opens a file for reading, or says in one line why that cannot be done."""
    file = Path(path)
    if not file.exists():
        _bad(path, "no such file", "Check the path; manifests count from their own folder.")
    if file.is_dir():
        _bad(path, "is a folder, not an audio file", "Name the files inside it.")
    if file.stat().st_size == 0:
        _bad(path, "is empty (0 bytes)", _REPLACE)
    try:
        return soundfile.SoundFile(file)
    except PermissionError:
        _bad(path, "may not be read", "Change its permissions.")
    except (soundfile.SoundFileError, TypeError, ValueError, OSError) as error:
        said = getattr(error, "error_string", "").rstrip(".") or "it may be cut short"
        _bad(path, f"libsndfile cannot open it as audio ({said})", _CONVERT)


def info(path: str | Path) -> FileInfo:
    """Reads a file's header.

    Raises:
        ValueError: `PATH: reason. Fix.` if the file is missing or is not audio.
    """
    with _open(path) as file:
        return FileInfo(file.samplerate, file.frames, file.channels)


def centre_crop(waveform: np.ndarray, n_samples: int) -> np.ndarray:
    """Returns the middle `n_samples` of a 1-D waveform; a shorter one is returned whole."""
    start = max(0, (len(waveform) - n_samples) // 2)
    return waveform[start : start + n_samples]


def _bounds(
    path: str | Path,
    file: soundfile.SoundFile,
    start_s: float | None,
    end_s: float | None,
    seconds: float | None,
) -> tuple[int, int]:
    """The first frame to read and the number of frames, at the file's own rate."""
    duration = file.frames / file.samplerate
    first = 0.0 if start_s is None or math.isnan(start_s) else float(start_s)
    last = duration if end_s is None or math.isnan(end_s) else float(end_s)
    if not (0 <= first < last <= duration + _END_TOLERANCE_S and first < duration):
        _bad(
            path,
            f"start {first:g} s to end {last:g} s is not inside its {duration:g} s",
            "Correct the times; an end must follow its start.",
        )
    begin = round(first * file.samplerate)
    count = min(round(last * file.samplerate), file.frames) - begin
    if seconds is not None:
        wanted = min(count, math.ceil(seconds * file.samplerate))
        begin, count = begin + (count - wanted) // 2, wanted
    return begin, count


def _check_whole(path: str | Path, file: soundfile.SoundFile, missing: int) -> None:
    """Refuses a file that ends before its header says so.

    FLAC refuses by itself. WAV and AIFF are told by libsndfile's log, Ogg by its missing or
    torn last page, MP3 by decoding to clearly fewer samples than announced (2 %: its count
    is rounded).
    """
    log = file.extra_info
    short = _SHORT_CHUNK.search(log)
    announced, present = (int(n) for n in short.groups()) if short else (0, 0)
    cut = present + 8 < announced < _STREAMING_SIZE  # 8: a missing padding byte is no cut
    if cut or _OGG_CUT.search(log) or missing > 0.02 * file.frames:
        _bad(path, "is cut short: its header announces more audio than it holds", _REPLACE)


def _decode(
    path: str | Path, start_s: float | None, end_s: float | None, seconds: float | None
) -> tuple[np.ndarray, int]:
    """Reads the asked part as float32 `(frames, channels)`, with the file's sample rate."""
    with _open(path) as file:
        if file.frames <= 0:
            _check_whole(path, file, 0)
            _bad(path, "holds no samples", _REPLACE)
        begin, count = _bounds(path, file, start_s, end_s, seconds)
        try:
            file.seek(begin)
            samples = file.read(count, dtype="float32", always_2d=True)
        except soundfile.SoundFileError:
            _bad(path, "cannot be decoded to its end", _REPLACE)
        _check_whole(path, file, count - len(samples))
        return samples, file.samplerate


def read(
    path: str | Path,
    *,
    sample_rate: int,
    start_s: float | None = None,
    end_s: float | None = None,
    seconds: float | None = None,
) -> np.ndarray:
    """Reads an audio file, or a part of it, as a mono waveform.

    Channels are averaged. Resampling is soxr's "HQ": its error lies under -100 dB, below the
    floor of 16-bit files, at half the time of "VHQ"; it is also librosa's default, so that
    features agree. A part is cut before it is resampled: only that part is decoded.

    Args:
        path: A file in any format that libsndfile reads (WAV of every width, FLAC, MP3, Ogg
            Vorbis and Opus, AIFF, AU and others). The content decides, not the suffix.
        sample_rate: Int > 0, Hz, of the result.
        start_s: Float >= 0, seconds, where to begin. `None` or NaN: at the beginning.
        end_s: Float > `start_s`, seconds, where to end. `None` or NaN: at the end. Up to
            11 ms past the end of the file counts as the end.
        seconds: Float > 0. Only the middle `seconds` of the part; a shorter part whole.

    Returns:
        float32 `(samples,)`; full scale is 1.0 (float files may exceed it).

    Raises:
        ValueError: `PATH: reason. Fix.` if the file is missing, empty, not audio, cut short,
            without samples, or holds NaN or infinite samples; if the part is not inside it.
    """
    _check.positive_int("read", sample_rate=sample_rate)
    if seconds is not None:
        _check.positive("read", seconds=seconds)
    samples, rate = _decode(path, start_s, end_s, seconds)
    mono = samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1, dtype=np.float32)
    if not np.isfinite(mono).all():
        _bad(path, "holds NaN or infinite samples", _REPLACE)
    if rate != sample_rate:
        mono = soxr.resample(mono, rate, sample_rate, quality="HQ")
    if not len(mono):
        _bad(path, f"is shorter than one sample at {sample_rate} Hz", _REPLACE)
    if seconds is not None:
        mono = centre_crop(mono, max(1, round(seconds * sample_rate)))
    return np.ascontiguousarray(mono, dtype=np.float32)
