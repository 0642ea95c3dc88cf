"""Selects a channel of a file: the mean of all channels, one of them, or each separately."""

from pathlib import Path
from typing import Any

import numpy as np

from kapre_like import _check

MIX, SPLIT = "mix", "split"
_NAMED = {"left": "1", "right": "2"}
RULE = "'mix', 'left', 'right', 'split' or the number of a channel, counted from 1"
# Independent channels of equal level lose 3 dB in the mean. A loss of 20 dB is a cancellation.
_CANCELED = 0.01


def channel_name(owner: str, channel: Any) -> str:
    """Returns a choice of channel as `"mix"`, `"split"`, or a number such as `"2"`.

    Args:
        owner: The name that the error message begins with.
        channel: `"mix"`, `"left"`, `"right"`, `"split"`, or a number from 1 as int or text.

    Raises:
        ValueError: If it is anything else.
    """
    text = _NAMED.get(str(channel), str(channel))
    if text in (MIX, SPLIT) or (text.isascii() and text.isdigit() and int(text) > 0):
        return text if text in (MIX, SPLIT) else str(int(text))
    _check.fail(owner, "channel", RULE, channel)


def pick(path: str | Path, samples: np.ndarray, channel: str) -> np.ndarray:
    """Returns one waveform `(frames,)`, given samples `(frames, channels)`.

    Args:
        path: The file, for the message.
        samples: float32 `(frames, channels)`.
        channel: `"mix"` or a number, as from `channel_name`.

    Raises:
        ValueError: If there is no such channel.
    """
    count = samples.shape[1]
    if channel == MIX:
        return samples[:, 0] if count == 1 else samples.mean(axis=1, dtype=np.float32)
    if int(channel) > count:
        held = "1 channel" if count == 1 else f"{count} channels"
        raise ValueError(
            f"{path}: has {held}, so there is no channel {channel}. Choose another with "
            f"--channel, or remove the file from the data."
        )
    return np.ascontiguousarray(samples[:, int(channel) - 1])


class Cancellation:
    """Measures block by block whether channels cancel each other in their mean."""

    def __init__(self) -> None:
        self._mixed = self._separate = 0.0

    def block(self, samples: np.ndarray, mono: np.ndarray) -> None:
        """Adds the energy of `(frames, channels)` and of their mean `(frames,)`."""
        if samples.shape[1] > 1:
            self._mixed += float(np.vdot(mono, mono))
            self._separate += float(np.vdot(samples, samples)) / samples.shape[1]

    @property
    def canceled(self) -> bool:
        """Returns whether the mean has lost 20 dB or more."""
        return self._separate > 0 and self._mixed < _CANCELED * self._separate

    def problem(self) -> str:
        """Returns a message for the user; "" if there is no cancellation."""
        if not self.canceled:
            return ""
        share = self._mixed / self._separate
        lost = f"{-10 * np.log10(share):.0f} dB" if share > 1e-12 else "everything"
        return f"channels in anti-phase: their mean loses {lost}; choose one with --channel"
