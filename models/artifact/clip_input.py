"""Converts clips, given as paths or arrays, to waveforms for a model."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from kapre_like import _check
from kapre_like.audio.decode import read

_OWNER = "Predictor"
_FIX = "Give a path, or a float array of (samples,) or (samples, channels), or a list of them."


def each_clip(clips: Any) -> Iterator[Any]:
    """Returns an iterator of clips; one path, array or dict is one clip."""
    if isinstance(clips, str | Path | dict) or hasattr(clips, "__array__"):
        return iter([clips])
    try:
        return iter(clips)
    except TypeError:
        _check.fail(_OWNER, "clips", "paths or arrays", clips, _FIX)


def is_path(clip: Any) -> bool:
    """Returns whether a clip is given as a path."""
    return isinstance(clip, str | Path)


def waveform_of(clip: Any, *, sample_rate: int, given_rate: int | None) -> np.ndarray:
    """Returns a clip as 1-D float32 at a model's sample rate.

    Args:
        clip: A path, or a float array `(samples,)` or `(samples, channels)` in [-1, 1], or a
            dict of such an array and its rate, see `array_of`.
        sample_rate: Int > 0, Hz, that the model takes.
        given_rate: Int > 0, Hz, of an array; `None` is the model's. Files say their own.

    Raises:
        ValueError: For a bad file, or an array of another kind; says the fix.
    """
    if is_path(clip):
        return read(clip, sample_rate=sample_rate)
    clip, given_rate = array_of(clip, given_rate)
    mono = mono_of(clip)
    if given_rate is not None and given_rate != sample_rate:
        _check.positive_int(_OWNER, sample_rate=given_rate)
        mono = soxr.resample(mono, given_rate, sample_rate, quality="HQ")
        if not len(mono):
            raise ValueError(
                f"{_OWNER}: a clip is shorter than one sample at {sample_rate} Hz."
            )
    return np.ascontiguousarray(mono, dtype=np.float32)


def array_of(clip: Any, given_rate: int | None) -> tuple[Any, int | None]:
    """Returns an array and its rate.

    Args:
        clip: An array; or as the pipelines and data sets of Hugging Face have it, a dict with
            `raw` or `array`, and `sampling_rate` in Hz.
        given_rate: Rate of an array that comes without.

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


def mono_of(clip: Any) -> np.ndarray:
    """Checks an array and returns the mean of its channels, 1-D float32."""
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
            f"{_OWNER}: a clip holds NaN or infinite samples. Remove or repair it."
        )
    mono = array if array.ndim == 1 else array.mean(axis=1)
    return mono.astype(np.float32, copy=False)
