"""K-weighting: the standard's table, and the same response at other rates."""

import numpy as np
import pytest
from scipy.signal import freqz
from tolerances import FLOAT64, FLOAT64_LONG

from kapre_like.filters.weighting import k_weighting


def test_at_48_khz_it_is_the_table_of_the_standard():
    shelf, high_pass = k_weighting(48000, "itu")
    table = [
        (shelf[0], [1.53512485958697, -2.69169618940638, 1.19839281085285]),
        (shelf[1], [1.0, -1.69065929318241, 0.73248077421585]),
        (high_pass[0], [1.0, -2.0, 1.0]),
        (high_pass[1], [1.0, -1.99004745483398, 0.99007225036621]),
    ]
    for got, expected in table:
        # The standard prints 14 digits; the re-derivation was fitted to them.
        np.testing.assert_allclose(got, expected, atol=FLOAT64_LONG)


def gain_db(sample_rate, weighting, hz):
    db = np.zeros(len(hz))
    for b, a in k_weighting(sample_rate, weighting):
        db += 20 * np.log10(np.abs(freqz(b, a, hz, fs=sample_rate)[1]))
    return db


@pytest.mark.parametrize(
    "rate", [3500, 4000, 8000, 11025, 12000, 16000, 22050, 32000, 44100, 88200, 96000, 192000]
)
def test_other_rates_have_the_same_response(rate):
    hz = np.geomspace(20.0, 0.499 * min(rate, 48000), 400)
    # The EBU allows meters 0.1 LU. Where half the rate lies beside the shelf itself, its slope
    # goes on past the end of what a filter can do.
    atol = 0.02 if rate >= 8000 else 0.2
    np.testing.assert_allclose(gain_db(rate, "itu", hz), gain_db(48000, "itu", hz), atol=atol)


@pytest.mark.parametrize(
    ("weighting", "rate"),
    [("cookbook", 8000), ("cookbook", 44100), ("cookbook", 48000), ("itu", 48000)],
)
def test_matches_pyloudnorm(rate, weighting):
    pyloudnorm = pytest.importorskip("pyloudnorm")
    name = {"itu": "DeMan", "cookbook": "K-weighting"}[weighting]
    filters = pyloudnorm.Meter(rate, filter_class=name)._filters.values()
    for (b, a), other in zip(k_weighting(rate, weighting), filters, strict=True):
        np.testing.assert_allclose(b, other.b, atol=FLOAT64)
        np.testing.assert_allclose(a, other.a, atol=FLOAT64)
