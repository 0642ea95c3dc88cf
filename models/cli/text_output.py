"""Writes transcripts as text, as subtitles, or as words with times."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kapre_like._replacing import replacing
from kapre_like.models.artifact.predictor import TEXT_TASKS
from kapre_like.models.cli.console import Console

# Formats with one recording per file, because times begin at 0.
_SINGLE = ("srt", "vtt")


def text_writer(
    format: str, out: str | None, predictor: Any, console: Console
) -> Callable[[dict[str, Any]], None]:
    """Returns a function that writes a record in a format, to the screen or to files.

    Args:
        format: `"text"`, `"srt"`, `"vtt"` or `"ctm"`.
        out: A file, an existing or new folder, or `None` for standard output.
        predictor: A `Predictor`.
        console: The console that prints if `out` is `None`.

    Raises:
        ValueError: If the model does not output text.
    """
    if predictor.task not in TEXT_TASKS:
        raise ValueError(
            f"{predictor.source}: outputs no text, so there is none to write as {format}. "
            "Leave --format out."
        )
    place = None if out is None else Path(out)
    written: list[str] = []

    def write(record: dict[str, Any]) -> None:
        if "error" in record:
            return
        text = _formatted(format, record)
        if place is None or place.suffix:
            _refuse_second(format, written, record)
        if place is None:
            if text or format == "text":
                console.result(text.rstrip("\n"))
            return
        target = place if place.suffix else place / f"{_name(record)}.{_suffix(format)}"
        before = "".join(written) if place.suffix else ""
        written.append(text)
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as temporary:
            temporary.write_text(before + text, "utf-8")

    return write


def _formatted(format: str, record: dict[str, Any]) -> str:
    """Returns a record in a format, with a line end."""
    from kapre_like.models.text.subtitles import ctm, srt, vtt
    from kapre_like.models.text.transcript import Transcript

    if format == "text":
        return record["text"] + "\n"
    transcript = Transcript.from_json(record)
    if format == "ctm":
        return ctm(transcript, name=_name(record))
    return {"srt": srt, "vtt": vtt}[format](transcript)


def _refuse_second(format: str, written: list[str], record: dict[str, Any]) -> None:
    """Raises an error for subtitles of a second recording in the same file."""
    if format in _SINGLE and written:
        raise ValueError(
            f"{record['path']}: is a second recording, and a file of {format} subtitles can "
            "contain only one. Name a folder with --out."
        )
    if format in _SINGLE:
        written.append("")


def _name(record: dict[str, Any]) -> str:
    """Returns the stem of the file name, with the number of the channel if there is one."""
    channel = f"-{record['channel']}" if "channel" in record else ""
    return f"{Path(record['path']).stem}{channel}"


def _suffix(format: str) -> str:
    return "txt" if format == "text" else format
