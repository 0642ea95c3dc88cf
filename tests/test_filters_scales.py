"""Frequency scales against their published formulas, and back."""

import numpy as np
import pytest
from tolerances import FLOAT64_LONG

from kapre_like.filters.scales import SCALES, to_hz, to_scale

HZ = np.array([1.0, 50.0, 200.0, 440.0, 999.0, 1000.0, 1001.0, 5000.0, 9000.0, 22050.0, 96e3])


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_rises_and_is_undone(scale):
    position = to_scale(HZ, scale)
    assert (np.diff(position) > 0).all()
    np.testing.assert_allclose(to_hz(position, scale), HZ, rtol=FLOAT64_LONG)


def test_positions_are_those_of_the_formulas():
    np.testing.assert_allclose(to_scale(HZ, "htk"), 2595 * np.log10(1 + HZ / 700))
    np.testing.assert_allclose(to_scale(HZ, "kaldi"), 1127 * np.log(1 + HZ / 700))
    np.testing.assert_allclose(to_scale(HZ, "erb"), 21.4 * np.log10(1 + 0.00437 * HZ))
    np.testing.assert_allclose(to_scale(HZ, "octave"), np.log2(HZ))
    np.testing.assert_allclose(to_scale([0.0, 7.0], "hz"), [0.0, 7.0])


def test_bark_is_traunmuellers_with_both_corrections():
    # Zwicker's critical bands end at these whole Bark; the formula is within 0.3 of them.
    edges = [100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700]
    edges += [3150, 3700, 4400, 5300, 6400, 7700, 9500, 12000, 15500]
    np.testing.assert_allclose(to_scale(edges, "bark"), np.arange(1, 25), atol=0.3)
    raw = 26.81 / (1 + 1960 / 1000) - 0.53
    np.testing.assert_allclose(to_scale(1000, "bark"), raw)
    raw = 26.81 / (1 + 1960 / 12000) - 0.53
    np.testing.assert_allclose(to_scale(12000, "bark"), raw + 0.22 * (raw - 20.1))
    np.testing.assert_allclose(to_scale(0, "bark"), -0.53 + 0.15 * 2.53)


def test_no_frequency_is_far_below_every_octave():
    assert to_scale(0, "octave") < -60
