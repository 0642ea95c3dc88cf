"""Writes transcripts as subtitles (SRT, WebVTT) and as NIST's CTM."""

from collections.abc import Sequence
from dataclasses import dataclass

from kapre_like import _check
from kapre_like.models.text.transcript import Transcript, Word

# A readable cue has two lines of 42 letters and lasts at most 7 s (Netflix's and the BBC's
# guidelines agree within a few letters).
LETTERS, LINES, SECONDS = 42, 2, 7.0
# Silence that ends a cue.
PAUSE_SECONDS = 0.8


@dataclass(frozen=True)
class Cue:
    """Subtitle lines that are shown together.

    Attributes:
        start, end: Times in seconds.
        lines: One or two lines of text.
    """

    start: float
    end: float
    lines: tuple[str, ...]


def cues(transcript: Transcript) -> list[Cue]:
    """Splits a transcript into cues: at pauses, and before a word that does not fit.

    A word of more than 42 letters gets its own line, and is not split.
    """
    found: list[Cue] = []
    words: list[Word] = []
    for word in transcript.words:
        if words and not _fits(words, word):
            found.append(_cue(words))
            words = []
        words.append(word)
    return [*found, _cue(words)] if words else found


def srt(transcript: Transcript) -> str:
    """Returns SubRip (SRT) subtitles; an empty text for silence."""
    blocks = [
        f"{i}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n" + "\n".join(cue.lines)
        for i, cue in enumerate(cues(transcript), start=1)
    ]
    return "".join(f"{block}\n\n" for block in blocks)


def vtt(transcript: Transcript) -> str:
    """Returns WebVTT subtitles (W3C), with `&` and `<` escaped."""
    blocks = [
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n" + _escaped(cue.lines)
        for cue in cues(transcript)
    ]
    return "".join(f"{block}\n\n" for block in ["WEBVTT", *blocks])


def ctm(transcript: Transcript, name: str = "clip", channel: str = "1") -> str:
    """Returns a line for each word: name, channel, start, seconds, word, confidence.

    Args:
        transcript: See `Transcript`.
        name: Name of the recording, without white space.
        channel: Channel of the recording.

    Raises:
        ValueError: If the name is empty or has white space.
    """
    if not isinstance(name, str) or len(name.split()) != 1 or name != name.strip():
        _check.fail("ctm", "name", "a text without white space", name)
    return "".join(
        f"{name} {channel} {w.start:.3f} {w.end - w.start:.3f} {w.text} {w.confidence:.3f}\n"
        for w in transcript.words
    )


def _fits(words: Sequence[Word], word: Word) -> bool:
    near = word.start - words[-1].end < PAUSE_SECONDS
    short = word.end - words[0].start <= SECONDS
    return near and short and len(_lines([*words, word])) <= LINES


def _lines(words: Sequence[Word]) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word.text) <= LETTERS:
            lines[-1] += f" {word.text}"
        else:
            lines.append(word.text)
    return lines


def _cue(words: Sequence[Word]) -> Cue:
    return Cue(words[0].start, words[-1].end, tuple(_lines(words)))


def _escaped(lines: Sequence[str]) -> str:
    text = "\n".join(lines)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: float, point: str) -> str:
    """Formats a time as hours, minutes, seconds and milliseconds."""
    minutes, ms = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{ms // 1000:02}{point}{ms % 1000:03}"
