"""What predictions cost: time, energy where the machine counts it, and money."""

import json
import math
import sys
import time

import numpy as np
import pytest
from small_corpus import write_corpus

from kapre_like.audio.manifest import read_dataset
from kapre_like.audio.scan import scan
from kapre_like.models.experiment import costs, latency
from kapre_like.models.experiment.advice import weight
from kapre_like.models.experiment.cold_start import cold_seconds
from kapre_like.models.experiment.energy import Meter
from kapre_like.models.experiment.train import train


class Slow:
    """A model whose predictions take a given time, and which counts them."""

    def __init__(self, seconds=0.0, every=10**9, burst=0.0):
        self.seconds, self.every, self.burst, self.calls = seconds, every, burst, []
        self.recipe = {
            "family": "slow", "task": "regress", "class_names": None, "sample_rate": 8000,
            "seconds": None, "length_rule": "whole",
        }  # fmt: skip

    def predict(self, waveforms):
        self.calls.append(len(waveforms))
        time.sleep(self.burst if len(self.calls) % self.every == 0 else self.seconds)
        return np.zeros(len(waveforms))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"), speakers=3)


@pytest.fixture(scope="module")
def table(manifest):
    return scan(read_dataset(manifest, task="classify"), sample_rate=8000).table


def test_percentiles_come_from_a_hundred_predictions_of_few_clips(table):
    model = Slow(0.0, every=20, burst=0.03)
    alone = latency.latency(model, table)["batch_1"]
    assert model.calls.count(1) == 100 + 5  # five warm up
    assert alone["compute_p50_ms"] < 20
    assert alone["compute_p50_ms"] <= alone["compute_p90_ms"] < 25
    # One call in 20 takes 30 ms: above the 95th percentile, and so is the 99th.
    assert alone["compute_p99_ms"] >= 30


@pytest.mark.parametrize("every", [2, 3])
def test_a_model_is_charged_for_the_clips_that_it_sends_to_a_heavy_part(table, every):
    cascade = latency.latency(Slow(0.0, every=every, burst=0.03), table)
    steady = latency.latency(Slow(0.005), table)
    times = cascade["batch_1"]
    assert 30 / every <= times["compute_ms"] < 45 / every
    # Most clips are answered at once, so the median would make the cascade the lighter one.
    assert every == 2 or times["compute_p50_ms"] < steady["batch_1"]["compute_p50_ms"]
    rest = {"seconds_train": 1.0, "peak_memory_mb": 1.0, "model_bytes": 1.0}
    assert weight({**rest, "latency_ms": cascade}) > weight({**rest, "latency_ms": steady})


def test_a_slow_model_is_measured_for_a_limited_time(table, monkeypatch):
    monkeypatch.setattr(latency, "_SECONDS", 0.2)
    model = Slow(0.02)
    latency.latency(model, table)
    assert model.calls.count(1) == 20 + 5


@pytest.mark.parametrize("percent", [50, 90, 99])
def test_percentiles_are_those_of_numpy(percent):
    values = sorted(np.random.default_rng(0).exponential(size=100).tolist())
    # "inverted_cdf" is the definition: the smallest value with so many percent at or below it.
    expected = np.percentile(values, percent, method="inverted_cdf")
    assert latency._percentile(values, percent) == expected


def test_throughput_uses_all_cores_where_that_is_faster(table, monkeypatch):
    # A sleeping model leaves the cores free, so two threads are twice as fast.
    monkeypatch.setattr(latency, "cores", lambda: 2)
    monkeypatch.setattr(latency, "_BATCH", 4)  # reading takes no time beside the sleep
    speed = latency.throughput(Slow(0.1), table)
    one = 4 / 0.1
    assert 1.2 * one < speed.clips_per_s < 2 * one


def test_five_files_are_timed_in_a_new_process_and_in_this_one(manifest, table, tmp_path):
    train(manifest, model="fake_family:Guess", out=tmp_path / "m", sample_rate=8000)
    model = Slow()
    warm = latency.warm_seconds(model, table)
    assert model.calls == [5] * 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", ":".join(sys.path))
        cold = cold_seconds(tmp_path / "m", table, str)
        parts = table.head(2).assign(start_s=0.1, end_s=0.2)
        assert cold_seconds(tmp_path / "m", parts, str) > 0.05
    # Python alone takes longer to start than five short files to read.
    assert cold > 0.05 > warm


def test_a_folder_that_cannot_predict_is_reported(table, tmp_path):
    recipe = {"format": 2, "family": "nobody:None", "sample_rate": 8000}
    (tmp_path / "recipe.json").write_text(json.dumps(recipe))
    lines = []
    assert cold_seconds(tmp_path, table, lines.append) is None
    (line,) = lines
    assert line.startswith(f"{tmp_path}: a new process could not predict five files with it: ")
    assert "nobody" in line


def zone(folder, energy, *, most=1_000_000):
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "energy_uj").write_text(f"{energy}\n")
    (folder / "max_energy_range_uj").write_text(f"{most}\n")


def test_energy_is_the_sum_over_processors_and_survives_a_counter_that_starts_again(tmp_path):
    zone(tmp_path / "intel-rapl:0", 900_000)
    zone(tmp_path / "intel-rapl:1", 0)
    zone(tmp_path / "intel-rapl:0:0", 0)  # a part of the first, counted there
    meter = Meter(tmp_path)
    zone(tmp_path / "intel-rapl:0", 100_000)
    zone(tmp_path / "intel-rapl:1", 500_000)
    zone(tmp_path / "intel-rapl:0:0", 999_999)
    assert meter.joules() == pytest.approx(0.2 + 0.5)


def test_the_counter_of_the_whole_machine_is_not_added_to_the_processor_in_it(tmp_path):
    names = {"intel-rapl:0": "package-0", "intel-rapl:1": "psys"}
    for folder, name in names.items():
        zone(tmp_path / folder, 0)
        (tmp_path / folder / "name").write_text(f"{name}\n")
    meter = Meter(tmp_path)
    zone(tmp_path / "intel-rapl:0", 300_000)
    zone(tmp_path / "intel-rapl:1", 700_000)
    assert meter.joules() == pytest.approx(0.3)


def test_energy_is_unknown_without_a_counter_of_the_machine(tmp_path):
    assert Meter(tmp_path / "none").joules() is None
    zone(tmp_path / "intel-rapl:0", 5)
    (tmp_path / "intel-rapl:0" / "energy_uj").unlink()
    assert Meter(tmp_path).joules() is None


def results(**changes):
    one = {
        "seconds_train": 100.0, "seconds_features": None, "throughput_clips_per_s": 20.0,
        "five_files_warm_s": 0.5, "joules_train": None, "joules_per_clip": None,
    }  # fmt: skip
    return [{**one, **changes}, {**one, **changes, "seconds_train": 300.0}]


def test_money_of_a_training_and_of_a_month():
    found = costs.prediction_costs(
        results(seconds_features=3.0), cold_s=4.0, price_per_hour=1.8, clips_per_day=86400
    )
    assert found["seconds_features"] == 3.0
    assert found["five_files"] == {"cold_s": 4.0, "warm_s": 0.5}
    assert found["energy"] is None
    assert found["money"]["training"] == pytest.approx(1.8 * 200 / 3600)
    # A clip per second at 20 per second is a twentieth of each day.
    assert found["money"]["hours_per_month"] == pytest.approx(24 * 365.25 / 12 / 20)
    assert found["money"]["per_month"] == pytest.approx(1.8 * 24 * 365.25 / 12 / 20)
    assert found["money"]["machines"] == 1


def test_more_clips_than_a_machine_can_do_need_several():
    found = costs.prediction_costs(results(), cold_s=None, clips_per_day=86400 * 50)
    assert found["money"]["machines"] == 3
    assert found["money"]["per_month"] is None
    assert math.isclose(found["money"]["hours_per_month"], 2.5 * 730.5)


def test_without_a_price_or_a_number_of_clips_there_is_no_money():
    assert costs.prediction_costs(results(), cold_s=None)["money"] is None


@pytest.mark.parametrize("bad", [{"price_per_hour": 0}, {"clips_per_day": -1}])
def test_a_price_that_is_none_is_named(bad):
    name, value = next(iter(bad.items()))
    with pytest.raises(ValueError, match=rf"`{name}` must be .* Received: {name}={value}"):
        costs.check_costs(**{"price_per_hour": None, "clips_per_day": None, **bad})


def test_boosted_reports_the_time_of_its_features(table):
    pytest.importorskip("catboost")
    from kapre_like.models.boosted import BoostedModel

    recipe = {
        "task": "classify", "class_names": ["high", "low"], "sample_rate": 8000, "seed": 0,
        "seconds": None, "length_rule": "whole", "epochs": 3,
    }  # fmt: skip
    began = time.perf_counter()
    model = BoostedModel.train(table[:8], table[8:], recipe=recipe)
    assert 0 < model.seconds_features < time.perf_counter() - began
