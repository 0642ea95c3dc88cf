"""Writes a feature table in parts, and joins them when all are complete.

A Parquet file cannot be read before its last byte is written. So each part is a folder next to
the table, which is written atomically (`replacing`). A program that was killed resumes after
the last complete part. The finished table replaces an older one.
"""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kapre_like._replacing import check_file, replacing

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".parquet", ".csv")
# Clips per part. A killed program loses at most this many.
ROWS = 1024
# Parts per row group of Parquet. A group takes 20 MB of memory while it is written, and adds
# half a megabyte of metadata on its columns to the file.
_GROUP = 4
_RUN, _ABOUT = "run.json", "about.json"


def check_table(out: str | Path) -> None:
    """Checks before any work that a table can be written to a path.

    Raises:
        ValueError: If the suffix is not one of `SUFFIXES`, or the folder does not exist.
        ImportError: If a Parquet file is named and pyarrow is not installed.
    """
    out = Path(out)
    if out.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{out}: must end in {' or '.join(SUFFIXES)}. Name such a file.")
    check_file(out)
    if out.suffix.lower() == ".parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise ImportError(
                f"{out}: a Parquet file needs pyarrow. pip install 'kapre-like[parquet]', or "
                "name a .csv file."
            ) from error


class TableParts:
    """The parts of a table.

    Args:
        out: The table's file; see `check_table`.
        run: Settings on which the values depend, as JSON. Parts of another run are removed.

    Attributes:
        out: `Path` of the table.
        folder: `Path` of the parts.
        resumed: Bool. Whether parts of the same run existed.
        replaced: Bool. Whether parts of another run were removed.
    """

    def __init__(self, out: str | Path, run: dict[str, Any]) -> None:
        self.out = Path(out)
        self.folder = folder_of(out)
        self.resumed = begun(out, run)
        self.replaced = not self.resumed and self.folder.exists()
        if not self.resumed:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir()
            with replacing(self.folder / _RUN) as new:
                new.write_text(json.dumps(run), "utf-8")

    def about(self, number: int) -> dict[str, Any] | None:
        """Returns the JSON metadata of a part; `None` if the part does not exist."""
        return _read(self._part(number) / _ABOUT)

    def write(self, number: int, frame: "pd.DataFrame", about: dict[str, Any]) -> None:
        """Writes a part: its rows, and JSON metadata."""
        with replacing(self._part(number)) as new:
            new.mkdir()
            _write_rows(frame, new / self._rows_name, first=number == 0)
            (new / _ABOUT).write_text(json.dumps(about), "utf-8")

    def join(self, count: int) -> None:
        """Joins the first `count` parts into the table, and removes all parts."""
        files = [self._part(number) / self._rows_name for number in range(count)]
        # In the folder of the parts, so that a killed program leaves no other files.
        whole = self.folder / f"table{self.out.suffix}"
        with replacing(whole) as new:
            (_join_csv if self._is_csv else _join_parquet)(files, new)
        whole.replace(self.out)
        shutil.rmtree(self.folder)

    @property
    def _is_csv(self) -> bool:
        return self.out.suffix.lower() == ".csv"

    @property
    def _rows_name(self) -> str:
        return "rows.csv" if self._is_csv else "rows.arrow"

    def _part(self, number: int) -> Path:
        return self.folder / f"{number:06d}"


def folder_of(out: str | Path) -> Path:
    """Returns the folder of the parts of a table."""
    return Path(out).with_name(f".{Path(out).name}.parts")


def begun(out: str | Path, run: dict[str, Any]) -> bool:
    """Returns whether parts of this run exist, because it was interrupted."""
    return _read(folder_of(out) / _RUN) == run


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _write_rows(frame: "pd.DataFrame", path: Path, *, first: bool) -> None:
    if path.suffix == ".csv":
        frame.to_csv(path, index=False, header=first, lineterminator="\n")
        return
    import pyarrow as pa
    from pandas.api.types import is_numeric_dtype

    # Types are explicit, because that of a column without rows cannot be inferred.
    kinds = {
        name: pa.from_numpy_dtype(kind) if is_numeric_dtype(kind) else pa.string()
        for name, kind in frame.dtypes.items()
    }
    table = pa.Table.from_pandas(frame, schema=pa.schema(kinds), preserve_index=False)
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table)


def _join_csv(files: list[Path], out: Path) -> None:
    with out.open("wb") as whole:
        for file in files:
            with file.open("rb") as part:
                shutil.copyfileobj(part, whole)


def _join_parquet(files: list[Path], out: Path) -> None:
    from pyarrow import concat_tables, ipc, parquet

    def rows(file: Path) -> Any:
        with ipc.open_file(file) as part:
            return part.read_all()

    # No dictionaries and statistics: they do not help for 1,000 columns of distinct numbers.
    with parquet.ParquetWriter(
        out, rows(files[0]).schema, use_dictionary=False, write_statistics=False
    ) as writer:
        for begin in range(0, len(files), _GROUP):
            group = concat_tables(rows(file) for file in files[begin : begin + _GROUP])
            writer.write_table(group, row_group_size=len(group))
