"""Matrix products in pieces that are too small for BLAS to start threads.

Processes and threads of this library already compute clips in parallel. Threads of BLAS would
wait for each other longer than such products take.
"""

from typing import NamedTuple

import numpy as np

# Number of multiplications up to which OpenBLAS uses a single thread.
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
    # The pieces have equal size, because one call computes a stack of products.
    piece = -(-len(rows) // -(-len(rows) // piece))
    whole = len(rows) // piece * piece
    stacked = np.ascontiguousarray(rows[:whole]).reshape(-1, piece, rows.shape[1]) @ matrix
    first = stacked.reshape(whole, matrix.shape[1])
    return first if whole == len(rows) else np.concatenate([first, rows[whole:] @ matrix])


class Band(NamedTuple):
    """Neighboring columns of a matrix, and the rows in which they are not zero.

    Attributes:
        rows: Slice of the rows.
        columns: Slice of the columns.
        matrix: This part of the matrix.
    """

    rows: slice
    columns: slice
    matrix: np.ndarray


def bands_of(matrix: np.ndarray, width: int) -> list[Band]:
    """Cuts a matrix into bands of `width` columns, without rows that are zero in the band.

    The filters of a filterbank are narrow at low frequencies, so the bands of a mel matrix have
    a fourth of its size.
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
