"""Constant-Q filters by octave: rates, and groups of frames where a hop is no whole number."""

import numpy as np
import pytest

from kapre_like.filters.octave_filters import design

DEFAULTS = {
    "sample_rate": 22050, "fmin": 32.7, "n_bins": 84, "bins_per_octave": 12,
    "filter_scale": 1, "norm": 1, "window": "hann", "scale": True, "gamma": 0.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("hop_length", "grouped", "halvings", "phases"),
    [
        (512, True, [0, 1, 2, 3, 4, 5, 6], [1] * 7),
        (100, True, [0, 1, 2, 3, 4, 5, 6], [1, 1, 1, 2, 4, 8, 16]),
        (100, False, [0, 1, 2, 2, 2, 2, 2], [1] * 7),
        # Frames so far apart share no samples, and groups would only cost.
        (22049, True, [0, 0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1, 2]),
    ],
)
def test_rates_are_halved_as_far_as_the_hop_allows(hop_length, grouped, halvings, phases):
    octaves, low_passes = design(**DEFAULTS, hop_length=hop_length, grouped=grouped)
    assert [octave.halvings for octave in octaves] == halvings
    assert [octave.phases for octave in octaves] == phases
    assert len(low_passes) == halvings[-1]


def test_few_high_octaves_less_are_halved_before_the_first():
    octaves, low_passes = design(**{**DEFAULTS, "n_bins": 20}, hop_length=512, grouped=True)
    assert [octave.halvings for octave in octaves] == [5, 6]
    # Cut off once, to the nearest length; then after each octave, to the next one.
    assert [low_pass.rounding for low_pass in low_passes] == [None] * 4 + [16, 63]
    assert all(low_pass.starts for low_pass in low_passes)


def test_a_group_holds_the_same_filter_at_every_frame():
    # At the full rate of a clip that has nothing above the octave, all are the same.
    grouped, _ = design(**DEFAULTS, hop_length=25, grouped=True)
    single, _ = design(**DEFAULTS, hop_length=25, grouped=False)
    for coarse, fine in zip(grouped, single, strict=True):
        factor = 2 ** (coarse.halvings - fine.halvings)
        assert fine.phases == 1
        assert coarse.phases == factor
        time = np.arange(len(fine.kernel)) - fine.left
        wave = np.exp(-2j * np.pi * 0.3 / factor * time)  # 0.3 of the coarse rate
        expected = wave @ fine.kernel[:, 0]
        for phase in range(factor):
            # A group begins `left` before its first frame, which is `hop * phase` earlier.
            time = np.arange(len(coarse.kernel)) - coarse.left - phase * 25 / factor
            got = np.exp(-2j * np.pi * 0.3 * time) @ coarse.kernel[:, phase]
            # 1e-3 of a filter's gain: what it has beyond the halved band.
            gain = np.abs(fine.kernel).sum(axis=0).max()
            np.testing.assert_allclose(got, expected, atol=1e-3 * gain)
