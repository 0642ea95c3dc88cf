"""Converts clips, given as paths or arrays, to waveforms for a model."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soxr

from kapre_like import _check
from kapre_like.audio.channels import MIX, SPLIT, pick
from kapre_like.audio.decode import Sound, read_sound

_OWNER = "Predictor"
_FIX = "Give a path, or a float array of (samples,) or (samples, channels), or a list of them."


class Part(NamedTuple):
    """A part of a sound file as a clip, or the reason why there is no clip.

    Attributes:
        path: The file.
        start_s: Float, seconds into the file; `None` for its beginning.
        end_s: Float, seconds into the file; `None` for its end.
        name: Name of the file in records and messages; "" uses the path.
        problem: One line on why there is no such clip; "" if no reason is known.
    """

    path: str
    start_s: float | None = None
    end_s: float | None = None
    name: str = ""
    problem: str = ""

    def record(self) -> dict[str, Any]:
        """Returns the entries of a record that identify the clip."""
        times = {"start": self.start_s, "end": self.end_s}
        named = {name: time for name, time in times.items() if time is not None}
        return {"path": self.name or self.path, **named}

    def sound(self, sample_rate: int, channel: str) -> Sound:
        """Decodes the clip, and selects or mixes its channels.

        Raises:
            ValueError: For a bad file. The message has `name` in place of the path.
        """
        if self.problem:
            raise ValueError(self.problem)
        times = {"start_s": self.start_s, "end_s": self.end_s}
        try:
            return read_sound(self.path, sample_rate=sample_rate, channel=channel, **times)
        except ValueError as error:
            if not self.name:
                raise
            raise ValueError(str(error).replace(self.path, self.name)) from error


def each_clip(clips: Any) -> Iterator[Any]:
    """Returns an iterator of clips; one path, array or dict is one clip."""
    if isinstance(clips, str | Path | dict | Part) or hasattr(clips, "__array__"):
        return iter([clips])
    try:
        return iter(clips)
    except TypeError:
        _check.fail(_OWNER, "clips", "paths or arrays", clips, _FIX)


def is_path(clip: Any) -> bool:
    """Returns whether a clip is given as a path."""
    return isinstance(clip, str | Path)


def about(clip: Any) -> dict[str, Any]:
    """Returns the entries of a record that identify a clip; none for an array."""
    if isinstance(clip, Part):
        return clip.record()
    return {"path": str(clip)} if is_path(clip) else {}


def sounds_of(
    clip: Any, *, sample_rate: int, given_rate: int | None, channel: str
) -> Iterator[tuple[str, Sound]]:
    """Yields the waveform of a clip; with `"split"` one waveform per channel.

    Args:
        clip: A path, a `Part`, or a float array `(samples,)` or `(samples, channels)` in
            [-1, 1], or a dict of such an array and its rate, see `array_of`.
        sample_rate: Int > 0, Hz, of the model's input.
        given_rate: Int > 0, Hz, of an array. `None` means the model's rate. Files contain
            their own.
        channel: `"mix"`, `"split"` or a number, as from `audio.channels.channel_name`.

    Yields:
        The number of the channel as text ("" for the only channel or the mean), and its
        `Sound` with a 1-D float32 waveform at the model's rate.

    Raises:
        ValueError: For a bad file, or another kind of array. The message states the fix.
    """
    first = "1" if channel == SPLIT else channel
    sound = _sound_of(clip, sample_rate, given_rate, first)
    name = "" if channel == MIX or sound.channels == 1 else first
    yield name, sound
    if channel == SPLIT:
        for number in range(2, sound.channels + 1):
            yield str(number), _sound_of(clip, sample_rate, given_rate, str(number))


def _sound_of(clip: Any, sample_rate: int, given_rate: int | None, channel: str) -> Sound:
    if isinstance(clip, Part):
        return clip.sound(sample_rate, channel)
    if is_path(clip):
        return read_sound(clip, sample_rate=sample_rate, channel=channel)
    clip, given_rate = array_of(clip, given_rate)
    samples = samples_of(clip)
    mono = pick(_OWNER, samples, channel)
    if given_rate is not None and given_rate != sample_rate:
        _check.positive_int(_OWNER, sample_rate=given_rate)
        mono = soxr.resample(mono, given_rate, sample_rate, quality="HQ")
        if not len(mono):
            raise ValueError(
                f"{_OWNER}: a clip is shorter than one sample at {sample_rate} Hz."
            )
    return Sound(np.ascontiguousarray(mono, dtype=np.float32), samples.shape[1])


def array_of(clip: Any, given_rate: int | None) -> tuple[Any, int | None]:
    """Returns an array and its rate.

    Args:
        clip: An array, or a dict with `raw` or `array`, and `sampling_rate` in Hz. Pipelines
            and data sets of Hugging Face use such dicts.
        given_rate: Rate of an array without its own.

    Raises:
        ValueError: If a dict has no array.
    """
    if not isinstance(clip, dict):
        return clip, given_rate
    arrays = [clip[name] for name in ("raw", "array") if clip.get(name) is not None]
    if not arrays:
        rule = "with `raw` or `array`, and `sampling_rate`, if it is a dict"
        _check.fail(_OWNER, "clip", rule, sorted(map(str, clip)))
    return arrays[0], clip.get("sampling_rate", given_rate)


def samples_of(clip: Any) -> np.ndarray:
    """Checks an array and returns it as float32 `(samples, channels)`."""
    if not hasattr(clip, "__array__"):
        _check.fail(_OWNER, "clip", "a path or an array", clip, _FIX)
    array = np.asarray(clip)
    if array.dtype.kind in "iub":
        raise ValueError(
            f"{_OWNER}: a clip must be floats in [-1, 1]. Received: dtype={array.dtype}. "
            "Divide by full scale: x / 32768 for 16 bits."
        )
    if array.dtype.kind != "f" or array.ndim not in (1, 2) or not array.size:
        got = f"dtype={array.dtype}, shape={array.shape}"
        raise ValueError(
            f"{_OWNER}: a clip must be floats of shape (samples,) or (samples, channels), with "
            f"at least one sample. Received: {got}. Several clips go in a list."
        )
    if array.ndim == 2 and array.shape[1] > array.shape[0]:
        raise ValueError(
            f"{_OWNER}: a clip of two axes is (samples, channels). Received: "
            f"shape={array.shape}. Transpose it: x.T; several clips go in a list: list(x)."
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"{_OWNER}: a clip contains NaN or infinite samples. Remove or repair it."
        )
    samples = array if array.ndim == 2 else array[:, None]
    return samples.astype(np.float32, copy=False)
