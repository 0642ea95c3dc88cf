"""Converts clips to a list of checked waveforms."""

from collections.abc import Iterable
from typing import Any

import numpy as np


def _one(clip: Any, index: int, owner: str) -> np.ndarray:
    waveform = np.asarray(clip)
    if waveform.ndim != 1:
        raise ValueError(
            f"{owner}: clip {index} must be one-dimensional (mono). Received: "
            f"shape={waveform.shape}. Average its channels, or pass clips in a list."
        )
    if waveform.dtype.kind == "c":
        raise ValueError(
            f"{owner}: clip {index} must be real. Received: Complex data not supported "
            f"(dtype={waveform.dtype})."
        )
    if waveform.dtype.kind in "iub" and len(waveform):
        raise ValueError(
            f"{owner}: clip {index} must be floats in [-1, 1]. Received: "
            f"dtype={waveform.dtype}. Divide by full scale: x / 32768 for 16 bits."
        )
    if waveform.dtype != np.float32:
        waveform = waveform.astype(np.float64, copy=False)
    if not np.isfinite(waveform).all():
        raise ValueError(
            f"{owner}: clip {index} must be finite. Received: NaN or infinite samples. "
            f"Remove the clip, or repair it."
        )
    return waveform


def as_waveforms(clips: Iterable[Any], owner: str = "ClipFeatures") -> list[np.ndarray]:
    """Checks clips and returns them as 1-D arrays: float32 as they are, others in float64.

    Args:
        clips: A list of 1-D arrays of any length, a 2-D array or a table with clips in rows.
        owner: Name of the caller, for messages.

    Raises:
        ValueError: If a clip is invalid; the message names the clip (from 0) and the reason.
    """
    if hasattr(clips, "toarray"):
        raise ValueError(
            f"{owner}: clips must be dense. Received: a sparse matrix. Use X.toarray()."
        )
    if hasattr(clips, "__array__"):
        clips = np.asarray(clips)
    if isinstance(clips, np.ndarray) and clips.ndim not in {1, 2}:
        raise ValueError(
            f"{owner}: expects (clips, samples) or a list. Received: shape={clips.shape}."
        )
    if isinstance(clips, np.ndarray) and clips.ndim == 1 and clips.dtype != object:
        raise ValueError(
            f"{owner}: expected 2D array, got 1D array instead. One clip goes in a list: "
            "[x]. Reshape your data with x.reshape(1, -1)."
        )
    waveforms = [_one(clip, index, owner) for index, clip in enumerate(clips)]
    if not waveforms:
        raise ValueError(f"{owner}: expects at least one clip. Received: none.")
    return waveforms
