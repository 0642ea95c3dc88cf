"""The input of a network in a file: waveforms at a rate, or patches of a pretrained network."""

import math
from dataclasses import dataclass
from typing import Any, Self

from kapre_like import _check

RULE = "waveform:RATE, waveform:RATE:SECONDS, waveform:RATE:SECONDS:HOP or patches:NETWORK"
_WAVEFORM, _PATCHES = "waveform", "patches"


@dataclass(frozen=True)
class Takes:
    """Description of a network's input.

    Attributes:
        sample_rate: Int, sample rate of waveforms in Hz; `None` for patches.
        seconds: Float > 0, length of a window; `None` for the length in the file, or for whole
            clips.
        hop_seconds: Float > 0, hop between windows; `None` for windows that do not overlap.
        patches: Name of the pretrained network whose patches are the input; `None` for
            waveforms.
    """

    sample_rate: int | None = None
    seconds: float | None = None
    hop_seconds: float | None = None
    patches: str | None = None

    @classmethod
    def parse(cls, owner: str, text: Any, fix: str = "") -> Self:
        """Parses a text, such as `"waveform:48000:3"` or `"patches:yamnet"`.

        Args:
            owner: Name of the caller, for error messages.
            text: See `RULE`. SECONDS may be empty: `"waveform:48000::1.5"`.
            fix: Sentence that is added to the error message.

        Raises:
            ValueError: If the text has another form.
        """
        kind, *words = text.split(":") if isinstance(text, str) else [""]
        if kind == _PATCHES and len(words) == 1 and words[0]:
            return cls(patches=words[0])
        if kind != _WAVEFORM or not 1 <= len(words) <= 3 or not words[0].isdecimal():
            _check.fail(owner, "takes", RULE, text, fix)
        rate = int(words[0])
        lengths = [_seconds(owner, text, word, rate) for word in words[1:]] + [None, None]
        low, high = _check.AUDIO_RATES
        if not low <= rate <= high:
            _check.fail(owner, "takes", f"a waveform with RATE {low} to {high} (Hz)", text)
        return cls(rate, lengths[0], lengths[1])

    def __str__(self) -> str:
        if self.patches is not None:
            return f"{_PATCHES}:{self.patches}"
        lengths = [self.seconds, self.hop_seconds]
        words = ["" if length is None else f"{length:.12g}" for length in lengths]
        return ":".join([_WAVEFORM, str(self.sample_rate), *words]).rstrip(":")


def _seconds(owner: str, text: str, word: str, rate: int) -> float | None:
    """Returns a length of at least one sample; `None` for an empty word."""
    try:
        seconds = float(word) if word else None
    except ValueError:
        _check.fail(owner, "takes", RULE, text)
    if seconds is not None and not (math.isfinite(seconds) and seconds * rate >= 1):
        _check.fail(owner, "takes", "a waveform with SECONDS and HOP of a sample or more", text)
    return seconds
