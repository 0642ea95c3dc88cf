"""Constant-Q bins: librosa's numbers, and which arguments are refused."""

import numpy as np
import pytest

from kapre_like.filters import constant_q

DEFAULTS = {
    "sample_rate": 22050, "hop_length": 512, "fmin": 32.7, "n_bins": 84, "bins_per_octave": 12,
    "filter_scale": 1, "norm": 1, "window": "hann", "gamma": 0.0,
}  # fmt: skip


@pytest.mark.parametrize("window", ["hann", ("kaiser", 8.0)])
@pytest.mark.parametrize("gamma", [0.0, 20.0, None])
def test_edges_are_librosas(window, gamma):
    filters = pytest.importorskip("librosa").filters
    hz = constant_q.bin_frequencies(55.0, 40, 24)
    hertz = constant_q.erb_gamma(24) if gamma is None else gamma
    got = constant_q.upper_edges(hz, 24, 0.7, window, hertz)
    _, expected = filters.wavelet_lengths(
        freqs=hz, sr=22050, window=window, filter_scale=0.7, gamma=gamma
    )
    # 1e-5: librosa's table of window bandwidths is rounded.
    np.testing.assert_allclose(got.max(), expected, rtol=1e-5)


def test_a_bin_is_q_times_as_high_as_half_the_distance_of_its_neighbours():
    low, middle, high = constant_q.bin_frequencies(100.0, 3, 24)
    alpha = constant_q.relative_bandwidth(24)
    np.testing.assert_allclose((high - low) / (high + low), alpha)
    np.testing.assert_allclose(middle, np.sqrt(low * high))


@pytest.mark.parametrize(
    ("bad", "name", "rule", "fix"),
    [
        ({"sample_rate": 8000}, "n_bins", "such that every filter ends below", "n_bins=83"),
        ({"n_bins": 10**9}, "n_bins", "such that every filter ends below", "n_bins=101"),
        ({"fmin": 12000.0}, "fmin", "such that every filter ends below", "a lower fmin"),
        ({"gamma": 20000.0}, "n_bins", "such that every filter", "n_bins=59"),
        ({"filter_scale": 1e-5}, "fmin", "such that every filter", "filter_scale=1e-05"),
        ({"norm": "min"}, "norm", 'a number > 0, "max" or None', ""),
        ({"norm": True}, "norm", 'a number > 0, "max" or None', ""),
        ({"window": np.ones(8)}, "window", "a name or", "hann"),
        ({"window": ("kaiser", "x")}, "window", "a name or", "hann"),
        ({"window": "triangle-ish"}, "window", "a name or", "hann"),
        ({"gamma": -1.0}, "gamma", "a number >= 0", ""),
    ],
)
def test_bad_argument_is_named_with_the_fix(bad, name, rule, fix):
    with pytest.raises(ValueError, match=f"CQT: `{name}` must be {rule}") as error:
        constant_q.check_constant_q("CQT", **{**DEFAULTS, **bad})
    assert fix in str(error.value)


@pytest.mark.parametrize("bad", [{"sample_rate": 8000}, {"n_bins": 200}, {"gamma": 20000.0}])
def test_the_fix_works_and_one_bin_more_does_not(bad):
    arguments = {**DEFAULTS, **bad}
    with pytest.raises(ValueError, match="Use n_bins=") as error:
        constant_q.check_constant_q("CQT", **arguments)
    fits = int(str(error.value).rpartition("Use n_bins=")[2].rstrip("."))
    constant_q.check_constant_q("CQT", **{**arguments, "n_bins": fits})
    with pytest.raises(ValueError, match="Use n_bins="):
        constant_q.check_constant_q("CQT", **{**arguments, "n_bins": fits + 1})
