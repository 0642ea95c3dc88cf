"""Clips of five FSDD digits, 80 % of one digit and 5 % of each of the others."""

import numpy as np
import pandas as pd

from kapre_like.audio import read_dataset
from kapre_like.features import feature_table

SHARES = {"0": 0.80, "1": 0.05, "2": 0.05, "3": 0.05, "4": 0.05}
N_CLIPS = 400
SAMPLE_RATE = 8000


def digits(folder):
    """Returns the table of all clips of the five digits, their features and column names.

    Args:
        folder: Contains `labels.csv` with the columns `path`, `label` and `speaker`.
    """
    table = read_dataset(folder / "labels.csv", group_column="speaker", split_column="none")
    table = table[table["label"].isin(list(SHARES))].reset_index(drop=True)
    return table, *feature_table(table, {"sample_rate": SAMPLE_RATE})


def draw(table: pd.DataFrame, seed: int) -> np.ndarray:
    """Returns row numbers of random clips, with the same number for each speaker."""
    rng = np.random.default_rng(seed)
    speakers, chosen = sorted(table["group"].unique()), []
    for label, share in SHARES.items():
        for speaker in speakers:
            rows = np.flatnonzero((table["label"] == label) & (table["group"] == speaker))
            n = min(len(rows), round(N_CLIPS * share / len(speakers)))
            chosen.append(rng.choice(rows, n, replace=False))
    return np.concatenate(chosen)
