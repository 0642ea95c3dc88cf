"""Sounds of no class: what they are, and what counts as a false alarm."""

import numpy as np
import pytest
import soundfile
from small_corpus import RATE, tone

from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.artifact.predictor import Predictor
from kapre_like.models.experiment.out_of_set import LEVEL, noises, out_of_set


class Loud:
    """Calls loud what is loud, quiet what is not."""

    def __init__(self, thresholds):
        found = Calibration(method="temperature", temperature=1.0, thresholds=thresholds)
        self.recipe = {
            "task": "classify", "class_names": ["loud", "quiet"], "sample_rate": RATE,
            "seconds": None, "length_rule": "whole", "calibration": found.to_json(),
        }  # fmt: skip

    def predict(self, waveforms):
        share = np.array([0.9 if np.abs(w).max() > 0.01 else 0.2 for w in waveforms])
        return np.column_stack([share, 1 - share])


def test_a_false_alarm_is_a_confident_answer(tmp_path):
    soundfile.write(tmp_path / "other.wav", tone(400, seconds=2.5), RATE)
    predictor = Predictor(Loud({"loud": 0.5, "quiet": None}))
    found = out_of_set(predictor, 0.5, other_sounds=tmp_path)
    noise = found["white noise"]
    # Every clip of half a second is an alarm: 7200 in an hour.
    assert noise["alarms_per_hour"] == pytest.approx(7200)
    assert (noise["share_confident"], noise["clips"], noise["top_label"]) == (1.0, 60, "loud")
    assert found["silence"] == {
        "alarms_per_hour": 0.0, "share_confident": 0.0, "clips": 1, "top_label": None,
    }  # fmt: skip
    assert found["other sounds"]["clips"] == 5
    assert list(found) == ["white noise", "pink noise", "hum", "silence", "other sounds"]
    strict = out_of_set(Predictor(Loud({"loud": 0.95, "quiet": 0.5})), 0.5)
    assert strict["white noise"]["share_confident"] == 0.0
    assert strict["silence"]["top_label"] == "quiet"
    flat = Predictor(Loud({"loud": 0.95, "quiet": 0.5}))
    flat.min_confidence = 0.89
    assert out_of_set(flat, 0.5)["hum"]["share_confident"] == 1.0


def test_the_noises_are_what_they_are_called():
    from scipy.signal import welch

    made = noises(RATE, 2.0)
    for name, clips in made.items():
        level = np.sqrt(np.mean(clips[0] ** 2))
        assert level == pytest.approx(0.0 if name == "silence" else LEVEL, rel=1e-3)
    for name, slope in (("white noise", 0.0), ("pink noise", -1.0)):
        f, power = welch(np.concatenate(made[name]), RATE, nperseg=1024)
        kept = (f > 60) & (f < 3000)
        found = np.polyfit(np.log(f[kept]), np.log(power[kept]), 1)[0]
        assert found == pytest.approx(slope, abs=0.05)
    f, power = welch(made["hum"][0], RATE, nperseg=RATE)
    assert np.isin(f[np.argsort(power)[-4:]] % 50, [0.0, 1.0, 49.0]).all()
    assert power[f > 450].sum() < 1e-3 * power.sum()


def test_a_folder_without_sounds_is_refused(tmp_path):
    with pytest.raises(ValueError, match="contains no sound file"):
        out_of_set(Predictor(Loud({"loud": 0.5, "quiet": 0.5})), 1.0, other_sounds=tmp_path)


def test_without_thresholds_nothing_is_an_alarm():
    assert out_of_set(Predictor(Loud(None)), 1.0) is None
