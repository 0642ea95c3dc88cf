"""Writes names of features in plain words, such as `level around 2766 Hz: average`.

`kapre_like/features/vector.py` makes the names, such as `mel_26_2766hz_mean`. Unknown names are
returned without underscores.
"""

import re
from collections.abc import Iterable

STATISTICS = {
    "mean": "average",
    "median": "middle value",
    "min": "lowest value",
    "max": "highest value",
    "std": "how much it varies",
    "skew": "lopsidedness",
    "kurt": "rare extremes",
    "p10": "faint moments (10th percentile)",
    "p25": "lower quarter (25th percentile)",
    "p75": "upper quarter (75th percentile)",
    "p90": "loud moments (90th percentile)",
}
_WHOLE = {
    "duration_s": "length of the clip (s)",
    "level_rms_db": "level of the clip (dB)",
    "level_peak_db": "loudest sample (dB)",
    "zero_crossing_rate": "sign changes of the waveform (high for hiss and high pitch)",
    "wave_mean": "constant offset of the samples (DC)",
    "timing_active_s": "length of the sounding part (s)",
    "timing_before_s": "silence before the sounding part (s)",
    "timing_after_s": "silence after the sounding part (s)",
    "timing_sounding_share": "share of time that sounds",
    "timing_pauses": "number of pauses",
    "timing_pauses_hz": "pauses per second",
    "timing_pause_mean_s": "average pause (s)",
    "timing_pause_longest_s": "longest pause (s)",
    "timing_run_mean_s": "average stretch without a pause (s)",
    "timing_run_longest_s": "longest stretch without a pause (s)",
    "timing_bursts": "number of bursts, about syllables",
    "timing_bursts_hz": "bursts per second, about the pace of speech",
    "timing_bursts_sounding_hz": "bursts per second of sound, about the pace of articulation",
}
_OVER_TIME = {
    "wave": "the samples themselves",
    "centroid_hz": "brightness: center of the spectrum (Hz)",
    "bandwidth_hz": "width of the spectrum (Hz)",
    "rolloff_hz": "frequency below which 85 % of the spectrum lies",
    "flatness_db": "noise (high) or tone (low): flatness",
    "energy_ratio_db": "energy below 2 kHz against above (dB)",
    "envelope_db": "peak level of each frame (dB)",
    "zero_crossings": "sign changes of each frame",
}
_MEL = re.compile(r"mel_(?P<band>\d+)_(?P<hz>\d+)hz")
_CONTRAST = re.compile(r"contrast_(?P<low>\d+)_(?P<high>\d+)hz_db")
_CEPSTRUM = re.compile(r"(?P<slope>d?)cep_(?P<number>\d+)")
_PART = re.compile(r"part(?P<part>\d)of(?P<parts>\d)_cep_(?P<number>\d+)")
_STATE = re.compile(r"\w+_l(?P<layer>\d+)_(?P<statistic>[a-z]+)_(?P<channel>\d+)")
_ACTIVE = re.compile(r"active_cep_(?P<number>\d+)")


def feature_words(name: str, bands: dict[int, tuple[float, float]] | None = None) -> str:
    """Returns the name of a feature in plain words.

    Args:
        name: As in a model's `importances`.
        bands: Edges in Hz of each mel band, from `band_edges`; `None` writes its center.

    Example:
        >>> feature_words("mel_26_2766hz_mean")
        'level around 2766 Hz: average'
    """
    if name in _WHOLE:
        return _WHOLE[name]
    if found := _PART.fullmatch(name):
        timbre = _timbre(found["number"])
        return f"{timbre} in part {found['part']} of {found['parts']}, against the whole"
    if found := _ACTIVE.fullmatch(name):
        return f"{_timbre(found['number'])}: average while it sounds"
    if found := _STATE.fullmatch(name):
        statistic = STATISTICS.get(found["statistic"], found["statistic"])
        return f"layer {int(found['layer'])}, channel {int(found['channel'])}: {statistic}"
    series, _, statistic = name.rpartition("_")
    words = _series(series, bands or {})
    if words is None or statistic not in STATISTICS:
        return name.replace("_", " ")
    return f"{words}: {STATISTICS[statistic]}"


def band_edges(names: Iterable[str]) -> dict[int, tuple[float, float]]:
    """Returns the edges in Hz of the mel bands among the names, half way to their neighbors."""
    middles = {}
    for name in names:
        if found := _MEL.match(name):
            middles[int(found["band"])] = float(found["hz"])
    edges = {}
    for band, hz in middles.items():
        low, high = middles.get(band - 1), middles.get(band + 1)
        if low is not None and high is not None:
            edges[band] = ((low + hz) / 2, (hz + high) / 2)
    return edges


def _series(name: str, bands: dict[int, tuple[float, float]]) -> str | None:
    """Returns a frame descriptor in words; `None` if it is unknown."""
    if name in _OVER_TIME:
        return _OVER_TIME[name]
    if found := _MEL.fullmatch(name):
        edges = bands.get(int(found["band"]))
        return f"level at {edges[0]:.0f} to {edges[1]:.0f} Hz" if edges else (
            f"level around {found['hz']} Hz"
        )  # fmt: skip
    if found := _CONTRAST.fullmatch(name):
        return f"peaks against valleys at {found['low']} to {found['high']} Hz (dB)"
    if found := _CEPSTRUM.fullmatch(name):
        timbre = _timbre(found["number"])
        return f"change per frame of {timbre}" if found["slope"] else timbre
    return None


def _timbre(number: str) -> str:
    """Returns a cepstral coefficient in words."""
    known = {0: "overall level (cepstrum 0)", 1: "slope from low to high (cepstrum 1)"}
    return known.get(int(number), f"fine shape of the spectrum (cepstrum {int(number)})")
