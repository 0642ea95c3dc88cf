"""Matrix products in pieces so small that BLAS starts no threads of its own.

Clips are computed side by side already, in processes and threads of ours. Threads of BLAS
beside them wait for each other longer than such products take.
"""

from typing import NamedTuple

import numpy as np

# Multiplications up to which OpenBLAS stays in its thread.
_SMALL = 1 << 18


def product(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Returns `rows @ matrix`.

    Args:
        rows: `(n, k)`, which may be a view with overlapping rows.
        matrix: `(k, columns)`, of the same type.
    """
    piece = max(1, _SMALL // max(1, matrix.size))
    if len(rows) <= piece:
        return rows @ matrix
    # Pieces of equal size, since a stack of products takes one call.
    piece = -(-len(rows) // -(-len(rows) // piece))
    whole = len(rows) // piece * piece
    stacked = np.ascontiguousarray(rows[:whole]).reshape(-1, piece, rows.shape[1]) @ matrix
    first = stacked.reshape(whole, matrix.shape[1])
    return first if whole == len(rows) else np.concatenate([first, rows[whole:] @ matrix])


class Band(NamedTuple):
    """Neighboring columns of a matrix, and the rows in which they are not zero.

    Attributes:
        rows: Which rows.
        columns: Which columns.
        matrix: That part of the matrix.
    """

    rows: slice
    columns: slice
    matrix: np.ndarray


def bands_of(matrix: np.ndarray, width: int) -> list[Band]:
    """Cuts a matrix into bands of `width` columns, without the rows that are zero in each.

    Bands of a filterbank are narrow where frequencies are low: what is left of a mel matrix is
    a fourth of it.
    """
    found = []
    for begin in range(0, matrix.shape[1], width):
        columns = slice(begin, min(begin + width, matrix.shape[1]))
        used = np.flatnonzero(matrix[:, columns].any(axis=1))
        rows = slice(used[0], used[-1] + 1) if len(used) else slice(0, 0)
        found.append(Band(rows, columns, np.ascontiguousarray(matrix[rows, columns])))
    return found


def banded_product(rows: np.ndarray, bands: list[Band], out: np.ndarray) -> None:
    """Writes `rows @ matrix` into `out`, for the matrix that was cut into these bands."""
    for band in bands:
        out[:, band.columns] = product(rows[:, band.rows], band.matrix)
