"""`features.statistics` against NumPy and SciPy."""

import numpy as np
import pytest
import scipy.stats
from tolerances import FLOAT64

from kapre_like.features.statistics import NAMES, describe

RNG = np.random.default_rng(0)
SERIES = {
    "normal": RNG.normal(3.0, 2.0, (101, 4)),
    "skewed": RNG.exponential(size=(50, 3)) - 80.0,
    "two values": RNG.normal(size=(2, 5)),
    "one value": RNG.normal(size=(1, 2)),
    "small on a large offset": 1e4 + 0.1 * RNG.normal(size=(64, 2)),
}


@pytest.mark.parametrize("name", SERIES)
def test_matches_numpy_and_scipy(name):
    x = SERIES[name]
    got = dict(zip(NAMES, describe(x).T, strict=True))
    expected = {
        "mean": x.mean(0), "median": np.median(x, 0), "min": x.min(0), "max": x.max(0),
        "std": x.std(0),
        **{f"p{p}": np.percentile(x, p, axis=0) for p in (10, 25, 75, 90)},
    }  # fmt: skip
    for stat, values in expected.items():
        np.testing.assert_allclose(got[stat], values, rtol=FLOAT64, atol=FLOAT64, err_msg=stat)
    if len(x) > 1:
        # Central moments of a spread of 1e-5 of the mean keep about 7 of 16 digits.
        np.testing.assert_allclose(got["skew"], scipy.stats.skew(x), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(got["kurt"], scipy.stats.kurtosis(x), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("value", [0.0, -80.0, 1e5, 0.1])
def test_a_constant_series_has_no_shape(value):
    got = dict(zip(NAMES, describe(np.full((77, 1), value))[0], strict=True))
    assert (got["std"], got["skew"], got["kurt"]) == (0.0, 0.0, 0.0)
    assert got["median"] == got["p90"] == value


def test_float32_is_computed_in_float64():
    x = SERIES["small on a large offset"].astype("float32")
    np.testing.assert_array_equal(describe(x), describe(x.astype("float64")))
