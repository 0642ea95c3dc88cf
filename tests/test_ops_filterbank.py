"""Filterbanks: cut into blocks or not, the same product."""

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise
from tolerances import FLOAT32_LONG

from kapre_like import filters
from kapre_like.filters.bands import column_blocks
from kapre_like.ops.filterbank import apply_bands, apply_matrix

pytestmark = pytest.mark.backends(full=True)

MEL = filters.mel_matrix(16000, 512, 80, 0.0, None, "slaney", "slaney").astype("float32")


@pytest.mark.parametrize("bands", [1, 2, 7, 80])
def test_a_product_in_blocks_is_the_product(bands):
    x, matrix = noise(2, 3, 257), MEL[:, :bands]
    whole = to_numpy(apply_matrix(x, matrix=matrix))
    # Sums of the same numbers in another order.
    np.testing.assert_allclose(
        to_numpy(apply_bands(x, matrix=matrix)), whole, rtol=FLOAT32_LONG
    )


def test_blocks_cover_every_entry_and_leave_zeros_out():
    blocks = column_blocks(MEL, 6)
    assert len(blocks) == 6
    assert sum(part.size for _, _, part in blocks) < 0.35 * MEL.size
    together = [np.pad(p, [(a, len(MEL) - b), (0, 0)]) for a, b, p in blocks]
    np.testing.assert_array_equal(np.concatenate(together, axis=1), MEL)


def test_what_has_no_zeros_or_nothing_else_stays_whole_or_small():
    assert len(column_blocks(np.ones((20, 12)), 6)) == 1
    empty = column_blocks(np.zeros((20, 12)), 6)
    assert [part.shape for _, _, part in empty] == [(1, 2)] * 6
