"""Constants of resampling: sizes, and kernels against their formula."""

import numpy as np
import pytest
from tolerances import FLOAT64_LONG

from kapre_like.filters.resampling import (
    QUALITIES,
    fits,
    periods,
    reach,
    resampled_count,
    resampler,
)

HIGH = QUALITIES["high"]


def test_periods_and_counts():
    assert periods(44100, 16000) == (441, 160)
    assert [resampled_count(n, 441, 160) for n in (0, 1, 2, 3, 441, 442)] == [
        0,
        1,
        1,
        2,
        160,
        161,
    ]


@pytest.mark.parametrize(("source", "target"), [(3, 1), (1, 2), (441, 160), (160, 441)])
def test_an_output_looks_at_its_block_and_the_next_only(source, target):
    made = resampler(source, target, HIGH)
    assert made.starts is None
    assert made.source >= 2 * reach(source, target, HIGH)
    assert made.kernels.shape == (1, 2 * made.source, made.target)
    assert made.source * target == made.target * source


def test_a_long_period_is_cut_into_chunks_with_the_same_numbers():
    made = resampler(44100, 48001, HIGH)
    assert made.target == 48001
    chunk, output = 300, 5
    time = (made.starts[chunk] - made.reach + np.arange(made.kernels.shape[1])) / 44100
    time = (time - (chunk * 64 + output) / 48001) * 44100 * HIGH.rolloff
    window = np.i0(HIGH.beta * np.sqrt(np.maximum(1 - (time / HIGH.width) ** 2, 0)))
    expected = HIGH.rolloff * np.sinc(time) * window / np.i0(HIGH.beta)
    expected[np.abs(time) >= HIGH.width] = 0
    np.testing.assert_allclose(made.kernels[chunk, :, output], expected, atol=FLOAT64_LONG)
    # Nothing of the sinc lies outside the window.
    assert np.abs(made.kernels[:, [0, -1]]).max() < 1e-4


def test_what_does_not_fit():
    assert fits(44100, 48001, HIGH)
    assert not fits(44100, 48001, QUALITIES["best"])
    assert not fits(10**9, 1, HIGH)
    # A count inside a period would need more than 32 bits.
    assert not fits(48000, 48001, QUALITIES["fast"])
