"""`features.timing` on contours with known pauses and bursts."""

import numpy as np
import pytest

from kapre_like.features.timing import NAMES, active_part, describe_timing


def timing(energy_db, frame_s=0.01):
    values = describe_timing(np.asarray(energy_db, "float64"), frame_s)
    assert np.isfinite(values).all()
    return dict(zip(NAMES, (float(value) for value in values), strict=True))


def contour(*stretches):
    """`(frames, dB)` pairs after one another."""
    return np.concatenate([np.full(frames, level) for frames, level in stretches])


def test_pauses_are_gaps_inside_the_active_part():
    got = timing(contour((20, -80), (30, 0), (25, -80), (10, -5), (5, -80), (40, 0), (10, -80)))
    assert got["timing_before_s"] == pytest.approx(0.2)
    assert got["timing_after_s"] == pytest.approx(0.1)
    assert got["timing_active_s"] == pytest.approx(1.1)
    assert got["timing_sounding_share"] == pytest.approx(80 / 110)
    # The gap of 50 ms is no pause.
    assert got["timing_pauses"] == 1
    assert got["timing_pause_longest_s"] == got["timing_pause_mean_s"] == pytest.approx(0.25)
    assert got["timing_run_longest_s"] == pytest.approx(0.4)
    assert got["timing_run_mean_s"] == pytest.approx((0.3 + 0.1 + 0.4) / 3)


@pytest.mark.parametrize("per_second", [2, 4, 6])
def test_bursts_count_the_swells(per_second):
    time = np.arange(300) * 0.01
    got = timing(-10 + 10 * np.cos(2 * np.pi * per_second * (time - 0.1)))
    assert got["timing_bursts"] == pytest.approx(3 * per_second, abs=1)
    assert got["timing_bursts_hz"] == pytest.approx(per_second, rel=0.2)


def test_a_ripple_under_two_decibels_is_no_burst():
    time = np.arange(300) * 0.01
    assert timing(0.8 * np.cos(2 * np.pi * 4 * time))["timing_bursts"] <= 1


@pytest.mark.parametrize("frames", [1, 2, 5, 200])
def test_silence_and_single_frames_are_finite(frames):
    got = timing(np.zeros(frames))
    assert got["timing_pauses"] == 0
    assert got["timing_sounding_share"] == 1


def test_the_active_part_is_never_empty():
    assert active_part(np.array([-80.0, 0.0, -80.0])) == (1, 2)
    assert active_part(np.zeros(4)) == (0, 4)
