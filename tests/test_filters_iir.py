"""Constants of recursive filters: what makes them exact in float32."""

import numpy as np

from kapre_like.filters.iir import BLOCK, block_filter
from kapre_like.filters.weighting import k_weighting


def test_a_state_is_as_large_as_what_it_still_sounds():
    ringing = block_filter(k_weighting(48000, "itu")).ringing
    # Each state's output over one block is at most of length 1, so none can cancel another.
    assert ringing.shape == (4, BLOCK)
    assert np.linalg.norm(ringing, 2) <= 1.0 + 1e-9


def test_states_without_output_are_left_out():
    assert block_filter([([1.0], [1.0])]).order == 0
    # A gain of 0 after the pole.
    assert block_filter([([1.0], [1.0, -0.5]), ([0.0], [1.0])]).order == 0
    assert block_filter([([1.0, 0.5], [1.0])]).order == 1


def test_levels_end_where_a_filter_forgets():
    assert len(block_filter([([1.0], [1.0, -0.1])]).levels) == 0
    assert len(block_filter([([1.0], [1.0, -0.97])]).levels) == 1
    assert len(block_filter([([1.0], [1.0, -1.0])]).levels) == 5
