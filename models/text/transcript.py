"""What was said: a text, and its words with their times and confidences."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Word:
    """A word, and when it is said.

    Attributes:
        text: The word.
        start: Seconds from the clip's beginning to the first frame of its first token.
        end: Seconds to the end of the last frame of its last token.
        confidence: From 0 to 1. Mean probability of the word's tokens in the frames that the
            alignment gives them. Blank frames inside a word do not count.
    """

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Transcript:
    """What a clip says.

    Attributes:
        text: The words with spaces between them; empty for silence.
        words: See `Word`.
        score: Nats. `greedy`: log probability of the best path. `beam_search`: log
            probability of the text, summed over its alignments that the search has kept,
            plus the scores of the language model and of hot words.
        confidence: From 0 to 1. Mean over all frames of words, as in `Word`; for a text
            without words, the least probability of blank and space
            together.
    """

    text: str
    words: tuple[Word, ...] = field(default_factory=tuple)
    score: float = 0.0
    confidence: float = 1.0

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "Transcript":
        """Returns the transcript of `to_json`, or of a record that lacks confidences."""
        words = tuple(
            Word(w["word"], w["start"], w["end"], w.get("confidence", 1.0))
            for w in record["words"]
        )
        about = {k: record[k] for k in ("score", "confidence") if k in record}
        return cls(record["text"], words, **about)

    def to_json(self) -> dict[str, Any]:
        """Returns the transcript as a dict for JSON; times in seconds."""
        words = [
            {"word": w.text, "start": w.start, "end": w.end, "confidence": w.confidence}
            for w in self.words
        ]
        return {
            "text": self.text, "words": words, "score": self.score,
            "confidence": self.confidence,
        }  # fmt: skip
