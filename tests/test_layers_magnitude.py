"""`Magnitude`, for complex numbers and for pairs."""

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise, policy
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.layers import Magnitude

pytestmark = pytest.mark.backends(full=True)

PAIRS = noise(3, 4, 5, 2, 2)
NUMBER = PAIRS[..., 0] + 1j * PAIRS[..., 1]


@pytest.mark.parametrize("inputs", [PAIRS, NUMBER], ids=["real_imag", "complex"])
@pytest.mark.parametrize("name", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_it_is_numpys_in_float32_under_every_policy(inputs, name):
    with policy(name):
        got = to_numpy(Magnitude()(inputs))
    assert got.dtype == "float32"
    # A few float32 ulps.
    np.testing.assert_allclose(got, np.abs(NUMBER), rtol=FLOAT32, atol=FLOAT32_SHORT)


def test_bad_input_is_named_in_the_error():
    with pytest.raises(
        ValueError, match="Magnitude: `inputs` must be complex, or real with a last"
    ):
        Magnitude()(noise(2, 3, 4, 1))
