"""Rows of tables of clips: selection, windows of clips, and conversion to JSON."""

from typing import TYPE_CHECKING, Any

from kapre_like.models.artifact.length_rule import LengthRule

if TYPE_CHECKING:
    import pandas as pd


def windows(table: "pd.DataFrame", recipe: dict[str, Any]) -> "pd.DataFrame":
    """Returns the rows that a family trains on.

    With the length rule `tiles` each window of a clip is a row with its own times, duration and
    digest. With any other rule each clip is a row.
    """
    import pandas as pd

    rule = LengthRule.of(recipe)
    if rule.kind != "tiles":
        return table
    rate, rows = recipe["sample_rate"], []
    for clip in table.to_dict("records"):
        spans = rule.spans(round(clip["duration_s"] * rate), rate)
        begin = 0.0 if pd.isna(clip["start_s"]) else clip["start_s"]
        if len(spans) == 1:
            rows.append(clip)
            continue
        rows += [
            clip
            | {
                "start_s": begin + start / rate,
                "end_s": begin + end / rate,
                "duration_s": (end - start) / rate,
                "digest": f"{clip['digest']}-{number}",
            }
            for number, (start, end) in enumerate(spans)
        ]
    made = pd.DataFrame(rows, columns=table.columns)
    made.attrs = dict(table.attrs)
    return made


def to_json(table: "pd.DataFrame") -> dict[str, Any]:
    """Returns a table as JSON values, for another process. `from_json` is the inverse."""
    plain = table.astype(object).where(table.notna(), None)
    return {
        "columns": list(table.columns),
        "rows": plain.to_numpy().tolist(),
        "attrs": dict(table.attrs),
    }


def from_json(value: dict[str, Any]) -> "pd.DataFrame":
    """Returns the table from the result of `to_json`. Times are floats, text stays text."""
    import pandas as pd

    table = pd.DataFrame(value["rows"], columns=value["columns"])
    for name in ("start_s", "end_s", "duration_s"):
        table[name] = table[name].astype(float)
    table.attrs = dict(value["attrs"])
    return table


def select_rows(table: "pd.DataFrame", mask: Any) -> "pd.DataFrame":
    """Returns the rows of a mask with a new index from 0, and keeps `table.attrs`."""
    part = table[mask].reset_index(drop=True)
    part.attrs = dict(table.attrs)
    return part
