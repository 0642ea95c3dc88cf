"""Transcripts: a text, and its words with times and confidences."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Word:
    """A word with its times.

    Attributes:
        text: The word.
        start: Start of the first frame of its first token, in seconds from the clip's start.
        end: End of the last frame of its last token, in seconds from the clip's start.
        confidence: From 0 to 1, mean probability of the word's tokens in the frames that are
            aligned with them. Blank frames inside a word are excluded.
    """

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Transcript:
    """The transcript of a clip.

    Attributes:
        text: The words with spaces between them; empty for silence.
        words: See `Word`.
        score: Nats. For `greedy`, the log probability of the best path. For `beam_search`, the
            log probability of the text, summed over the alignments that the search has kept,
            plus the scores of the language model and of hot words.
        confidence: From 0 to 1, mean over all frames of words, as in `Word`. For a text without
            words, the minimum probability of blank and space together.
    """

    text: str
    words: tuple[Word, ...] = field(default_factory=tuple)
    score: float = 0.0
    confidence: float = 1.0

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "Transcript":
        """Returns the transcript that `to_json` wrote. Confidences may be missing."""
        words = tuple(
            Word(w["word"], w["start"], w["end"], w.get("confidence", 1.0))
            for w in record["words"]
        )
        about = {k: record[k] for k in ("score", "confidence") if k in record}
        return cls(record["text"], words, **about)

    def to_json(self) -> dict[str, Any]:
        """Returns the transcript as a dict for JSON, with times in seconds."""
        words = [
            {"word": w.text, "start": w.start, "end": w.end, "confidence": w.confidence}
            for w in self.words
        ]
        return {
            "text": self.text, "words": words, "score": self.score,
            "confidence": self.confidence,
        }  # fmt: skip
