"""Groups of filters that share a rate."""

import numpy as np
import pytest

from kapre_like.filters.decimation import decimated_groups, undecimated_groups

STEP = np.array([20.0, 11.0, 20.0, 3.0, 0.5])
REACH = np.array([50, 30, 40, 12, 4])


@pytest.mark.parametrize("hop_length", [160, 149, 10, 1])
def test_every_filter_is_sampled_often_enough_and_reaches_far_enough(hop_length):
    groups = decimated_groups(np.maximum(STEP, 1.0), REACH, hop_length, np.arange(5))
    members = np.concatenate([group.filters for group in groups])
    np.testing.assert_array_equal(np.sort(members), np.arange(5))
    for group in groups:
        assert group.hop_length % group.blocks == 0
        assert group.per_hop % group.blocks == 0
        for index in group.filters:
            assert group.step <= max(1.0, STEP[index])
            assert group.reach >= REACH[index]


def test_a_block_holds_all_that_its_instants_reach():
    for group in decimated_groups(np.maximum(STEP, 1.0), REACH, 160, np.arange(5)):
        assert group.times.shape == (group.span * group.block, group.per_block)
        assert (group.times.max(axis=0) >= group.reach).all()
        assert (group.times.min(axis=0) <= -group.reach + 1).all()


def test_instants_are_the_middles_of_the_steps():
    group = undecimated_groups(np.arange(3), reach=5, hop_length=6, together=2)[0]
    np.testing.assert_array_equal(group.instants, np.arange(6))
    coarse = decimated_groups(np.array([3.0]), np.array([5]), 6, np.arange(1))[0]
    np.testing.assert_array_equal(coarse.instants, [1.0, 4.0])


def test_undecimated_groups_hold_so_many_filters_at_most():
    groups = undecimated_groups(np.arange(7), reach=200, hop_length=160, together=4)
    assert [group.filters for group in groups] == [(0, 1, 2, 3), (4, 5, 6)]
    assert all(group.step == 1 for group in groups)


def test_only_the_given_members_are_grouped():
    members = np.array([3, 0, 4])
    groups = decimated_groups(np.maximum(STEP, 1.0), REACH, 160, members)
    assert sorted(i for group in groups for i in group.filters) == [0, 3, 4]
    assert decimated_groups(STEP, REACH, 160, members[:0]) == ()
    (group,) = undecimated_groups(members, reach=5, hop_length=6, together=4)
    assert group.filters == (3, 0, 4)


def test_groups_are_cheaper_than_one_for_all():
    step, reach = np.linspace(4, 20, 40), np.full(40, 60)
    groups = decimated_groups(step, reach, 160, np.arange(40))
    one = decimated_groups(np.full(40, step.min()), reach, 160, np.arange(40))
    assert sum(group.cost for group in groups) < one[0].cost
