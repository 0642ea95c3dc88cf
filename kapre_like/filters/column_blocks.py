"""Which rows of a matrix its columns need: filters that lie side by side need few."""

from itertools import pairwise

import numpy as np

# Work that must be saved before the cuts pay: they copy slices and put results together.
_WORTH = 0.6


def column_blocks(matrix: np.ndarray, blocks: int) -> list[tuple[int, int, np.ndarray]]:
    """Returns `(first, stop, part)` of neighbouring columns, with the rows that are not zero.

    The products of `x[:, first:stop]` and `part`, side by side, are `x @ matrix`. One block
    with everything if that would not save 40 % of the work.

    Args:
        matrix: Array `(rows, columns)`.
        blocks: Int > 0, how many to make of equal numbers of columns.
    """
    edges = np.linspace(0, matrix.shape[1], min(blocks, matrix.shape[1]) + 1).astype(int)
    parts = []
    for a, b in pairwise(edges):
        rows = np.flatnonzero(matrix[:, a:b].any(axis=1))
        first, stop = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 1)
        parts.append((first, stop, matrix[first:stop, a:b]))
    if sum(part.size for _, _, part in parts) > _WORTH * matrix.size:
        return [(0, len(matrix), matrix)]
    return parts
