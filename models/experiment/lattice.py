"""The lattice of one clip: how likely a network for text finds each token in each frame."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# Tokens that are never this likely are left out, and so is what comes after these seconds.
_SEEN = 0.05
_SECONDS = 6.0
_BLANK = "blank"


def lattice(model: Any, table: "pd.DataFrame") -> dict[str, Any]:
    """Returns what a network for text computes for the clip of median length.

    Args:
        model: A trained `TextModel`.
        table: Test clips.

    Returns:
        `path`, `true`, `said`; `tokens`, the blank first; `probabilities`, a row per token and
        a column per frame; `frame_seconds`.
    """
    from kapre_like.audio.rows import read_row, rows_of

    place = int(table["duration_s"].argsort().iloc[len(table) // 2])
    waveform = read_row(rows_of(table)[place], sample_rate=model.recipe["sample_rate"])
    vocabulary, step = model.vocabulary, model.frame_seconds
    [logs] = model.log_probabilities([waveform])
    said = model.decoder(logs, vocabulary, frame_seconds=step).text
    shares = np.exp(logs[: round(_SECONDS / step)])
    shown = [n for n in range(len(vocabulary)) if shares[:, n].max(initial=0.0) >= _SEEN]
    shown = [vocabulary.blank, *(n for n in shown if n != vocabulary.blank)]
    return {
        "path": table["path"].iloc[place],
        "true": table["label"].iloc[place],
        "said": said,
        "tokens": [_name(vocabulary, number) for number in shown],
        "probabilities": np.round(shares[:, shown].T, 3),
        "frame_seconds": step,
    }


def _name(vocabulary: Any, number: int) -> str:
    if number == vocabulary.blank:
        return _BLANK
    token = vocabulary.tokens[number]
    return "space" if token == " " else token
