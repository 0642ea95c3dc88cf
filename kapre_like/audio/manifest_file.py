"""A manifest file becomes a table of text, read as it stands."""

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
    # Text, as CSV gives it: an int 3 is "3"; what is missing is "".
    return raw.astype(object).where(raw.notna(), "").astype(str)


def _read_text(file: Path) -> pd.DataFrame:
    text, separator, unusual = table_text(file)
    with warnings.catch_warnings():
        # Rows longer than the header: pandas would only warn and drop their last cells.
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
    """The rows down to the last with something in it; spreadsheets write empty ones below."""
    filled = (table != "").any(axis=1).to_numpy().nonzero()[0]
    return table.iloc[: filled[-1] + 1] if len(filled) else table.iloc[:0]


def read_manifest(file: Path) -> pd.DataFrame:
    """Reads a CSV, TSV or Parquet file with a header.

    Text may be UTF-8, UTF-16 or Windows-1252, with commas, semicolons, tabs or bars between
    its columns, whatever the suffix.

    Returns:
        A table with every cell as text, a missing one as ""; `attrs["separator"]` is what
        stood between the columns of a text.

    Raises:
        ValueError: `FILE: reason. Fix.` if it is of another kind, empty or damaged.
        ImportError: A Parquet file without pyarrow installed.

    Warns:
        UserWarning: The encoding or the separator is not the usual one; says which.
    """
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"{file}: is no data set. Pass a folder of class folders, or a manifest that ends "
            f"in .csv, .tsv or .parquet."
        )
    try:
        table = _read_parquet(file) if suffix == ".parquet" else _read_text(file)
    except pd.errors.EmptyDataError:
        raise ValueError(f"{file}: is empty. Write a header and a row per clip.") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning, OSError, ValueError) as error:
        if str(error).startswith(f"{file}: "):
            raise
        said = str(error).splitlines()[0].rstrip(".")
        raise ValueError(f"{file}: cannot be read as a table ({said}). Repair it.") from None
    if table.empty:
        raise ValueError(f"{file}: has a header and no rows. Write a row per clip.")
    return table
