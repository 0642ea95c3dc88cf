"""Reads a manifest file as a table of text, without interpreting its cells."""

import io
import warnings
from pathlib import Path

import pandas as pd

from kapre_like.audio.table_text import SUFFIXES, table_text


def _read_parquet(file: Path) -> pd.DataFrame:
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"{file}: a Parquet file needs pyarrow. pip install 'kapre-like[parquet]'"
        ) from error
    raw = pd.read_parquet(file, engine="pyarrow")
    # Text, as from a CSV file: an int 3 becomes "3", and a missing value "".
    return raw.astype(object).where(raw.notna(), "").astype(str)


def _read_text(file: Path) -> pd.DataFrame:
    text, separator, unusual = table_text(file)
    with warnings.catch_warnings():
        # For rows longer than the header pandas would only warn, and drop their last cells.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        table = pd.read_csv(
            io.StringIO(text, newline=""),
            sep=separator,
            dtype=str,
            keep_default_na=False,
            index_col=False,
        )
    if unusual:
        warnings.warn(f"{file}: read as {unusual}", UserWarning, stacklevel=2)
    table.attrs["separator"] = separator
    table.columns = table.columns.str.strip()
    return _without_last_blanks(table)


def _without_last_blanks(table: pd.DataFrame) -> pd.DataFrame:
    """Removes empty rows at the end, which spreadsheets write."""
    filled = (table != "").any(axis=1).to_numpy().nonzero()[0]
    return table.iloc[: filled[-1] + 1] if len(filled) else table.iloc[:0]


def read_manifest(file: Path) -> pd.DataFrame:
    """Reads a CSV, TSV or Parquet file with a header.

    Text may be UTF-8, UTF-16 or Windows-1252, with commas, semicolons, tabs or bars between
    its columns. The suffix does not decide the separator.

    Returns:
        A table with every cell as text, and missing cells as "". `attrs["separator"]` is the
        separator of a text file.

    Raises:
        ValueError: `FILE: reason. Fix.` if it is another kind of file, empty or damaged.
        ImportError: If it is a Parquet file and pyarrow is not installed.

    Warns:
        UserWarning: If the encoding or the separator is unusual. The message says which it is.
    """
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"{file}: is not a data set. Pass a folder of class folders, or a manifest that "
            f"ends in .csv, .tsv or .parquet."
        )
    try:
        table = _read_parquet(file) if suffix == ".parquet" else _read_text(file)
    except pd.errors.EmptyDataError:
        raise ValueError(f"{file}: is empty. Write a header and a row per clip.") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning, OSError, ValueError) as error:
        if str(error).startswith(f"{file}: "):
            raise
        reason = str(error).splitlines()[0].rstrip(".")
        raise ValueError(f"{file}: cannot be read as a table ({reason}). Repair it.") from None
    if table.empty:
        raise ValueError(f"{file}: has a header and no rows. Write a row per clip.")
    return table
