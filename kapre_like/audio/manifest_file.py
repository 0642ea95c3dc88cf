"""A manifest file becomes a table of text, read as it stands."""

import warnings
from pathlib import Path

import pandas as pd

_SEPARATORS = {".csv": ",", ".tsv": "\t"}


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
    with warnings.catch_warnings():
        # Rows longer than the header: pandas would only warn and drop their last cells.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            file,
            sep=_SEPARATORS[file.suffix.lower()],
            dtype=str,
            keep_default_na=False,
            index_col=False,
            encoding="utf-8-sig",  # with or without a byte order mark
        )


def read_manifest(file: Path) -> pd.DataFrame:
    """Reads a CSV, TSV or Parquet file with a header.

    Returns:
        A table with every cell as text, a missing one as "".

    Raises:
        ValueError: `FILE: reason. Fix.` if it is of another kind, empty or damaged.
        ImportError: A Parquet file without pyarrow installed.
    """
    suffix = file.suffix.lower()
    if suffix not in {*_SEPARATORS, ".parquet"}:
        raise ValueError(
            f"{file}: is no data set. Pass a folder of class folders, or a manifest that ends "
            f"in .csv, .tsv or .parquet."
        )
    try:
        table = _read_parquet(file) if suffix == ".parquet" else _read_text(file)
    except pd.errors.EmptyDataError:
        raise ValueError(f"{file}: is empty. Write a header and a row per clip.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file}: is not UTF-8 text. Save it as CSV in UTF-8.") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning, OSError, ValueError) as error:
        said = str(error).splitlines()[0].rstrip(".")
        raise ValueError(f"{file}: cannot be read as a table ({said}). Repair it.") from None
    if table.empty:
        raise ValueError(f"{file}: has a header and no rows. Write a row per clip.")
    return table
