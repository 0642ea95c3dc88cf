"""`ops.spec_augment`: spans against a loop, what they hide, and what replaces it."""

import numpy as np
import pytest
from backend_tools import to_numpy
from keras import ops
from layer_contract import noise
from tolerances import FLOAT32_SHORT

from kapre_like.ops.segments import positions
from kapre_like.ops.spec_augment import fill_value, hidden, in_spans

pytestmark = pytest.mark.backends

# The smallest and the greatest number that can be drawn, and some between.
DRAWS = np.array([0.0, 0.3, 0.5, 0.8, 1 - 2**-24], "float32")


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_positions_count_along_their_axis(axis):
    shape = [1, 1, 1, 1]
    shape[axis] = (4, 5, 6)[axis - 1]
    got = to_numpy(positions(noise(3, 4, 5, 6), axis=axis))
    np.testing.assert_array_equal(got, np.arange(shape[axis]).reshape(shape))


@pytest.mark.parametrize(
    ("limit", "least", "most"), [(9, 0, 4), (9, 1, 9), (3, 0, 3), (0, 0, 0)]
)
def test_spans_are_those_of_a_loop(limit, least, most):
    widths, starts = (grid.ravel() for grid in np.meshgrid(DRAWS, DRAWS))
    draws = np.stack([widths, starts], axis=-1)[:, :, None]
    position = positions(np.ones((len(draws), limit, 1, 1), "float32"), axis=1)
    given = ops.convert_to_tensor(draws)
    got = to_numpy(in_spans(position, given, limit=limit, min_width=least, max_width=most))
    for clip, (u, v) in enumerate(draws[:, :, 0].astype("float64")):
        width = least + int(u * (most - least + 1))
        start = int(v * (limit - width + 1))
        expected = [start <= i < start + width for i in range(limit)]
        assert least <= width <= most
        assert sum(expected) == width
        np.testing.assert_array_equal(got[clip, :, 0, 0], expected)


def test_several_spans_hide_what_any_of_them_hides():
    position = positions(np.ones((1, 10, 1, 1), "float32"), axis=1)
    draws = np.array([[[0.5, 0.5, 0.0], [0.0, 1 - 2**-24, 0.5]]], "float32")
    given = ops.convert_to_tensor(draws)
    got = to_numpy(in_spans(position, given, limit=10, min_width=0, max_width=3))
    assert got[0, :, 0, 0].tolist() == [True] * 2 + [False] * 6 + [True] * 2


def greatest(spans):
    """Draws of the greatest width at the first start."""
    draws = np.zeros((2, 2, spans), "float32")
    draws[:, 0] = 1 - 2**-24
    return ops.convert_to_tensor(draws)


def hide(x, mask, **more):
    arguments = {"time_mask_param": 4, "freq_mask_param": 3, "ratio": 1.0, **more}
    where = hidden(
        x, time_draws=greatest(1), freq_draws=greatest(1), mask=mask, **arguments
    )  # fmt: skip
    return np.broadcast_to(to_numpy(where), x.shape)


def test_frames_and_bins_below_their_parameters_are_hidden():
    got = hide(np.ones((2, 8, 6, 3), "float32"), None)
    np.testing.assert_array_equal(got, np.broadcast_to(got[:1, :, :, :1], got.shape))
    assert got[0, :, 5, 0].tolist() == [True] * 3 + [False] * 5
    assert got[0, 7, :, 0].tolist() == [True] * 2 + [False] * 4


@pytest.mark.parametrize("param", [0, 1])
def test_a_parameter_of_one_or_none_hides_nothing(param):
    x = np.ones((2, 8, 6, 1), "float32")
    assert not hide(x, None, time_mask_param=param, freq_mask_param=param).any()


def test_only_valid_frames_are_hidden_and_counted():
    mask = np.arange(8) < np.array([[8], [3]])
    got = hide(np.ones((2, 8, 6, 1), "float32"), mask, time_mask_param=100, ratio=0.7)
    # floor(0.7 * 8) and floor(0.7 * 3); the bins below 2 in every valid frame.
    assert got[0, :, 5, 0].tolist() == [True] * 5 + [False] * 3
    assert got[1, :, 5, 0].tolist() == [True] * 2 + [False] * 6
    assert got[1, :, 0, 0].tolist() == [True] * 3 + [False] * 5


def test_the_fill_is_the_channel_s_own_over_valid_frames():
    x = noise(3, 7, 5, 2) - np.array([3, 40], "float32")
    mask = np.arange(7) < np.array([[7], [2], [0]])
    padded = np.where(mask[..., None, None], x, np.float32(-1e6))
    for kind, function in (("mean", np.mean), ("min", np.min)):
        got = to_numpy(fill_value(padded, kind=kind, mask=mask))
        for clip, length in enumerate((7, 2)):
            expected = function(x[clip, :length].astype("float64"), axis=(0, 1))
            np.testing.assert_allclose(got[clip, 0, 0], expected, rtol=FLOAT32_SHORT)
        whole = to_numpy(fill_value(x, kind=kind, mask=None))
        np.testing.assert_allclose(whole[:, 0, 0], function(x, axis=(1, 2)), rtol=FLOAT32_SHORT)
    assert to_numpy(fill_value(x, kind=-80.0, mask=mask)) == -80.0
