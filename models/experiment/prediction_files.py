"""Writes predictions as rows of a table, and events as a label track for Audacity."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from kapre_like._replacing import replacing
from kapre_like.audio.channels import MIX

INTERVAL_COLUMNS = ("interval_low", "interval_high")
UNKNOWN = "unknown"


def columns_of(predictor: Any, *, events: bool = False, timed: bool = False) -> list[str]:
    """Returns the columns of a table of a model's predictions.

    Args:
        predictor: A `Predictor`.
        events: Whether a row is an event of a recording.
        timed: Whether the clips may be parts of files.

    Returns:
        `path`; `channel`, unless channels are mixed; `start` and `end` in seconds; and `error`,
        the reason if there is no prediction. The columns of the prediction are, for classes,
        `label`, `probability`, `confident` (calibrated models), `labels` (if a clip may have
        several) and `p_CLASS` of each class; for scores, `score`, `interval_low` and
        `interval_high` (calibrated models), or `score_NAME` of several; for texts, `text` and
        `words`; for frames, `segments`; for events, `label` and `confidence`.
    """
    times = ["start", "end"] if events or timed else []
    names = predictor.class_names or []
    if events and predictor.task != "regress":
        answer = ["label", "confidence"]
    else:
        labels = ["labels"] if predictor.recipe.get("multi_label") else []
        confident = [] if predictor.limits() is None else ["confident"]
        answer = {
            "classify": ["label", "probability", *confident, *labels, *_prefixed("p", names)],
            "regress": _prefixed("score", names) or ["score", *_interval_columns(predictor)],
            "ctc": ["text", "words"],
            "transcribe": ["text", "confidence", "words"],
        }.get(predictor.task, ["segments"])
    channel = [] if predictor.channel == MIX else ["channel"]
    return ["path", *channel, *times, *answer, "error"]


def _interval_columns(predictor: Any) -> tuple[str, ...]:
    return () if predictor.calibration is None else INTERVAL_COLUMNS


def shown(record: dict[str, Any], predictor: Any) -> dict[str, Any]:
    """Returns a record for a table, with the label `unknown` below `min_confidence`."""
    if predictor.min_confidence is None or record.get("confident", True):
        return record
    return {**record, "label": UNKNOWN}


def rows_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the rows of a record as dicts by column: one row, or one per event."""
    if "events" in record:
        path = {name: record[name] for name in ("path", "channel") if name in record}
        return [row for event in record["events"] for row in rows_of({**path, **event})]
    row = {name: value for name, value in record.items() if not isinstance(value, list | dict)}
    for prefix, key in (("p", "probabilities"), ("score", "scores")):
        shares = record.get(key, {})
        row |= dict(zip(_prefixed(prefix, shares), shares.values(), strict=True))
    if "interval" in record:
        row |= dict(zip(INTERVAL_COLUMNS, record["interval"], strict=True))
    if "labels" in record:
        row["labels"] = ", ".join(record["labels"])
    for name, key in (("words", "word"), ("segments", "label")):
        if name in record:
            row[name] = timed_text(record[name], key)
    return [row]


def timed_text(parts: list[dict[str, Any]], name: str) -> str:
    """Returns words or segments with their seconds: `YES 0.42-0.80 NO 1.02-1.30`."""
    return " ".join(f"{part[name]} {part['start']:.2f}-{part['end']:.2f}" for part in parts)


@contextmanager
def csv_file(path: str | Path, columns: list[str]) -> Iterator[csv.DictWriter]:
    """Opens a CSV file for atomic writing, in UTF-8 with a header."""
    with (
        replacing(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        yield csv_rows(file, columns)


def csv_rows(file: IO[str], columns: list[str]) -> csv.DictWriter:
    """Returns a CSV writer that has written its header."""
    writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    return writer


def write_audacity(path: Path, events: Iterable[dict[str, Any]]) -> None:
    """Writes events as a label track that Audacity imports: start, end, label."""
    lines = [f"{event['start']:.3f}\t{event['end']:.3f}\t{_named(event)}\n" for event in events]
    with replacing(path) as temporary:
        temporary.write_text("".join(lines), "utf-8")


def _named(event: dict[str, Any]) -> str:
    """Returns the text of an event in a label track."""
    scores = event.get("scores", {"score": event.get("score")})
    texts = [f"{name} {score:.4g}" for name, score in scores.items() if score is not None]
    return event.get("label") or ", ".join(texts)


def _prefixed(prefix: str, names: Iterable[str]) -> list[str]:
    return [f"{prefix}_{name}" for name in names]
