"""`features.vector`: names, which are a file format, and values."""

import numpy as np
import pytest

from kapre_like import features
from kapre_like.features import band_center_hz
from kapre_like.features.settings import resolve
from kapre_like.features.statistics import NAMES as STATISTICS
from kapre_like.features.vector import clip_vector, names

RATE = 16000


def vector(wave, **settings):
    analysis = resolve(**settings)
    values = clip_vector(wave, analysis)
    assert values.dtype == np.float32
    return dict(zip(names(analysis), values.tolist(), strict=True))


def noise(n=RATE, seed=0):
    return 0.1 * np.random.default_rng(seed).normal(size=n)


def test_the_names_are_these():
    """A change here breaks every saved model: it needs a new format and a reader for this."""
    got = names(resolve())
    assert len(got) == len(set(got)) == 1171
    series = {name.rpartition("_")[0] for name in got if name.endswith("_p90")}
    mel = sorted(name for name in series if name.startswith("mel"))
    assert (len(mel), mel[0], mel[39]) == (40, "mel_00_74hz", "mel_39_7415hz")
    assert sorted(name for name in series if name[:3] not in {"mel", "cep", "dce"}) == [
        "bandwidth_hz", "centroid_hz", "contrast_0_200hz_db", "contrast_1600_3200hz_db",
        "contrast_200_400hz_db", "contrast_3200_8000hz_db", "contrast_400_800hz_db",
        "contrast_800_1600hz_db", "energy_ratio_db", "envelope_db", "flatness_db", "rolloff_hz",
        "wave", "zero_crossings",
    ]  # fmt: skip
    assert STATISTICS == (
        "mean", "median", "min", "max", "std", "skew", "kurt", "p10", "p25", "p75", "p90",
    )  # fmt: skip
    assert got[:5] == (
        "duration_s", "level_rms_db", "level_peak_db", "zero_crossing_rate", "wave_mean",
    )  # fmt: skip
    for name in ("cep_19_mean", "dcep_00_std", "part5of5_cep_19", "active_cep_00"):
        assert name in got
    assert got[-1] == "timing_bursts_sounding_hz"


def test_levels_duration_and_zero_crossings_of_a_tone():
    got = vector(0.5 * np.sin(2 * np.pi * 1000 * (np.arange(RATE) + 0.5) / RATE))
    assert got["duration_s"] == 1.0
    assert got["level_rms_db"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=1e-3)
    assert got["level_peak_db"] == pytest.approx(20 * np.log10(0.5), abs=0.2)
    assert got["zero_crossing_rate"] == pytest.approx(0.125, abs=1e-3)
    assert got["wave_std"] == pytest.approx(0.5 / np.sqrt(2), abs=1e-4)
    # A sine's kurtosis is 1.5.
    assert got["wave_kurt"] == pytest.approx(-1.5, abs=1e-3)


def test_the_loudest_band_is_where_the_tone_is():
    for hz in (300, 1000, 3000):
        got = vector(np.sin(2 * np.pi * hz * np.arange(RATE) / RATE))
        bands = {n: v for n, v in got.items() if n.startswith("mel") and n.endswith("_mean")}
        center = band_center_hz(max(bands, key=bands.get))
        assert abs(center / hz - 1) < 0.15


def test_gain_changes_only_features_of_loudness():
    quiet, loud = vector(0.1 * noise()), vector(noise())
    moved = {n.split("_")[0] for n in quiet if abs(quiet[n] - loud[n]) > 1e-2}
    # The energies of descriptors have a floor at -100 dB.
    assert moved <= {"level", "wave", "envelope"}
    assert loud["level_rms_db"] - quiet["level_rms_db"] == pytest.approx(20, abs=1e-3)


def test_features_describe_the_course_over_time():
    """The same frames forwards and backwards: statistics agree, parts do not."""
    rising = np.sin(2 * np.pi * np.cumsum(np.linspace(200, 4000, RATE)) / RATE)
    up, down = vector(rising), vector(rising[::-1].copy())
    assert abs(up["centroid_hz_median"] - down["centroid_hz_median"]) < 30
    assert up["part1of5_cep_01"] == pytest.approx(down["part5of5_cep_01"], rel=0.1)
    assert abs(up["part1of5_cep_01"] - down["part1of5_cep_01"]) > 20


@pytest.mark.parametrize(
    "wave",
    [np.zeros(0), np.zeros(1), np.ones(1), np.zeros(RATE), noise(399), np.ones(800)],
    ids=["none", "one zero", "one", "silence", "under a frame", "constant"],
)
@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_silence_and_tiny_clips_are_finite(wave, rate):
    got = vector(wave, sample_rate=rate)
    assert all(np.isfinite(value) for value in got.values())
    assert got["duration_s"] == pytest.approx(len(wave) / rate)


def test_few_bands_make_few_cepstra():
    got = names(resolve(n_mels=8))
    assert "cep_07_mean" in got
    assert "cep_08_mean" not in got
    assert np.isfinite(clip_vector(noise(), resolve(n_mels=8))).all()


@pytest.mark.parametrize(
    ("name", "hz"),
    [
        ("mel_17_1093hz_p90", 1093.0),
        ("mel_17_1093hz", 1093.0),
        ("contrast_200_400hz_db_mean", 300.0),
        ("centroid_hz_mean", None),
        ("timing_bursts_hz", None),
        ("cep_01_mean", None),
    ],
)
def test_a_column_name_contains_its_band(name, hz):
    assert band_center_hz(name) == hz


def test_names_and_filters_agree_on_band_centers():
    from kapre_like import filters

    centers = filters.mel_frequencies(42, 0.0, 8000.0, "slaney")[1:-1]
    told = [band_center_hz(name) for name in names(resolve()) if name.endswith("hz_p90")]
    told = [hz for hz in told if hz is not None][:40]
    np.testing.assert_allclose(told, centers, atol=0.5)


def test_the_british_name_of_band_center_hz_warns():
    with pytest.warns(FutureWarning, match="Use band_center_hz"):
        assert features.band_centre_hz is band_center_hz
