"""`ApplyFilterbank`: the layer contract, then what only this layer promises."""

from functools import partial

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import check_compiled, check_gradient, check_layer, noise, policy

from kapre_like import filters
from kapre_like.layers import ApplyFilterbank

pytestmark = pytest.mark.backends

SMALL = {"sample_rate": 8000, "n_mels": 4}
SPECTRUM = np.abs(noise(3, 5, 17, 2))
MATRIX = np.random.default_rng(0).standard_normal((17, 3))


@pytest.mark.parametrize(
    ("arguments", "learns"),
    [
        (SMALL, ()),
        ({**SMALL, "learn": "matrix", "n_fft": 33}, ("mel_matrix",)),
        ({"type": "matrix", "matrix": MATRIX}, ()),
        ({"type": "matrix", "matrix": MATRIX.tolist(), "learn": "matrix"}, ("mel_matrix",)),
    ],
)
def test_layer_contract(arguments, learns, tmp_path):
    make = partial(ApplyFilterbank, **arguments)
    check_layer(make, SPECTRUM, tmp_path, learns=learns)
    check_compiled(make, SPECTRUM)
    check_gradient(make(), np.zeros((1, 2, 17, 1), "float32"))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("learn", [None, "matrix"])
def test_bands_are_sums_over_frequencies(channels, learn):
    x = noise(2, 5, 17, channels)
    got = to_numpy(ApplyFilterbank(type="matrix", matrix=MATRIX, learn=learn)(x))
    expected = np.einsum("tfkc,km->tfmc", x.astype("float64"), MATRIX)
    np.testing.assert_allclose(got, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize(("n_fft", "n_freqs"), [(None, 17), (32, 17), (33, 17)])
def test_mel_bands_are_those_of_filters(n_fft, n_freqs):
    x = np.abs(noise(2, 5, n_freqs, 1))
    layer = ApplyFilterbank(**SMALL, fmin=10.0, fmax=3900.0, mel_scale="htk", n_fft=n_fft)
    bands = filters.mel_matrix(8000, n_fft or 32, 4, 10.0, 3900.0, "htk", "slaney")
    expected = np.einsum("tfkc,km->tfmc", x, bands)
    np.testing.assert_allclose(to_numpy(layer(x)), expected, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("learn", [None, "matrix"])
def test_large_powers_stay_finite_under_mixed_precision(name, learn):
    with policy(name):
        layer = ApplyFilterbank(**SMALL, norm=None, learn=learn)
        got = to_numpy(layer(np.full((1, 2, 17, 1), 1e6, "float32")))
    assert got.dtype == "float32"
    assert np.isfinite(got).all()
    assert got.min() > 1e6


def test_only_a_matrix_without_negative_entries_is_kept_so():
    for matrix, kept in ((MATRIX, False), (np.abs(MATRIX), True)):
        layer = ApplyFilterbank(type="matrix", matrix=matrix, learn="matrix")
        layer.build((None, None, 17, 1))
        assert (layer.mel_matrix.constraint is not None) == kept


def test_empty_bands_are_told_with_numbers_that_mend_it():
    with pytest.warns(UserWarning, match="ApplyFilterbank: 1 of 128 mel bands"):
        ApplyFilterbank(mel_scale="htk")(np.ones((1, 2, 257, 1), "float32"))


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"type": "log"}, "one of"),
        ({"sample_rate": 0}, "a number > 0"),
        ({"n_mels": 4.0}, "an int > 0"),
        ({"fmin": 4000}, "below fmax"),
        ({"fmax": 5000}, "at most half"),
        ({"mel_scale": None}, "one of"),
        ({"norm": "area"}, "one of"),
        ({"n_fft": -1}, "an int > 0"),
        ({"matrix": [[1.0]]}, "None if type='mel'"),
        ({"learn": "bands"}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    match = rf"ApplyFilterbank: `{name}` must be {rule}.* Received: {name}="
    with pytest.raises(ValueError, match=match):
        ApplyFilterbank(**{**SMALL, **bad})


@pytest.mark.parametrize("bad", [None, [1.0], [[np.inf]], [], "mel"])
def test_a_bad_matrix_is_named_in_the_error(bad):
    with pytest.raises(ValueError, match="`matrix` must be finite numbers of shape"):
        ApplyFilterbank(type="matrix", matrix=bad)


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"expects \(batch, frames, freqs, channels\)"):
        ApplyFilterbank(**SMALL)(noise(2, 5, 17))
    with pytest.raises(ValueError, match="expects 18 freqs"):
        ApplyFilterbank(**SMALL, n_fft=34)(SPECTRUM)
    with pytest.raises(ValueError, match="expects 17 freqs"):
        ApplyFilterbank(type="matrix", matrix=MATRIX)(noise(2, 5, 18, 1))
    with pytest.raises(ValueError, match="at least one channel"):
        ApplyFilterbank(**SMALL)(noise(2, 5, 17, 0))
    with pytest.raises(ValueError, match="floating point"):
        ApplyFilterbank(**SMALL)(np.zeros((2, 5, 17, 1), "int32"))
