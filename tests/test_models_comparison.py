"""What `compare` returns: a dict that shows itself; the tables of the screen."""

import math

import pytest
from sample_comparison import bare, sample

from kapre_like.models.experiment import tables
from kapre_like.models.experiment.comparison import Comparison
from kapre_like.models.experiment.feature_words import band_edges, feature_words


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return sample(tmp_path_factory.mktemp("sample"))


def test_it_is_the_dict_that_it_was(found):
    result = Comparison(found.result)
    assert result == found.result
    assert isinstance(result, dict)
    assert "boosted" in result["models"]


def test_a_frame_has_a_row_per_model_and_baseline(found):
    frame = Comparison(found.result).to_frame()
    assert list(frame.index) == [*found.result["models"], *found.result["baselines"]]
    assert list(frame["kind"].value_counts()) == [3, 3]
    assert list(frame.index[frame["recommended"].astype(bool)]) == ["boosted"]
    vgg = found.result["models"]["vgg"]
    assert frame.loc["vgg", "balanced_accuracy"] == vgg["metrics"]["balanced_accuracy"]
    assert frame.loc["vgg", "balanced_accuracy_low"] == vgg["intervals"]["balanced_accuracy"][0]
    assert frame.loc["vgg", "compute_ms"] == vgg["latency_ms"]["batch_1"]["compute_ms"]
    assert math.isnan(frame.loc["class prior", "seconds_train"])


def test_a_notebook_shows_the_advice_and_both_tables(found):
    page = Comparison(found.result)._repr_html_()
    assert page.startswith("<p><b>Use boosted")
    assert page.count("<table>") == 2
    assert "best single feature" in page
    named = {**found.result, "advice": {**found.result["advice"], "text": "<script>"}}
    assert "<script>" not in Comparison(named)._repr_html_()
    assert "<pre>" in Comparison(n=1)._repr_html_()


def test_a_plot_has_each_model_the_cascade_and_the_guesses(found):
    axes = Comparison(found.result).plot().axes[0]
    labels = axes.get_legend_handles_labels()[1]
    assert {*found.result["models"], "best single feature"} <= set(labels)
    assert "boosted, unsure clips to vgg" in labels
    assert "majority class, class prior" in labels  # equal ones are one line
    assert axes.get_xscale() == "log"


@pytest.mark.parametrize("absent", [False, True])
def test_everything_works_without_what_is_optional(found, absent):
    result = Comparison(bare(found, absent=absent).result)
    assert list(result.to_frame().index) == list(result["models"])
    assert result.plot().axes
    assert "<table>" in result._repr_html_()
    first = tables.comparison(result)[0]
    assert first.header == ["", "accuracy", "balanced accuracy", "macro F1"]


def test_tables_show_baselines_beside_models_and_leave_unknown_costs_out(found):
    quality, costs = tables.comparison(found.result)
    names = [row[0] for row in quality.lines()]
    assert names[0] == "boosted (advised)"
    assert "best single feature" in names
    words = "brightness: center of the spectrum (Hz): average"
    assert quality.note == f"best single feature: {words}."
    assert "price per month" in [row[0] for row in costs.lines()]
    known = [row[0] for row in tables.costs(bare(found).result).lines()]
    assert "train" in known
    assert "price per month" not in known


def test_an_evaluation_has_a_table_of_its_classes(found):
    one = found.result["models"]["vgg"]
    result = {**one["metrics"], "intervals": one["intervals"], "n": 12}
    assert [table.title for table in tables.evaluation(result, "model on data")] == [
        "model on data"
    ]
    both = tables.evaluation({**result, "per_class": one["per_class"]}, "model on data")
    assert both[1].header == ["class", "test clips", "recall", "precision", "F1"]
    assert len(both[1].rows) == 5
    (table,) = tables.evaluation({**result, "calibration": one["calibration"]}, "model on data")
    assert ["calibration error (ECE)", "2.0 %", "1.0 % to 4.0 %"] in table.lines()
    scores = {"n": 12, "mae": 0.5, "intervals": {"mae": [0.4, 0.6]}}
    conformal = {"level": 0.9, "coverage": 0.91, "coverage_interval": [0.86, 0.95]}
    (table,) = tables.evaluation({**scores, "conformal": conformal}, "model on data")
    assert table.lines()[0] == ["mean absolute error", "0.500", "0.400 to 0.600"]
    assert table.lines()[1] == ["inside their 90 % intervals", "91.0 %", "86.0 % to 95.0 %"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mel_26_2766hz_mean", "level around 2766 Hz: average"),
        ("level_rms_db", "level of the clip (dB)"),
        ("contrast_400_800hz_db_std", "peaks against valleys at 400 to 800 Hz (dB): "
         "how much it varies"),
        ("dcep_03_p90", "change per frame of fine shape of the spectrum (cepstrum 3): "
                        "loud moments (90th percentile)"),
        ("part2of5_cep_01", "slope from low to high (cepstrum 1) in part 2 of 5, "
         "against the whole"),
        ("active_cep_00", "overall level (cepstrum 0): average while it sounds"),
        ("w2v_l06_mean_012", "layer 6, channel 12: average"),
        ("zero_crossings_mean", "sign changes of each frame: average"),
        ("something_else", "something else"),
    ],
)  # fmt: skip
def test_features_have_plain_words(name, words):
    assert feature_words(name) == words


def test_every_feature_of_the_table_has_words_of_its_own():
    from kapre_like.features.settings import resolve
    from kapre_like.features.vector import names

    columns = names(resolve(sample_rate=16000))
    words = [feature_words(name, band_edges(columns)) for name in columns]
    plain = {name.replace("_", " ") for name in columns}
    assert plain & set(words) == set()
    assert len(set(words)) == len(words)
