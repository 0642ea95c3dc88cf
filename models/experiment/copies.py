"""Finds copies of recordings in a data set, and keeps all copies in one split.

Copies are recordings with equal samples or nearly equal waveforms (`audio/fingerprint.py`).
Without a split column, groups that share a recording are joined and split as one unit (column
`together`). With a split column, or if too few units would remain, copies of test clips are
removed from the training clips.
"""

import functools
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kapre_like.audio.fingerprint import COMPARED_RATE, near_pairs, same_recording
from kapre_like.audio.rows import Row, read_row

if TYPE_CHECKING:
    import pandas as pd

    from kapre_like.audio.scan import SoundId

# Greatest number of listed entries of each kind; `counts` contains the number of all.
LISTED = 200
# A recording that is in several splits stays in the first of these.
_PRIORITY = ("test", "valid", "train")
# Size of the cache of waveforms while pairs are compared. A waveform may be in several pairs.
_CACHED_WAVEFORMS = 64
NONE: dict[str, Any] = {
    "identical": [],
    "near": [],
    "conflicting": [],
    "counts": {"identical": 0, "near": 0, "conflicting": 0},
    "repeated_rows": 0,
    "left_out": 0,
    "action": "",
}


class ResolvedCopies(NamedTuple):
    """A table without copies across its splits.

    Attributes:
        table: With the columns `sound` (text, equal for copies) and `together` (text, equal for
            rows that must be in one split).
        copies: The entry `data.copies` of `compare.json`.
        notes: A sentence for each finding.
    """

    table: "pd.DataFrame"
    copies: dict[str, Any]
    notes: list[str]


def drop_repeated_rows(table: "pd.DataFrame") -> tuple["pd.DataFrame", int]:
    """Returns a table without repeated rows, and the number of rows that were removed."""
    names = ["path", "start_s", "end_s", "label", "group", "split"]
    repeated = table.duplicated(names).to_numpy()
    kept = table[~repeated].reset_index(drop=True)
    kept.attrs = dict(table.attrs)
    return kept, int(repeated.sum())


def resolve_copies(
    table: "pd.DataFrame", scanned: "Sequence[SoundId]", repeated_rows: int
) -> ResolvedCopies:
    """Finds the copies in a table, and keeps all copies of a recording in one split.

    Args:
        table: A table after `kapre_like.audio.scan`, with an index from 0.
        scanned: The results of the scan, one per row.
        repeated_rows: Int, number of rows that `drop_repeated_rows` has removed.
    """
    identical = _by_content(scanned)
    near = _by_sound(table, scanned, identical)
    lists = {
        "identical": _entries(table, identical),
        "near": _entries(table, near, identical=identical),
        "conflicting": _conflicting(table, near),
    }
    table = table.assign(sound=[str(number) for number in near])
    table, left_out, action = _kept_in_one_split(table)
    copies = {
        **{name: entries[:LISTED] for name, entries in lists.items()},
        "counts": {name: len(entries) for name, entries in lists.items()},
        "repeated_rows": repeated_rows,
        "left_out": left_out,
        "action": action,
    }
    return ResolvedCopies(table, copies, _notes(copies))


def left_out(table: "pd.DataFrame", *others: "pd.DataFrame") -> "pd.DataFrame":
    """Returns the rows of a table whose recording is in none of the other tables."""
    if "sound" not in table.columns:
        return table
    known = {sound for other in others for sound in other["sound"]}
    kept = table[~table["sound"].isin(known).to_numpy()].reset_index(drop=True)
    kept.attrs = dict(table.attrs)
    return kept


def _by_content(scanned: "Sequence[SoundId]") -> list[int]:
    """Returns per row the first row with equal samples. Each silent row is its own group."""
    first: dict[str, int] = {}
    return [
        first.setdefault(one.content, row) if one.content else row
        for row, one in enumerate(scanned)
    ]


def _by_sound(
    table: "pd.DataFrame", scanned: "Sequence[SoundId]", identical: list[int]
) -> list[int]:
    """Returns per row the first row with nearly equal samples. Identical rows count once."""
    rows = [
        row
        for row, one in enumerate(scanned)
        if identical[row] == row and one.fingerprint is not None
    ]
    roots = list(range(len(scanned)))
    if len(rows) > 1:
        found = near_pairs(np.stack([scanned[row].fingerprint for row in rows]))
        pairs = [(rows[first], rows[second]) for first, second in found]
        waveform = functools.lru_cache(_CACHED_WAVEFORMS)(functools.partial(_waveform, table))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            same = pool.map(lambda pair: same_recording(*map(waveform, pair)), pairs)
            for pair, is_same in zip(pairs, same, strict=True):
                if is_same:
                    _join(roots, *pair)
    return [_root(roots, identical[row]) for row in range(len(scanned))]


def _waveform(table: "pd.DataFrame", row: int) -> np.ndarray:
    """Reads the waveform of a row again, at the sample rate of the comparison."""
    path, start, end, channel = (
        table[name].iloc[row] for name in ("path", "start_s", "end_s", "channel")
    )
    return read_row(Row(path, start, end, channel, known=True), sample_rate=COMPARED_RATE)


def _root(roots: list[int], item: int) -> int:
    while roots[item] != item:
        roots[item] = roots[roots[item]]
        item = roots[item]
    return item


def _join(roots: list[int], first: int, second: int) -> None:
    low, high = sorted((_root(roots, first), _root(roots, second)))
    roots[high] = low


def _joined(rows: Iterable[tuple]) -> list[int]:
    """Joins rows that share a key, directly or through other rows (union-find).

    Returns the first row of the joined set of each row.
    """
    keys, roots = {}, []
    for row, found in enumerate(rows):
        roots.append(row)
        for key in enumerate(found):
            _join(roots, row, keys.setdefault(key, row))
    return [_root(roots, row) for row in range(len(roots))]


def _entries(
    table: "pd.DataFrame", numbers: list[int], identical: list[int] | None = None
) -> list[list[dict[str, Any]]]:
    """Returns the sets of rows with the same number that are from several files.

    With `identical`, only the first of identical rows is in a set.
    """
    found: dict[int, list[int]] = {}
    for row, number in enumerate(numbers):
        found.setdefault(number, []).append(row)
    places = list(zip(table["path"], table["start_s"], table["end_s"], strict=True))
    entries = []
    for rows in found.values():
        if identical is not None:
            # The first of identical rows represents all of them.
            rows = list({identical[row]: row for row in reversed(rows)}.values())[::-1]
        if len({str(places[row]) for row in rows}) > 1:
            entries.append([_entry(table, row) for row in rows])
    return entries


def _entry(table: "pd.DataFrame", row: int) -> dict[str, Any]:
    label = table["label"].iloc[row]
    return {
        "path": table["path"].iloc[row],
        "label": label if isinstance(label, str) else float(label),
        "split": table["split"].iloc[row],
    }


def _conflicting(table: "pd.DataFrame", sounds: list[int]) -> list[list[dict[str, Any]]]:
    """Returns the rows of each recording that has two or more labels."""
    import pandas as pd

    sounds = pd.Series(sounds)
    sounds = sounds[sounds.duplicated(keep=False)]
    by_sound = table["label"].loc[sounds.index].groupby(sounds, sort=False)
    return [
        [_entry(table, row) for row in rows.index] for _, rows in by_sound if rows.nunique() > 1
    ]


def _kept_in_one_split(table: "pd.DataFrame") -> tuple["pd.DataFrame", int, str]:
    """Returns the table with `together`, the number of removed rows, and a note."""
    copied = table["sound"].duplicated(keep=False)
    if table.attrs["has_splits"]:
        table = table.assign(together=table["group"])
        rank = table["split"].map({name: place for place, name in enumerate(_PRIORITY)})
        crossing = (copied & (rank > rank.groupby(table["sound"]).transform("min"))).to_numpy()
        n = int(crossing.sum())
        kept = table[~crossing].reset_index(drop=True)
        kept.attrs = dict(table.attrs)
        many = "1 copy of a test or validation clip is" if n == 1 else ""
        many = many or f"{n} copies of test or validation clips are"
        action = f"{many} left out" if n else ""
        return kept, n, action
    joined = _joined(zip(table["group"], table["sound"], strict=True))
    group = table["group"].to_numpy()
    table = table.assign(together=[group[row] for row in joined])
    before, after = table["group"].nunique(), table["together"].nunique()
    if after == before:
        return table, 0, ""
    what = "groups" if table.attrs["has_groups"] else "files"
    if after < 2:
        table = table.assign(together=table["group"])
        action = f"copies join all {before} {what}, so copies of test clips are not trained on"
        return table, 0, action
    return table, 0, f"copies are kept in one split: {before} {what} are split as {after}"


def _notes(copies: dict[str, Any]) -> list[str]:
    """Returns a sentence for each finding."""
    counts, notes = copies["counts"], []
    if n := copies["repeated_rows"]:
        notes.append(
            f"{n} {'row repeats' if n == 1 else 'rows repeat'} another and "
            f"{'is' if n == 1 else 'are'} counted once"
        )
    for kind, words in (
        ("identical", "occur in several files or rows"),
        ("near", "occur in several files, nearly equal (other format, level or cut)"),
    ):
        if n := counts[kind]:
            first, second = copies[kind][0][:2]
            notes.append(
                f"{n} {'recording' if n == 1 else 'recordings'} "
                f"{words if n > 1 else words.replace('occur', 'occurs')}, such as "
                f"{first['path']} and {second['path']}"
            )
    if n := counts["conflicting"]:
        one = copies["conflicting"][0]
        labels = list(dict.fromkeys(entry["label"] for entry in one))
        notes.append(
            f"{n} {'recording has' if n == 1 else 'recordings have'} two or more labels, such "
            f"as {one[0]['path']}: {' and '.join(map(str, labels[:3]))}; all are kept"
        )
    return [*notes, *([copies["action"]] if copies["action"] else [])]
