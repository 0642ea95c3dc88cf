"""Token probabilities per frame of one clip, from a network for text."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# Tokens that never reach this probability are left out, and so are later frames.
_MIN_PROBABILITY = 0.05
_MAX_SECONDS = 6.0
_BLANK = "blank"


def lattice(model: Any, table: "pd.DataFrame") -> dict[str, Any]:
    """Returns the token probabilities of the clip of median length.

    Args:
        model: A trained `TextModel`.
        table: Test clips.

    Returns:
        `path`, `true` and `predicted` texts; `tokens`, the blank first; `probabilities`
        `(tokens, frames)`; `frame_seconds`.
    """
    from kapre_like.audio.rows import read_row, rows_of

    place = int(table["duration_s"].argsort().iloc[len(table) // 2])
    waveform = read_row(rows_of(table)[place], sample_rate=model.recipe["sample_rate"])
    vocabulary, step = model.vocabulary, model.frame_seconds
    [logs] = model.log_probabilities([waveform])
    predicted = model.decoder(logs, vocabulary, frame_seconds=step).text
    shares = np.exp(logs[: round(_MAX_SECONDS / step)])
    shown = [
        n for n in range(len(vocabulary)) if shares[:, n].max(initial=0.0) >= _MIN_PROBABILITY
    ]
    shown = [vocabulary.blank, *(n for n in shown if n != vocabulary.blank)]
    return {
        "path": table["path"].iloc[place],
        "true": table["label"].iloc[place],
        "predicted": predicted,
        "tokens": [_name(vocabulary, number) for number in shown],
        "probabilities": np.round(shares[:, shown].T, 3),
        "frame_seconds": step,
    }


def _name(vocabulary: Any, number: int) -> str:
    if number == vocabulary.blank:
        return _BLANK
    token = vocabulary.tokens[number]
    return "space" if token == " " else token
