"""`audio.splits`: whole groups, even classes, the same by seed."""

import numpy as np
import pandas as pd
import pytest

from kapre_like.audio import folds, hold_out


def table_of(labels, groups):
    table = pd.DataFrame({"label": labels, "group": groups})
    table.attrs["has_groups"] = True
    return table


def random_table(n, n_groups, seed=0, classes="abc"):
    rng = np.random.default_rng(seed)
    return table_of(rng.choice(list(classes), n), rng.integers(0, n_groups, n).astype(str))


def sides(table, mask):
    return set(table["group"][mask]), set(table["group"][~mask])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_groups", [2, 3, 10, 60])
def test_hold_out_takes_whole_groups_near_the_share(seed, n_groups):
    table = random_table(300, n_groups, seed)
    mask = hold_out(table, seed=seed, share=0.2)
    held, kept = sides(table, mask)
    assert held
    assert kept
    assert not held & kept
    if n_groups >= 10:
        assert abs(mask.mean() - 0.2) < 0.05
        for name in "abc":
            assert abs(mask[table["label"] == name].mean() - 0.2) < 0.1


def test_distinct_groups_are_split_like_any_stratified_split():
    table = table_of(list("a" * 50 + "b" * 100 + "c" * 10), np.arange(160).astype(str))
    mask = hold_out(table, seed=0, share=0.2)
    counts = table["label"][mask].value_counts()
    assert (counts["a"], counts["b"], counts["c"]) == (10, 20, 2)


def test_the_seed_decides():
    table = random_table(300, 60)
    again = [hold_out(table, seed=seed, share=0.2) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(again[0], again[1])
    assert (again[0] != again[2]).any()


@pytest.mark.parametrize("seed", range(10))
def test_a_class_is_not_held_out_whole_if_that_can_be_avoided(seed):
    # Speaker 0 alone says "rare"; he is as large as the others.
    groups = np.repeat(np.arange(5), 20).astype(str)
    labels = np.where((groups == "0") & (np.arange(100) % 2 == 0), "rare", "usual")
    mask = hold_out(table_of(labels, groups), seed=seed, share=0.4)
    assert "rare" in set(labels[~mask])


@pytest.mark.parametrize("n", [2, 3, 5])
def test_folds_hold_every_row_once_and_no_group_twice(n):
    table = random_table(200, 12)
    made = folds(table, n, seed=0)
    assert [name for name, _ in made] == [f"fold {i + 1}" for i in range(n)]
    np.testing.assert_array_equal(sum(mask.astype(int) for _, mask in made), 1)
    for _, mask in made:
        held, kept = sides(table, mask)
        assert not held & kept
        assert abs(mask.mean() - 1 / n) < 0.12


def test_as_many_folds_as_groups_of_very_different_size():
    table = table_of(["a", "b"] * 55, np.repeat(["0", "1", "2"], [100, 6, 4]))
    assert sorted(mask.sum() for _, mask in folds(table, 3, seed=0)) == [4, 6, 100]


def test_leave_one_group_out_is_named_by_group():
    table = table_of(list("abab"), ["zoe", "adam", "zoe", "adam"])
    made = folds(table, "leave-one-group-out", seed=0)
    assert [name for name, _ in made] == ["adam", "zoe"]
    assert made[0][1].tolist() == [False, True, False, True]


def test_scores_are_spread_evenly_over_folds():
    rng = np.random.default_rng(0)
    table = table_of(rng.normal(size=500), np.repeat(np.arange(50), 10).astype(str))
    means = [table["label"][mask].mean() for _, mask in folds(table, 5, seed=0)]
    # Five random folds of 100 would stray by 0.1 each.
    assert np.std(means) < 0.1


def test_too_few_groups_name_the_fix():
    one = table_of(["a", "b"], ["x", "x"])
    with pytest.raises(ValueError, match=r"one group \('x'\).*--group-column none"):
        hold_out(one, seed=0, share=0.2)
    with pytest.raises(ValueError, match="3 folds need 3 groups, not 1"):
        folds(one, 3, seed=0)
    with pytest.raises(ValueError, match="leaving one group out needs two groups"):
        folds(one, "leave-one-group-out", seed=0)
    without = random_table(20, 20)
    without.attrs["has_groups"] = False
    with pytest.raises(ValueError, match="leaving one group out needs two groups"):
        folds(without, "leave-one-group-out", seed=0)


@pytest.mark.parametrize("n", [1, 0, 2.5, "all", True])
def test_a_bad_number_of_folds_is_named(n):
    with pytest.raises(ValueError, match=r"`n` must be an int >= 2 or 'leave-one-group-out'"):
        folds(random_table(20, 5), n, seed=0)


@pytest.mark.parametrize("share", [0.0, 1.0, -1])
def test_a_bad_share_is_named(share):
    with pytest.raises(ValueError, match=r"`share` must be a number between 0 and 1"):
        hold_out(random_table(20, 5), seed=0, share=share)


def test_scores_of_few_values_are_dealt_without_empty_quintiles():
    # Quintiles of six scores with three values: two of the five hold nothing.
    label = [0.22, 0.22, 0.23, 0.23, 1.8, 1.8]
    table = pd.DataFrame({"label": label, "group": list("abcabc")})
    with np.errstate(all="raise"):
        held = hold_out(table, seed=0, share=1 / 3)
    assert held.sum() == 2
    assert table["group"][held].nunique() == 1


def test_of_few_groups_the_one_is_held_that_no_class_needs():
    table = table_of(["a", "a", "a", "b"], ["1", "1", "2", "0"])
    for seed in range(5):
        assert hold_out(table, seed=seed, share=1 / 6).tolist() == [False, False, True, False]
    every = table_of(["a", "b", "c"], ["1", "2", "3"])
    assert hold_out(every, seed=0, share=1 / 6).sum() == 1


def test_groups_that_copies_join_are_split_as_one():
    table = table_of(list("abab"), ["zoe", "adam", "eve", "eve"])
    table["together"] = ["adam", "adam", "eve", "eve"]
    assert [mask.tolist() for _, mask in folds(table, 2, seed=0)] == [
        [True, True, False, False],
        [False, False, True, True],
    ] or folds(table, 2, seed=0)[0][1].tolist() == [False, False, True, True]
    made = folds(table, "leave-one-group-out", seed=0)
    assert [(name, mask.tolist()) for name, mask in made] == [
        ("adam", [True, True, False, False]),
        ("eve", [False, False, True, True]),
    ]
