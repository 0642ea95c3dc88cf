"""Block power and gates of BS.1770, on numbers small enough to see."""

import numpy as np
import pytest
from backend_tools import to_numpy
from keras import ops
from tolerances import FLOAT32_LONG, FLOAT32_SHORT

from kapre_like.ops.loudness import block_power, gated_power, lufs, power_of

pytestmark = pytest.mark.backends(full=True)


@pytest.mark.parametrize("samples", [0, 1, 7, 8, 9, 10, 25])
@pytest.mark.parametrize("fill", [0, 1])
def test_block_power_of_overlapping_blocks(samples, fill):
    x = np.random.default_rng(0).standard_normal((2, 2, samples)).astype("float32")
    weights = ops.convert_to_tensor(np.array([1.0, 1.41], "float32"))
    got = block_power(
        ops.convert_to_tensor(x), weights=weights, hop_length=3, hops=3, fill=fill
    )
    count = max(1, 1 + (samples + fill - 9) // 3)
    padded = np.pad(x, [(0, 0), (0, 0), (0, 12)])
    each = [(padded[..., 3 * t : 3 * t + 9] ** 2).mean(axis=-1) for t in range(count)]
    expected = np.stack([power @ [1.0, 1.41] for power in each], axis=1)
    np.testing.assert_allclose(to_numpy(got), expected, rtol=1e-5, atol=1e-7)


def test_both_gates():
    # The first block fails the absolute gate. The mean of the rest is 250.25: a tenth of it
    # shuts the second out.
    power = ops.convert_to_tensor(np.array([[0.5, 1.0, 400.0, 300.0, 300.0]], "float32"))
    got = gated_power(power, absolute=0.9, relative=0.1, valid=None)
    np.testing.assert_allclose(to_numpy(got), [[1000 / 3]], rtol=FLOAT32_SHORT)
    valid = np.array([[True, True, True, False, False]])
    got = gated_power(power, absolute=0.9, relative=0.1, valid=ops.convert_to_tensor(valid))
    np.testing.assert_allclose(to_numpy(got), [[400.0]], rtol=FLOAT32_SHORT)
    # What the absolute gate has shut out does not lower the relative one: a tenth of 21, not of
    # 7.3, shuts out the 2.
    quiet = ops.convert_to_tensor(np.array([[0.5, 0.5, 0.5, 0.5, 2.0, 40.0]], "float32"))
    got = gated_power(quiet, absolute=0.9, relative=0.1, valid=None)
    np.testing.assert_allclose(to_numpy(got), [[40.0]], rtol=FLOAT32_SHORT)
    none = gated_power(power, absolute=1e3, relative=0.1, valid=None)
    assert to_numpy(none).tolist() == [[0.0]]


def test_lufs_and_back():
    power = ops.convert_to_tensor(np.array([0.0, power_of(-23.0)], "float32"))
    np.testing.assert_allclose(
        to_numpy(lufs(power, floor=-70.0)), [-70.0, -23.0], atol=FLOAT32_LONG
    )
