"""Checks cells of a table, and converts them to numbers. Errors name the row."""

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

# Decimal commas or integers: `1,5`, `-12`, `1.234,5`, `1 234,5`.
_DECIMAL_COMMA = re.compile(
    r"[+-]?(\d{1,3}([.\u00a0\u202f ]\d{3})+|\d+)(,\d+(e[+-]?\d+)?)?", re.I
)
# If commas separate the columns, `1,234` may be one thousand or a number near 1.
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def no_blanks(owner: Path, cells: pd.Series, what: str) -> pd.Series:
    """Returns the cells; raises an error if one of them is blank."""
    blank = np.flatnonzero(cells.str.strip() == "")
    if len(blank):
        # Row 1 is the first row below the header.
        raise ValueError(
            f"{owner}: row {blank[0] + 1} has no {what}"
            f"{f' (and {len(blank) - 1} more)' if len(blank) > 1 else ''}. Fill it in, or "
            f"remove the row."
        )
    return cells


def numbers(
    owner: Path, cells: pd.Series, what: str, *, blanks: bool, separator: str = ","
) -> pd.Series:
    """Converts cells to floats.

    Args:
        owner: The table, for messages.
        cells: Texts.
        what: Name of the column in messages.
        blanks: Whether cells may be blank. Blank cells become NaN.
        separator: Separator of the columns.

    Raises:
        ValueError: If a cell is not a finite number.

    Warns:
        UserWarning: If the column has decimal commas. The message says how they were read.
    """
    values, wrong = _parsed(cells, blanks)
    if wrong.any() and _has_commas(owner, cells, what, separator):
        example = next(cell for cell in cells if "," in cell).strip()
        values, wrong = _parsed(cells.map(_with_point), blanks)
        warnings.warn(
            f"{owner}: the {what} has decimal commas; {example!r} is read as "
            f"{float(_with_point(example)):g}",
            UserWarning,
            stacklevel=2,
        )
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"{owner}: row {row + 1} has the {what} {cells.iloc[row]!r}, which is not a finite "
            f"number. Correct it, or remove the row."
        )
    return values


def number_of(cell: str) -> float | None:
    """Returns a cell as a finite number, also with a decimal comma; `None` if it is not."""
    cell = cell.strip()
    if "," in cell and _DECIMAL_COMMA.fullmatch(cell):
        cell = _with_point(cell)
    # Unlike float(), pandas rejects `1_000` and digits of other scripts, as in a table.
    value = pd.to_numeric(cell, errors="coerce")
    return float(value) if np.isfinite(value) else None


def _parsed(cells: pd.Series, blanks: bool) -> tuple[pd.Series, pd.Series]:
    """Returns the numbers, and which cells are not numbers."""
    values = pd.to_numeric(cells, errors="coerce").astype("float64")
    wrong = ~np.isfinite(values)
    if blanks:
        wrong &= cells.str.strip() != ""
    return values, wrong


def _has_commas(owner: Path, cells: pd.Series, what: str, separator: str) -> bool:
    """Returns whether a column contains decimal commas and all its numbers fit them."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    commas = [cell for cell in filled if "," in cell]
    if not commas or not all(_DECIMAL_COMMA.fullmatch(cell) for cell in filled):
        return False
    if separator == "," and all(_EITHER.fullmatch(cell) for cell in commas):
        raise ValueError(
            f"{owner}: the {what} {commas[0]!r} can mean a thousand or a decimal comma. Write "
            "the numbers with a point, or without one."
        )
    return True


def _with_point(cell: str) -> str:
    return re.sub(r"[.\u00a0\u202f ]", "", cell.strip()).replace(",", ".")
