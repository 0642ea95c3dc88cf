"""The command `inspect`: facts about sound files, as a table, JSON or CSV."""

import argparse
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kapre_like.audio.folder import audio_below
from kapre_like.audio.inspecting import inspect
from kapre_like.models.cli.console import Console

_COLUMNS = (
    "path", "format", "sample_rate", "channels", "duration_s", "peak_db", "rms_db", "clipped",
    "silent", "dc_offset", "anti_phase", "problems",
)  # fmt: skip
_HEADER = (
    "file", "format", "Hz", "channels", "seconds", "peak dB", "RMS dB", "clipped", "silent",
    "DC offset", "anti-phase", "problems",
)  # fmt: skip


def inspect_all(options: argparse.Namespace, console: Console) -> int:
    """Inspects files and folders; returns 2 if one of them cannot be read, else 0."""
    code, rows = 0, []
    if options.csv:
        console.result(_csv_line(_COLUMNS))
    for record in _records(options.paths):
        if "error" in record:
            code = 2
        if options.json:
            console.result(json.dumps(record, ensure_ascii=False))
        elif options.csv:
            console.result(_csv_line(_plain(record)))
        elif "error" not in record:
            rows.append(_cells(record))
        if "error" in record and not options.json:
            console.trouble(record["error"])
    if rows:
        console.table("", list(_HEADER), rows)
    return code


def _records(paths: list[str]) -> Iterator[dict[str, Any]]:
    for path in paths:
        files: list[Any] = audio_below(Path(path)) if Path(path).is_dir() else [path]
        if not files:
            yield {"path": path, "error": f"{path}: contains no sound file, at any depth."}
        for file in files:
            try:
                yield inspect(file)
            except (ValueError, OSError) as error:
                yield {"path": str(file), "error": str(error)}


def _plain(record: dict[str, Any]) -> list[Any]:
    if "error" in record:
        reason = record["error"].removeprefix(f"{record['path']}: ")
        return [record["path"], *[""] * (len(_COLUMNS) - 2), f"error: {reason}"]
    values = {**record, "problems": "; ".join(record["problems"])}
    return ["" if values[name] is None else values[name] for name in _COLUMNS]


def _csv_line(cells: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _cells(record: dict[str, Any]) -> list[str]:
    level = [
        "silence" if record[n] is None else f"{record[n]:.1f}" for n in ("peak_db", "rms_db")
    ]
    return [
        record["path"],
        record["format"],
        str(record["sample_rate"]),
        str(record["channels"]),
        f"{record['duration_s']:.2f}",
        *level,
        f"{record['clipped']:.1%}",
        f"{record['silent']:.0%}",
        f"{record['dc_offset']:+.3f}",
        "yes" if record["anti_phase"] else "no",
        "; ".join(record["problems"]),
    ]
