"""A feature table on disk, written in parts that are joined when all of them are there.

A Parquet file cannot be read before its last byte is written. So each part is a folder of its
own beside the table, which appears whole or not at all (`replacing`), and a program that was
killed resumes after the last complete part. The finished table replaces an older one.
"""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kapre_like._replacing import check_file, replacing

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".parquet", ".csv")
# Clips per part: so many are lost at most when a program is killed.
ROWS = 1024
# Parts per row group of Parquet. 20 MB are in memory while it is written, and it adds half a
# megabyte about its columns to the file.
_GROUP = 4
_RUN, _ABOUT = "run.json", "about.json"


def check_table(out: str | Path) -> None:
    """Refuses a path that no table can be written to, before any work.

    Raises:
        ValueError: If the suffix is not one of `SUFFIXES`, or there is no such folder.
        ImportError: For Parquet without pyarrow.
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
        run: What the values depend on, as JSON. Parts of another run are removed.

    Attributes:
        out: `Path` of the table.
        folder: `Path` of the parts.
        resumed: Bool. Whether parts of the same run were there.
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
        """Returns what was written about a part; `None` if it is not there."""
        return _read(self._part(number) / _ABOUT)

    def write(self, number: int, frame: "pd.DataFrame", about: dict[str, Any]) -> None:
        """Writes a part: its rows, and JSON about it."""
        with replacing(self._part(number)) as new:
            new.mkdir()
            _write_rows(frame, new / self._rows_name, first=number == 0)
            (new / _ABOUT).write_text(json.dumps(about), "utf-8")

    def join(self, count: int) -> None:
        """Writes the table of the first `count` parts, and removes them."""
        files = [self._part(number) / self._rows_name for number in range(count)]
        # In the folder of the parts, so that nothing stays beside the table after a kill.
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
    """Whether there are parts of this run, because it was interrupted."""
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

    # Said, because the type of a column without rows cannot be inferred.
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

    # Dictionaries and statistics of 1,000 columns of numbers that hardly repeat are of no use.
    with parquet.ParquetWriter(
        out, rows(files[0]).schema, use_dictionary=False, write_statistics=False
    ) as writer:
        for begin in range(0, len(files), _GROUP):
            group = concat_tables(rows(file) for file in files[begin : begin + _GROUP])
            writer.write_table(group, row_group_size=len(group))
