"""`VQT`: what `CQT` does not promise."""

import numpy as np
import pytest
from backend_tools import quick, to_numpy
from layer_contract import (
    noise,
)

from kapre_like.layers import CQT, VQT

pytestmark = pytest.mark.backends(full=True)

SMALL = {
    "sample_rate": 8000, "hop_length": 64, "fmin": 120.0, "n_bins": 14, "bins_per_octave": 6,
}  # fmt: skip


@pytest.mark.parametrize(
    ("gamma", "arguments"),
    [(None, {}), (20.0, {"hop_length": 441}), (0.0, {"n_bins": 50, "bins_per_octave": 24})],
)
def test_matches_librosa(gamma, arguments):
    librosa = pytest.importorskip("librosa")
    x = noise(2, 44101)[1]
    layer = VQT(sample_rate=22050, gamma=gamma, output="complex", **arguments)
    got = to_numpy(quick(layer)(x[None, :, None]))[0, ..., 0]
    expected = librosa.vqt(x.astype("float64"), gamma=gamma, **arguments).T
    # As in CQT's test.
    np.testing.assert_allclose(got, expected, atol=2e-3 * np.abs(expected).max())


def test_without_gamma_it_is_the_constant_q_transform():
    x = noise(2, 500, 1)
    got, expected = VQT(**SMALL, gamma=0.0)(x), CQT(**SMALL)(x)
    np.testing.assert_array_equal(to_numpy(got), to_numpy(expected))


def test_gamma_widens_every_filter_by_so_many_hertz():
    narrow = CQT(**SMALL).describe().now["bandwidth_hz"]
    wide = VQT(**SMALL, gamma=30.0).describe().now["bandwidth_hz"]
    # 1.5 of a Hann window; a filter of some hundred samples is known to a few percent.
    np.testing.assert_allclose(wide - narrow, 1.5 * 30.0, rtol=0.1)


@pytest.mark.parametrize("gamma", [-1.0, "erb", float("nan")])
def test_bad_gamma_is_named_in_the_error(gamma):
    with pytest.raises(ValueError, match="VQT: `gamma` must be a number >= 0"):
        VQT(gamma=gamma)
