"""`Pad`: the samples beside a clip."""

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import (
    noise,
)

from kapre_like.layers import STFT, Pad

pytestmark = pytest.mark.backends(full=True)


@pytest.mark.parametrize(("before", "after"), [(0, 0), (4, 0), (0, 5), (3, 2)])
def test_it_is_numpy_s_pad(before, after):
    x = noise(2, 9, 2)
    for mode in ("constant", "reflect"):
        got = to_numpy(Pad(before=before, after=after, mode=mode)(x))
        expected = np.pad(x, [(0, 0), (before, after), (0, 0)], mode=mode)
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("mode", ["constant", "reflect"])
def test_a_centered_transform_is_padding_and_one_that_is_not(mode):
    x = noise(2, 200, 1)
    centered = STFT(n_fft=32, pad_mode=mode)(x)
    padded = STFT(n_fft=32, center=False)(Pad(before=16, after=16, mode=mode)(x))
    np.testing.assert_array_equal(to_numpy(padded), to_numpy(centered))


@pytest.mark.parametrize("bad", [{"before": -1}, {"after": 1.5}, {"mode": "edge"}])
def test_bad_argument_is_named_in_the_error(bad):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"Pad: `{name}` must be .* Received: {name}="):
        Pad(**bad)
