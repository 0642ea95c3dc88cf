"""Converts the split column of a manifest to the words train, valid, test and unused."""

import pandas as pd

WORDS = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "val": "valid",
    "dev": "valid",
    "validation": "valid",
    "test": "test",
    "testing": "test",
    "unused": "unused",
}


def _named_test(owner: str, given: pd.Series, test_split: str) -> pd.Series:
    """Returns the split of each row, if the value `test_split` marks the test rows.

    If there are train rows, other known values keep their meaning. Unknown values and the usual
    word for test become unused. If there are no train rows (for example if the column contains
    speakers), all other rows become train rows.
    """
    if test_split not in set(given):
        known = ", ".join(sorted(set(given))[:20])
        raise ValueError(
            f"{owner}: no row has the split {test_split!r}. Choose one of: {known}."
        )
    words = given.str.lower().map(WORDS).fillna("unused")
    is_test = given == test_split
    if not (words[~is_test] == "train").any():
        words[:] = "train"
    words[words == "test"] = "unused"
    words[is_test] = "test"
    return words


def split_words(owner: str, given: pd.Series, test_split: str | None) -> pd.Series:
    """Converts a split column to the usual words. Case is ignored.

    Args:
        owner: The manifest, for messages.
        given: Text per row.
        test_split: The value that marks the test rows. `None` uses the usual words.

    Returns:
        One of `train`, `valid`, `test`, `unused` per row.

    Raises:
        ValueError: If a value is unknown and `test_split` is `None`, or if no row has the value
            `test_split`.
    """
    given = given.str.strip()
    if test_split is not None:
        return _named_test(owner, given, test_split)
    words = given.str.lower().map(WORDS)
    unknown = sorted(set(given[words.isna()]))
    if unknown:
        listed = ", ".join(repr(value) for value in unknown[:10])
        raise ValueError(
            f"{owner}: unknown split {listed}. Use train, valid and test, or name the value "
            f"that marks the test rows: --test-split {unknown[0]}."
        )
    return words


def leaking_groups(table: pd.DataFrame) -> list[str]:
    """Returns the groups that are in more than one of train, valid and test."""
    used = table[table["split"].isin(["train", "valid", "test"])]
    counts = used.groupby("group")["split"].nunique()
    return sorted(counts.index[counts > 1])
