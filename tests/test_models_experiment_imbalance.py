"""The verdict on natural imbalance: 80 % of one class, by new speakers.

The recordings are those of the Free Spoken Digit Dataset. They are beside the checkout on the
machines where this is developed, and the tests are skipped elsewhere.
"""

import csv
import random
from pathlib import Path

import pytest

from kapre_like.models import compare

FSDD = Path(__file__).resolve().parents[2] / "shared" / "data" / "fsdd"
SHARES = {"0": 0.80, "1": 0.05, "2": 0.05, "3": 0.05, "4": 0.05}
N_CLIPS = 400

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FSDD.is_dir(), reason="the recordings of FSDD are not here"),
]


def unbalanced(path, *, shuffle=None):
    """Writes a manifest of 400 clips by six speakers; `shuffle` deals the labels at random."""
    pytest.importorskip("catboost")
    with (FSDD / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    speakers = sorted({row["speaker"] for row in rows})
    chosen = []
    for label, share in SHARES.items():
        for speaker in speakers:
            of = [r for r in rows if (r["label"], r["speaker"]) == (label, speaker)]
            chosen += of[: round(N_CLIPS * share / len(speakers))]
    labels = [row["label"] for row in chosen]
    if shuffle is not None:
        random.Random(shuffle).shuffle(labels)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "speaker"])
        for row, label in zip(chosen, labels, strict=True):
            writer.writerow([FSDD / row["path"], label, row["speaker"]])
    return path


def answer(manifest, out, **arguments):
    return compare(
        manifest, models=["boosted"], out=out, group_column="speaker", sample_rate=8000,
        folds=3, overwrite=True, log=None, **arguments,
    )  # fmt: skip


def test_a_model_of_unbalanced_digits_is_recommended(tmp_path):
    result = answer(unbalanced(tmp_path / "m.csv"), tmp_path / "c")
    assert (result["task"], result["task_inferred"]) == ("classify", True)
    assert result["advice"]["verdict"] == "recommended"
    boosted = result["models"]["boosted"]
    # A fifth is chance, and the result of a model that always predicts the frequent class.
    assert boosted["metrics"]["balanced_accuracy"] > 0.6
    guess = result["baselines"]["majority class"]["metrics"]
    assert (guess["accuracy"], guess["balanced_accuracy"]) == pytest.approx((0.8, 0.2), abs=0.1)


def test_shuffled_labels_are_no_better_than_guessing_in_19_of_20(tmp_path):
    called = 0
    for seed in range(20):
        manifest = unbalanced(tmp_path / "m.csv", shuffle=seed)
        result = answer(manifest, tmp_path / "c", settings={"max_trees": 40})
        called += result["advice"]["verdict"] == "no_better_than_guessing"
        assert result["advice"]["recommended"] is None
    assert called >= 19
