"""Working in pieces changes nothing but the time."""

import numpy as np
import pytest
from backend_tools import graph, to_numpy

from kapre_like.ops.lowering import over_clips

pytestmark = pytest.mark.backends(full=True)


@pytest.mark.parametrize("batch", [0, 1, 2, 3, 4, 5, 9])
def test_every_clip_is_there_once_and_in_order(batch):
    x = np.arange(batch * 3, dtype="float32").reshape(batch, 3, 1)
    for function in (lambda x: over_clips(lambda y: 2 * y, x),) * 2:
        for call in (function, graph(function)):
            np.testing.assert_array_equal(to_numpy(call(x)), 2 * x)


def test_a_large_enough_batch_runs_in_branches_on_tensorflow_only():
    from backend_tools import BACKEND

    sizes = []
    over_clips(lambda x: sizes.append(x.shape[0]) or x, np.zeros((9, 128_000), "float32"))
    assert sizes == ([1] * 7 + [2] if BACKEND == "tensorflow" else [9])


def test_a_small_batch_runs_in_two_branches():
    from backend_tools import BACKEND

    sizes = []
    over_clips(lambda x: sizes.append(x.shape[0]) or x, np.zeros((9, 1), "float32"))
    assert sizes == ([4, 5] if BACKEND == "tensorflow" else [9])
