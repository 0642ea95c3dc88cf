"""`VQT`: the layer contract, then what `CQT` does not promise."""

from functools import partial

import numpy as np
import pytest
from backend_tools import quick, to_numpy
from layer_contract import (
    check_compiled,
    check_gradient,
    check_layer,
    check_lengths,
    check_padding,
    noise,
)

from kapre_like.layers import CQT, VQT

pytestmark = pytest.mark.backends

SMALL = {
    "sample_rate": 8000, "hop_length": 64, "fmin": 120.0, "n_bins": 14, "bins_per_octave": 6,
}  # fmt: skip
WEIGHTS = [f"kernel_{part}_{octave}" for octave in range(3) for part in ("real", "imag")]


@pytest.mark.parametrize(
    ("arguments", "learns"), [({"gamma": 5.0}, ()), ({"learn": "kernels"}, WEIGHTS)]
)
def test_layer_contract(arguments, learns, tmp_path):
    check_layer(partial(VQT, **SMALL, **arguments), noise(3, 500, 2), tmp_path, learns=learns)


def test_shapes_tell_the_truth_at_every_length():
    check_lengths(partial(VQT, **SMALL), [0, 1, 63, 64, 65])


def test_a_padded_clip_gives_what_it_gives_alone():
    check_padding(lambda: [VQT(**SMALL)], [500, 333, 64, 63, 1, 0], atol=1e-5)


def test_gradients_are_finite_on_silence():
    check_gradient(VQT(**SMALL), np.zeros((1, 300, 1), "float32"))


def test_compiled_equals_eager():
    check_compiled(partial(VQT, **SMALL), noise(3, 500, 2))


@pytest.mark.parametrize(
    ("gamma", "arguments"),
    [(None, {}), (20.0, {"hop_length": 441}), (0.0, {"n_bins": 50, "bins_per_octave": 24})],
)
def test_matches_librosa(gamma, arguments):
    librosa = pytest.importorskip("librosa")
    x = noise(2, 44101)[1]
    layer = VQT(gamma=gamma, output="complex", **arguments)
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
