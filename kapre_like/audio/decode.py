"""Reads a file as a waveform: decodes it in blocks, selects or mixes channels, and resamples.

The length in the header is not trusted: frames are counted as they are decoded, and memory
grows with them. The level is not changed: full scale in the file is 1.0 in the array, for every
encoding. Each problem with a file raises one `ValueError` with the message `PATH: reason.
Fix.`, so a caller can show or count it, or skip the file.
"""

import itertools
import warnings
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from kapre_like import _check
from kapre_like.audio.channels import MIX, SPLIT, channel_name
from kapre_like.audio.limits import Meter
from kapre_like.audio.opening import REPLACE, bad, open_source
from kapre_like.audio.parts import Part, read_part

# Maximum factor of upsampling. For example, a header with a rate of 3 Hz is broken.
_MAX_UPSAMPLING = 256


@dataclass(frozen=True)
class FileInfo:
    """Facts about a file.

    Attributes:
        sample_rate: Int, Hz, as stored.
        frames: Int, samples per channel. They are counted by decoding if the header may be
            wrong.
        channels: Int.
        duration_s: Float, seconds.
    """

    sample_rate: int
    frames: int
    channels: int

    @property
    def duration_s(self) -> float:
        return self.frames / self.sample_rate


@dataclass(frozen=True)
class Sound:
    """Sound that was read from a file.

    Attributes:
        waveform: float32 `(samples,)`.
        channels: Int, number of channels of the file.
        problems: Problems of a readable file, such as `"cut short: 0.99 of 2.10 s"`.
        damaged: Bool. Whether sound is missing. With `on_error="fail"` this is an error.
    """

    waveform: np.ndarray
    channels: int
    problems: tuple[str, ...] = ()
    damaged: bool = False


def info(path: str | Path) -> FileInfo:
    """Returns the sample rate, channels and length of a file.

    The length is that of the header if the size of the file confirms it (WAV, AIFF and others
    with PCM). Otherwise the file is decoded to count its frames.

    Raises:
        ValueError: `PATH: reason. Fix.` if the file is missing or is not audio.
    """
    with closing(open_source(path)) as source:
        if source.exact and source.total:
            return FileInfo(source.rate, source.total, source.channels)
        meter, frames = Meter(path), 0.0
        for samples, rate in source.blocks():
            meter.block(0, rate)
            frames += len(samples) * source.rate / rate
        return FileInfo(source.rate, round(frames), source.channels)


def center_crop(waveform: np.ndarray, n_samples: int) -> np.ndarray:
    """Returns the middle `n_samples` of a 1-D waveform. A shorter one is returned whole."""
    start = max(0, (len(waveform) - n_samples) // 2)
    return waveform[start : start + n_samples]


def _resampled(path: str | Path, part: Part, sample_rate: int) -> np.ndarray:
    """Resamples the pieces of a part to one rate, and joins them."""
    made, meter = [], Meter(path)
    for rate, pieces in itertools.groupby(part.pieces, key=lambda piece: piece[1]):
        if sample_rate > _MAX_UPSAMPLING * rate:
            reason = f"has a rate of {rate} Hz, too low to resample it to {sample_rate} Hz"
            bad(path, reason, REPLACE)
        found = [mono for mono, _ in pieces]
        mono = found[0] if len(found) == 1 else np.concatenate(found)
        meter.output(len(mono) * sample_rate / rate)
        if rate != sample_rate:
            # A result of less than one sample becomes one sample, the mean.
            short = mono.mean(keepdims=True, dtype=np.float32)
            mono = soxr.resample(mono, rate, sample_rate, quality="HQ")
            mono = mono if len(mono) else short
        made.append(mono)
    return made[0] if len(made) == 1 else np.concatenate(made)


def read_sound(
    path: str | Path,
    *,
    sample_rate: int,
    start_s: float | None = None,
    end_s: float | None = None,
    seconds: float | None = None,
    channel: str | int = MIX,
) -> Sound:
    """Reads an audio file, or a part of it, and reports its problems.

    Arguments and errors are those of `read`.

    Returns:
        A `Sound`: `waveform`, `channels`, `problems`, `damaged`.
    """
    _check.positive_int("read", sample_rate=sample_rate)
    if seconds is not None:
        _check.positive("read", seconds=seconds)
    channel = channel_name("read", channel)
    if channel == SPLIT:
        fix = "Read one after the other: 1, 2 and so on."
        _check.fail("read", "channel", "one channel, or their mean", channel, fix)
    part = read_part(path, channel=channel, start_s=start_s, end_s=end_s, seconds=seconds)
    if not all(np.isfinite(mono).all() for mono, _ in part.pieces):
        bad(path, "holds NaN or infinite samples", REPLACE)
    mono = _resampled(path, part, sample_rate)
    if seconds is not None:
        mono = center_crop(mono, max(1, round(seconds * sample_rate)))
    problems = (part.damage, part.cancellation.problem() if channel == MIX else "")
    return Sound(
        np.ascontiguousarray(mono, dtype=np.float32),
        part.channels,
        tuple(problem for problem in problems if problem),
        bool(part.damage),
    )


def read(
    path: str | Path,
    *,
    sample_rate: int,
    start_s: float | None = None,
    end_s: float | None = None,
    seconds: float | None = None,
    channel: str | int = MIX,
) -> np.ndarray:
    """Reads an audio file, or a part of it, as a mono waveform.

    Files are resampled with soxr's "HQ". Its error is below -100 dB, less than the noise floor
    of 16-bit files, and it takes half the time of "VHQ". It is also librosa's default, so
    features agree. A part is cut before it is resampled. If the format supports seeking, only
    the part is decoded.

    If a file is cut short or damaged, the readable part is returned, with a warning.
    `read_limits` sets limits on the size and the decoding time of one file.

    Args:
        path: A file in any format that libsndfile supports (WAV of every width, FLAC, MP3, Ogg
            Vorbis and Opus, AIFF, AU and others) or, with PyAV (`kapre-like[av]`), FFmpeg
            (m4a, mp4, webm, wma, amr, ac3, wv, ape, tta, mpc and others). The content
            decides the format, not the suffix.
        sample_rate: Int > 0, Hz, of the result.
        start_s: Float >= 0, begin in seconds. `None` or NaN means the beginning of the file.
        end_s: Float > `start_s`, end in seconds. `None` or NaN means the end of the file. Up
            to 11 ms past the end of the file counts as the end.
        seconds: Float > 0. Reads only the middle `seconds` of the part. A shorter part is read
            whole.
        channel: `"mix"`, the mean of all channels; `"left"`, `"right"` or the number of a
            channel, counted from 1.

    Returns:
        float32 `(samples,)`, at least one sample. Full scale is 1.0, which files with float
        samples may exceed.

    Raises:
        ValueError: `PATH: reason. Fix.` if the file is missing, empty, not audio, without
            samples or above a limit; if it has no such channel, or has NaN or infinite samples;
            if the part is not inside the file.

    Warns:
        UserWarning: `PATH: problem`, see `Sound`.
    """
    sound = read_sound(
        path, sample_rate=sample_rate, start_s=start_s, end_s=end_s, seconds=seconds,
        channel=channel,
    )  # fmt: skip
    for problem in sound.problems:
        warnings.warn(f"{path}: {problem}", UserWarning, stacklevel=2)
    return sound.waveform
