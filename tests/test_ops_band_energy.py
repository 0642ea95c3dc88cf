"""Pooled energies of modulated filters, against sums over every sample."""

import numpy as np
import pytest
from backend_tools import to_numpy
from keras import ops
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.filters.decimation import Group, undecimated_groups
from kapre_like.ops.band_energy import (
    GaussianPooling,
    band_energy,
    band_matrices,
    gaussian,
    windowed_sinc,
)

pytestmark = pytest.mark.backends(full=True)

WIDTH = np.array([3.0, 5.0, 2.5], "float32")
CENTER = np.array([0.5, 1.2, 2.0], "float32")
SHARES = np.array([[1.0, 0.5, 1.0], [1.0, 0.5, 0.0]], "float32")
REACH, POOL, HOP = 8, 6, 10


def envelope(times, members):
    return gaussian(times, members, width=ops.convert_to_tensor(WIDTH), reach=REACH)


def energy(x, groups, length=None):
    pooling = GaussianPooling(ops.convert_to_tensor(np.full(3, 3.0, "float32")), POOL)
    matrices = band_matrices(
        groups, envelope=envelope, pooling=pooling,
        center=ops.convert_to_tensor(CENTER), shares=ops.convert_to_tensor(SHARES),
    )  # fmt: skip
    return to_numpy(
        band_energy(
            ops.convert_to_tensor(x, dtype="float32"), groups=groups, matrices=matrices,
            reach=POOL, hop_length=HOP, length=length,
        )
    )  # fmt: skip


def expected(x):
    """The definition, one sample at a time."""
    found = np.zeros((max(1, -(-len(x) // HOP)), 3))
    s = np.arange(-REACH, REACH + 1)
    t = np.arange(-POOL, POOL + 1)
    window = np.exp(-(t**2) / 18.0) / (np.sqrt(2 * np.pi) * 3.0)
    for f in range(3):
        h = np.exp(-(s**2) / (2 * WIDTH[f] ** 2)) / (np.sqrt(2 * np.pi) * WIDTH[f])
        y = np.convolve(x, h * np.exp(1j * CENTER[f] * s))[REACH : REACH + len(x)]
        power = SHARES[0, f] * y.real**2 + SHARES[1, f] * y.imag**2
        for m in range(len(found)):
            inside = (m * HOP + t >= 0) & (m * HOP + t < len(x))
            found[m, f] = (power[(m * HOP + t)[inside]] * window[inside]).sum()
    return found


@pytest.mark.parametrize("samples", [1, 9, 10, 11, 40, 47])
@pytest.mark.parametrize("together", [1, 2, 3])
def test_at_every_sample_it_is_the_sum(samples, together):
    x = np.random.default_rng(0).standard_normal((2, 2, samples))
    got = energy(x, undecimated_groups(np.arange(3), REACH, HOP, together))
    wanted = expected(x[1, 0])
    assert got.shape == (2, 2, *wanted.shape)
    np.testing.assert_allclose(got[1, 0], wanted, atol=FLOAT32 * wanted.max())


def test_filters_come_back_in_their_order():
    x = np.random.default_rng(0).standard_normal((1, 1, 40))
    shuffled = [Group((2, 0), HOP, 1, REACH, HOP), Group((1,), HOP, 2, REACH, HOP)]
    np.testing.assert_allclose(energy(x, shuffled)[0, 0], expected(x[0, 0]), atol=FLOAT32)


def test_half_the_samples_hold_nearly_the_same_energy():
    x = np.random.default_rng(0).standard_normal((1, 1, 200))
    got = energy(x, [Group((0, 1, 2), HOP // 2, 1, REACH, HOP)])[0, 0]
    wanted = expected(x[0, 0])
    # The third filter's real part alone has a ripple near half the new rate.
    np.testing.assert_allclose(got[:, :2], wanted[:, :2], atol=0.02 * wanted.max())


def test_a_clip_ends_at_its_length():
    x = np.random.default_rng(0).standard_normal((2, 1, 50))
    x[1, 0, 33:] = 0
    groups = undecimated_groups(np.arange(3), REACH, HOP, 3)
    got = energy(x, groups, length=ops.convert_to_tensor(np.array([50, 33], "int32")))
    np.testing.assert_allclose(got[1, 0, :4], expected(x[1, 0, :33]), atol=FLOAT32)


def test_the_sinc_envelope_makes_a_difference_of_two_sincs():
    t, low, high = np.arange(-20, 21), 0.05, 0.12
    band = ops.convert_to_tensor(np.array([high - low], "float32"))
    got = to_numpy(windowed_sinc(t, np.array([0], "int32"), band=band, reach=20))[:, 0]
    got = got * np.cos(np.pi * (low + high) * t)
    two = 2 * high * np.sinc(2 * high * t) - 2 * low * np.sinc(2 * low * t)
    np.testing.assert_allclose(
        got, two / (2 * (high - low)) * np.hamming(41), atol=FLOAT32_SHORT
    )
    outside = windowed_sinc(np.array([20.5]), np.array([0], "int32"), band=band, reach=20)
    assert to_numpy(outside) == 0


def test_the_gaussian_has_area_one_and_an_end():
    t = np.arange(-40, 41)
    width = ops.convert_to_tensor(np.array([9.0, 4.0], "float32"))
    got = to_numpy(gaussian(t, np.array([1, 0], "int32"), width=width, reach=30))
    np.testing.assert_allclose(got.sum(axis=0), [1.0, 1.0], atol=2e-3)
    assert got[40, 0] > got[40, 1]
    assert (got[np.abs(t) > 30] == 0).all()
