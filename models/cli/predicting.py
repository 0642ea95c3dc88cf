"""The command `predict`: opens the model, predicts clips and writes the predictions."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from kapre_like.models.cli.console import Console
from kapre_like.models.cli.streaming import follow
from kapre_like.models.cli.text_arguments import decoder_of
from kapre_like.models.cli.text_output import text_writer

Write = Callable[[dict[str, Any]], None]


def predict(options: argparse.Namespace, console: Console) -> int:
    """Predicts the clips one after the other; returns the exit code."""
    from kapre_like.models.artifact.opening import load_predictor
    from kapre_like.models.artifact.records import refusal
    from kapre_like.models.experiment.predict import set_min_confidence

    _check(options)
    decoder = decoder_of(options)
    predictor = load_predictor(options.model_path)
    predictor.channel = options.channel or predictor.channel
    set_min_confidence(predictor, options.min_confidence)
    if decoder is not None:
        predictor.read_with(decoder)
    if options.stream:
        return follow(options, console, predictor)
    if options.explain:
        return _explain(options, console, predictor)
    skipped = 0
    with ExitStack() as open_files:
        write = _writer(options, console, predictor, open_files)
        for record in _records(options, predictor, console):
            if options.on_error == "fail" and ("error" in record or "damaged" in record):
                raise ValueError(refusal(record))
            for problem in record.get("problems", []):
                console.trouble(f"note: {record['path']}: {problem}")
            if "error" in record:
                console.trouble(record["error"])
                skipped += 1
            write(record)
    if options.csv not in (None, "-"):
        console.progress(f"wrote {options.csv}")
    if skipped and options.on_error == "skip":
        console.progress(f"skipped {skipped} bad {'file' if skipped == 1 else 'files'}")
    return 2 if skipped and options.on_error is None else 0


def _check(options: argparse.Namespace) -> None:
    """Raises an error for flags that exclude each other, before the model is loaded."""
    from kapre_like._replacing import check_file

    if options.csv not in (None, "-"):
        check_file(options.csv)
    options.json = options.json or options.format == "json"
    if options.csv and options.format not in (None, "json"):
        raise ValueError("--csv and --format are two forms of one answer. Leave one out.")
    if options.out is not None and options.format in (None, "json"):
        raise ValueError("--out is for --format text, srt, vtt or ctm. Name one.")
    if options.csv and options.json:
        raise ValueError("--csv and --json are two forms of one answer. Leave one out.")
    if options.seconds_per_window is None:
        for flag in ("hop", "audacity"):
            if getattr(options, flag) is not None:
                raise ValueError(f"--{flag} is for windows. Add --seconds-per-window S.")
    elif options.explain:
        raise ValueError("--explain is for whole clips. Leave --seconds-per-window out.")


def _clips(options: argparse.Namespace) -> Iterator[Any]:
    from kapre_like.models.experiment.sources import clips_named

    names = ("path_column", "start_column", "end_column", "audio_root")
    columns = {name: getattr(options, name) for name in names}
    return clips_named(options.files, **columns)


def _records(
    options: argparse.Namespace, predictor: Any, console: Console
) -> Iterator[dict[str, Any]]:
    from kapre_like.models.experiment.predict import predict_each, predict_recordings

    clips = _counted(_clips(options), options, console)
    if options.seconds_per_window is None:
        return predict_each(predictor, clips, channel=options.channel)
    return predict_recordings(
        predictor,
        clips,
        seconds_per_window=options.seconds_per_window,
        hop=options.hop,
        channel=options.channel,
    )


def _counted(
    clips: Iterator[Any], options: argparse.Namespace, console: Console
) -> Iterator[Any]:
    """Counts clips, unless the predictions on the screen show the progress."""
    if options.csv in (None, "-"):
        return clips
    from kapre_like.models.artifact.progress import Progress

    # Standard input may never end, so its clips cannot be listed beforehand.
    known = None if "-" in options.files else list(clips)
    total = None if known is None else len(known)
    progress = Progress(console.progress, "predicting", total)
    return progress.over(clips if known is None else known)


def _writer(
    options: argparse.Namespace, console: Console, predictor: Any, open_files: ExitStack
) -> Write:
    """Returns the function that writes a record to all requested outputs."""
    from kapre_like.models.experiment.prediction_files import (
        columns_of,
        csv_file,
        csv_rows,
        shown,
    )

    events = options.seconds_per_window is not None
    timed = options.start_column is not None or options.end_column is not None
    columns = columns_of(predictor, events=events, timed=timed)
    writers: list[Write] = []
    if options.audacity is not None:
        writers.append(_audacity(Path(options.audacity)))
    if options.csv == "-":
        writers.append(_rows(csv_rows(sys.stdout, columns)))
    elif options.csv is not None:
        writers.append(_rows(open_files.enter_context(csv_file(options.csv, columns))))
    elif options.json:
        writers.append(lambda record: _json(record, console))
    elif options.format is not None:
        writers.append(text_writer(options.format, options.out, predictor, console))
    else:
        writers.append(_text(options, console, [name for name in columns if _shown(name)]))

    def write(record: dict[str, Any]) -> None:
        for one in writers:
            one(record if options.json else shown(record, predictor))

    return write


def _shown(column: str) -> bool:
    """Returns whether a column is shown on the screen. Files have more columns."""
    hidden = ("channel", "error", "confident", "interval_low", "interval_high")
    return column not in hidden and not column.startswith("p_")


def _rows(table: Any) -> Write:
    from kapre_like.models.experiment.prediction_files import rows_of

    return lambda record: table.writerows(rows_of(record))


def _json(record: dict[str, Any], console: Console) -> None:
    if "error" not in record:
        console.result(json.dumps(record, ensure_ascii=False))


def _text(options: argparse.Namespace, console: Console, columns: list[str]) -> Write:
    """Returns a writer of tab-separated lines. On a terminal they have a header by default."""
    from kapre_like.models.experiment.prediction_files import rows_of
    from kapre_like.models.experiment.wording import cell

    if sys.stdout.isatty() if options.header is None else options.header:
        console.result("\t".join(columns))

    def write(record: dict[str, Any]) -> None:
        if "error" not in record:
            for row in rows_of(record):
                if "channel" in record:
                    row["path"] += f" (channel {record['channel']})"
                console.result("\t".join(cell(name, row.get(name)) for name in columns))

    return write


def _audacity(place: Path) -> Write:
    """Returns a writer of label tracks: one file, or one `NAME.txt` per recording."""
    from kapre_like.models.experiment.prediction_files import write_audacity

    single = place.suffix.lower() == ".txt"
    if not single:
        place.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []

    def write(record: dict[str, Any]) -> None:
        if "error" in record:
            return
        path = place if single else place / f"{Path(record['path']).stem}.txt"
        if path in written:
            raise ValueError(
                f"{path}: would contain the labels of two recordings. Name a folder with "
                "--audacity, and recordings of different names."
            )
        written.append(path)
        write_audacity(path, record["events"])

    return write


def _explain(options: argparse.Namespace, console: Console, predictor: Any) -> int:
    """Prints the stages from each file to its prediction."""
    from kapre_like.models.experiment.predict import explain, explain_lines

    for part in _clips(options):
        if part.problem or part.start_s is not None or part.end_s is not None:
            raise ValueError(part.problem or "--explain is for whole files. Leave times out.")
        stages = explain(predictor, part.path)
        if options.json:
            found = {"path": part.name or part.path, "stages": stages}
            console.result(json.dumps(found, ensure_ascii=False))
        else:
            console.result("\n".join(explain_lines(stages)))
    return 0
