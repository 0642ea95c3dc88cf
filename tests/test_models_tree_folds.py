"""Inner folds, tempered class weights, and the number of trees."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss
from tolerances import FLOAT64

pytest.importorskip("catboost")

from kapre_like.models.training import tree_folds, trees
from kapre_like.models.training.growing import grow
from kapre_like.models.training.inner_folds import inner_folds
from kapre_like.models.training.labels import TEMPER, class_weight, tempered_weights
from kapre_like.models.training.tree_defaults import MIN_TREES


def data(n=120, classes=3, told=2.0, seed=0, columns=20):
    rng = np.random.default_rng(seed)
    targets = np.arange(n) % classes
    rows = rng.normal(size=(n, columns))
    rows[:, :classes] += told * np.eye(classes)[targets]
    table = pd.DataFrame({"label": targets.astype(str), "group": np.arange(n) // 10 % 6})
    return rows.astype("float32"), targets, table


def grown(rows, targets, masks, *, classes=3, most=None, log=str):
    columns = [f"c{i}" for i in range(rows.shape[1])]
    # The columns are few: let each tree see all of them.
    settings = trees.default_settings("regress" if classes is None else "classify")
    settings["rsm"] = 1.0
    return grow(
        rows, targets, masks, columns, classes, settings, seed=0, max_trees=most, log=log
    )


def test_rare_classes_weigh_more_but_less_than_by_inverse_count():
    weights = tempered_weights([80, 5, 5, 5, 5, 0])
    assert weights[1] / weights[0] == pytest.approx(16**TEMPER)
    assert weights[5] == 0
    assert weights @ [80, 5, 5, 5, 5, 0] == pytest.approx(100)
    np.testing.assert_allclose(tempered_weights([7, 7]), 1)
    np.testing.assert_array_equal(tempered_weights([0, 0]), 0)
    table = pd.DataFrame({"label": ["a"] * 16 + ["b"]})
    got = class_weight(table, {"task": "classify", "class_names": ["a", "b", "c"]})
    assert got == pytest.approx(dict(enumerate(tempered_weights([16, 1, 0]))))
    assert class_weight(table, {"task": "regress"}) is None


def test_folds_hold_out_whole_groups_and_every_row_once():
    _, targets, table = data()
    folds = inner_folds(table, targets, 3, seed=0)
    assert len(folds.masks) == 5
    np.testing.assert_array_equal(np.sum(folds.masks, axis=0), 1)
    for mask in folds.masks:
        assert not set(table["group"][mask]) & set(table["group"][~mask])
    many = inner_folds(pd.concat([table] * 100), np.tile(targets, 100), 3, seed=0)
    assert len(many.masks) == 3


def test_windows_of_a_clip_stay_together_where_folds_go_by_clip():
    _, targets, table = data(n=12)
    digests = [f"d{i // 3}-{i % 3}" for i in range(12)]
    table = table.assign(group="one", digest=digests)
    folds = inner_folds(table, targets, 3, seed=0)
    assert "folds over clips" in folds.note
    for mask in folds.masks:
        clips = {digest.partition("-")[0] for digest in np.array(digests)[mask]}
        assert not clips & {digest.partition("-")[0] for digest in np.array(digests)[~mask]}


def test_scores_are_folded_too_and_constant_rests_are_no_folds():
    _, _, table = data(n=20)
    scores = np.linspace(0, 1, 20)
    assert len(inner_folds(table, scores, None, seed=0).masks) >= 2
    two = pd.DataFrame({"label": [0.0, 1.0], "group": ["a", "b"]})
    folds = inner_folds(two, np.array([0.0, 1.0]), None, seed=0)
    assert folds.masks == []
    assert "give each label 2 clips or more" in folds.note


def test_the_loss_is_that_of_the_held_out_answers():
    rows, targets, table = data()
    masks = inner_folds(table, targets, 3, seed=0).masks
    # Unbalanced: 40, 20 and 10 rows.
    kept = np.r_[0:30, 30:120:3, 31:60:3]
    rows, targets, masks = rows[kept], targets[kept], [mask[kept] for mask in masks]
    found = grown(rows, targets, masks, most=10)
    weights = tempered_weights(np.bincount(targets))[targets]
    expected = log_loss(targets, found.held_out, sample_weight=weights)
    # CatBoost keeps its approximants in float64, and the curve is of the same trees.
    assert found.history["valid_loss"][9] == pytest.approx(expected, rel=1e-6)
    right = (found.held_out.argmax(axis=1) == targets).mean()
    assert found.history["valid_accuracy"][9] == pytest.approx(right, abs=0.05)


def test_the_loss_of_scores_is_the_root_of_the_mean_square():
    rows, _, table = data()
    scores = (rows[:, 0] * 2).astype("float64")
    masks = inner_folds(table, scores, None, seed=0).masks
    found = grown(rows, scores, masks, classes=None, most=10)
    expected = np.sqrt(np.mean((found.held_out - scores) ** 2))
    assert found.history["valid_loss"][9] == pytest.approx(expected, rel=1e-6)


def test_noise_does_not_stop_below_the_floor_and_a_plateau_stops():
    rows, targets, table = data(told=0.0)
    masks = inner_folds(table, targets, 3, seed=0).masks
    found = grown(rows, targets, masks)
    assert found.booster.tree_count_ == MIN_TREES["classify"]
    assert found.notes == []
    rows, targets, _ = data(told=30.0)
    lines = []
    found = grown(rows, targets, masks, log=lines.append)
    assert MIN_TREES["classify"] <= found.booster.tree_count_ < 200
    assert any("training as many on all clips" in line for line in lines)


def test_the_number_of_trees_is_the_same_every_time():
    rows, targets, table = data(told=0.7)
    masks = inner_folds(table, targets, 3, seed=0).masks
    first, second = (grown(rows, targets, masks, most=60) for _ in range(2))
    assert first.history == second.history
    np.testing.assert_array_equal(first.held_out, second.held_out)


def test_a_fold_without_a_class_gives_it_no_probability():
    rows, targets, _ = data(n=60)
    mask = (targets == 2) | (np.arange(60) < 12)
    found = grown(rows, targets, [mask, ~mask], most=5)
    np.testing.assert_array_equal(found.held_out[mask][:, 2], 0)
    assert np.isfinite(found.history["valid_loss"]).all()


def test_constant_columns_are_refused_in_one_line():
    rows, targets, table = data(n=30)
    masks = inner_folds(table, targets, 3, seed=0).masks
    with pytest.raises(ValueError, match=r"CatBoost rejected.*constant") as caught:
        grown(np.zeros_like(rows), targets, masks, most=5)
    assert "\n" not in str(caught.value)


def test_the_smoothed_curve_is_the_mean_of_neighbors():
    loss = np.arange(20.0) ** 2
    expected = [loss[max(0, i - 5) : i + 6].mean() for i in range(20)]
    np.testing.assert_allclose(tree_folds._smoothed(loss), expected, rtol=FLOAT64)
    np.testing.assert_allclose(tree_folds._smoothed(loss[:3]), loss[:3].mean(), rtol=FLOAT64)
