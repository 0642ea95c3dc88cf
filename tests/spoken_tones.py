"""A corpus of transcripts, made in a moment: a word is a tone of its own pitch."""

import numpy as np
import soundfile
from small_corpus import PITCHES, RATE, tone, write_manifest

TEXTS = ["low high", "high low mid", "mid", "mid high low", "high high", "low mid"]


def say(text, speaker=0):
    """The waveform of a text: a tone per word, with pauses between them."""
    pause = np.zeros(round(0.08 * RATE))
    parts = [pause]
    for number, word in enumerate(text.split()):
        hz = PITCHES[word] * (1 + 0.03 * speaker)
        parts += [tone(hz, 0.25, seed=31 * speaker + number), pause]
    return np.concatenate(parts)


def write_spoken(folder, *, speakers=4, texts=TEXTS, column="text"):
    """Writes FLAC files and a manifest with the columns path, `column`, speaker; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for speaker in range(speakers):
        for number, text in enumerate(texts):
            path = f"{speaker}_{number}.flac"
            soundfile.write(folder / path, say(text, speaker), RATE)
            rows.append({"path": path, column: text, "speaker": f"s{speaker}"})
    write_manifest(folder / "manifest.csv", rows)
    return folder / "manifest.csv"
