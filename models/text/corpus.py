"""Reads training texts of a language model: lines of files, or a column of manifests."""

from collections.abc import Iterator
from pathlib import Path

_TABLES = (".csv", ".tsv", ".parquet")


def corpus_lines(path: str | Path, text_column: str | None = None) -> Iterator[str]:
    """Yields the texts of a file: one per line, or one per row of a table.

    Args:
        path: A text file in UTF-8; with `text_column` a manifest (CSV, TSV, Parquet).
        text_column: Name of the column with the texts; `None` for a text file.

    Raises:
        ValueError: If the file or column does not exist, or the file is not text. The message
            has the fix.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: no such file. Give a text file, or a manifest.")
    if text_column is not None:
        return iter(_cells(path, text_column))
    if path.suffix.lower() in _TABLES:
        raise ValueError(f"{path}: is a manifest. Choose its column with --text-column.")
    return _lines(path)


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{path}: line {number} is not UTF-8. Save the file as UTF-8 text."
                ) from error


def _cells(path: Path, column: str) -> list[str]:
    from kapre_like.audio.manifest_file import read_manifest

    table = read_manifest(path)
    if column not in table.columns:
        listed = ", ".join(map(str, table.columns))
        raise ValueError(
            f"{path}: has no column {column!r}. It has: {listed}. "
            "Choose one with --text-column."
        )
    return [str(cell) for cell in table[column]]
