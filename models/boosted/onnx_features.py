"""The features of a clip as an ONNX graph, in float64.

The graph repeats the arithmetic of `kapre_like.features` operator by operator, because a small
difference of a feature can cross the threshold of a tree and change the prediction.
`onnx_file.py` compares the predictions of both before it keeps a file.
"""

import numpy as np

from kapre_like.features import analysis as spectra
from kapre_like.features import descriptors, statistics, timing, vector
from kapre_like.features.analysis import AMIN, Analysis
from kapre_like.filters.cepstral import dct_matrix
from kapre_like.models.boosted.onnx_graph import Graph, Value

_LN10 = float(np.log(10.0))


def clip_features(g: Graph, wave: Value, analysis: Analysis) -> Value:
    """Returns the features `(columns,)` float32 of a clip `(samples,)`, see `clip_vector`."""
    frames = _frames(g, wave, analysis)
    power = _power(g, frames, analysis)
    mel = g.constant(spectra._constants(analysis).mel)
    mel_db = _relative_db(power @ mel, analysis.top_db)
    energy_db = _relative_db(power.over("Sum", 1), analysis.top_db)
    n_cepstra = min(vector.N_CEPSTRA, analysis.n_mels)
    cepstra = mel_db @ g.constant(dct_matrix(analysis.n_mels, n_cepstra, "ortho"))
    described = _descriptors(g, power, frames, analysis)
    over_time = g.joined(mel_db, described, cepstra, _deltas(g, cepstra), axis=1)
    samples = g.joined(wave, g.zeros((1 - wave.size()).maximum(0)))
    parts, active = _parts(g, cepstra, energy_db, n_cepstra)
    made = [
        _level(g, wave, samples, analysis.sample_rate),
        _statistics(g, samples.shaped(-1, 1)),
        _statistics(g, over_time),
        (parts - active).shaped(-1),
        active,
        _timing(g, energy_db, analysis.frame_s),
    ]
    return g.joined(*made).to("s")


def _db(power: Value, floor: float = AMIN) -> Value:
    g = power.graph
    return g.op("Log", power.maximum(floor), kind="f") * (10.0 / _LN10)


def _relative_db(power: Value, top_db: float) -> Value:
    db = _db(power)
    return (db - db.over("Max")).maximum(-top_db)


def _frames(g: Graph, wave: Value, analysis: Analysis) -> Value:
    """Returns the frames `(frames, n_fft)`, see `analysis._frames`."""
    n_fft, hop = analysis.n_fft, analysis.hop_length
    half = n_fft // 2
    past = wave.size() + (2 * half - n_fft)
    # Integer division rounds towards 0, which is wrong for negative numbers.
    count = (past.maximum(0) / hop + 1).maximum(1)
    edges = [g.constant(np.zeros(size)) for size in (half, n_fft + hop)]
    padded = g.joined(edges[0], wave, edges[1])
    starts = (g.range(count) * hop).shaped(-1, 1)
    return padded.take(starts + g.constant(np.arange(n_fft), "i"))


def _power(g: Graph, frames: Value, analysis: Analysis) -> Value:
    """Returns the power spectrum, by a matrix product that contains the window."""
    window = spectra._constants(analysis).window
    times = np.arange(analysis.n_fft)
    # Whole turns are removed from the angle, so its sine is accurate.
    turns = np.outer(times, np.arange(analysis.n_fft // 2 + 1)) % analysis.n_fft
    angle = 2 * np.pi * turns / analysis.n_fft
    real, imaginary = (
        frames @ g.constant(wave * window[:, None]) for wave in (np.cos(angle), np.sin(angle))
    )
    return real * real + imaginary * imaginary


def _descriptors(g: Graph, power: Value, frames: Value, analysis: Analysis) -> Value:
    """Returns descriptors `(frames, columns)`, see `descriptors.describe_frames`."""
    bands = descriptors.bands(analysis.sample_rate, analysis.n_fft)
    magnitude = g.op("Sqrt", power, kind="f")
    total = magnitude.over("Sum", 1, keep=True).maximum(1e-300)
    sums = magnitude @ g.constant(np.stack([bands.hz, bands.hz**2], axis=1)) / total
    centroid, square = sums.take([0], 1), sums.take([1], 1)
    bandwidth = g.op("Sqrt", (square - centroid * centroid).maximum(0.0), kind="f")
    floored = power.maximum(AMIN)
    logarithm = g.op("Log", floored, kind="f")
    flatness = logarithm.over("Mean", 1, keep=True) * (10.0 / _LN10)
    flatness = flatness - _db(floored.over("Mean", 1, keep=True))
    low, high = (
        power.part(*edges, axis=1).over("Sum", 1, keep=True)
        for edges in ((0, bands.split), (bands.split, power.size(1)))
    )
    peak = g.op("Abs", frames, kind="f").over("Max", 1, keep=True)
    envelope = _db(peak * peak, descriptors._AMIN_MAGNITUDE**2)
    columns = [
        centroid,
        bandwidth,
        _rolloff(g, magnitude, bands.hz),
        flatness,
        *(_contrast(magnitude, octave) for octave in bands.octaves),
        _db(low) - _db(high),
        envelope,
        _crossings(g, frames, 1).over("Mean", 1, keep=True),
    ]
    return g.joined(*columns, axis=1)


def _rolloff(g: Graph, magnitude: Value, hz: np.ndarray) -> Value:
    sums = g.op("CumSum", magnitude, g.constant(1, "i"), kind="f")
    last = sums.part(-1, np.iinfo(np.int64).max, axis=1)
    below = (sums < last * descriptors._ROLLOFF_SHARE).to("i").over("Sum", 1, keep=True)
    return g.constant(hz).take(below)


def _contrast(magnitude: Value, octave: tuple) -> Value:
    _, _, first, stop, count = octave
    band = magnitude.part(first, stop, axis=1)
    peak, valley = (
        band.ordered(count, 1, largest=largest).over("Mean", 1, keep=True)
        for largest in (True, False)
    )
    return _db(peak * peak) - _db(valley * valley)


def _crossings(g: Graph, samples: Value, axis: int) -> Value:
    """Returns 1 where neighbors differ in sign, else 0."""
    negative = samples < 0.0
    end = np.iinfo(np.int64).max
    after, before = negative.part(1, end, axis), negative.part(0, -1, axis)
    return g.op("Xor", after, before, kind="b").to("f")


def _deltas(g: Graph, series: Value) -> Value:
    last = series.size() - 1
    rise = None
    for k in (1, 2):
        after, before = (
            series.take((g.range(series.size()) + step).maximum(0).minimum(last))
            for step in (k, -k)
        )
        term = (after - before) * float(k)
        rise = term if rise is None else rise + term
    return rise / 10.0


def _statistics(g: Graph, series: Value) -> Value:
    """Returns the eleven `statistics.NAMES` of each column of `(values, columns)`."""
    mean = series.over("Mean", 0)
    centered = series - mean
    square = centered * centered
    m2 = square.over("Mean", 0)
    m3, m4 = (square * centered).over("Mean", 0), (square * square).over("Mean", 0)
    std = g.op("Sqrt", m2, kind="f")
    size = g.op("Abs", mean, kind="f").maximum(1.0)
    varies = std > size * statistics._TINY
    safe = g.choose(varies, m2, 1.0)
    skew = g.choose(varies, m3 / g.op("Pow", safe, g.constant(1.5), kind="f"), 0.0)
    kurt = g.choose(varies, m4 / (safe * safe) - 3.0, 0.0)
    count = series.size()
    ordered = series.ordered(count, 0, largest=False)
    shares = statistics._PERCENTILES
    median, p10, p25, p75, p90 = (_percentile(ordered, count, share) for share in shares)
    ends = ordered.take(0), ordered.take(count - 1)
    made = [mean, median, *ends, std, skew, kurt, p10, p25, p75, p90]
    return g.joined(*(one.shaped(-1, 1) for one in made), axis=1).shaped(-1)


def _percentile(ordered: Value, count: Value, share: float) -> Value:
    place = (count - 1).to("f") * share
    low = place.to("i")
    first, second = ordered.take(low), ordered.take((low + 1).minimum(count - 1))
    return first + (second - first) * (place - low.to("f"))


def _level(g: Graph, wave: Value, samples: Value, sample_rate: int) -> Value:
    crossings = _crossings(g, samples, 0).over("Sum") / (wave.size() - 1).maximum(1).to("f")
    floor = vector._LEVEL_FLOOR**2
    square = samples * samples
    values = (
        wave.size().to("f") / float(sample_rate),
        _db(square.over("Mean"), floor),
        _db(square.over("Max"), floor),
        crossings,
    )
    return g.joined(*(value.shaped(1) for value in values))


def _active(energy_db: Value, below_db: float) -> tuple[Value, Value]:
    """Returns the first frame of the active part, and the frame after its last."""
    places = (energy_db > energy_db.over("Max") - below_db).places()
    return places.take(0), places.take(places.size() - 1) + 1


def _parts(g: Graph, cepstra: Value, energy_db: Value, n_cepstra: int) -> tuple[Value, Value]:
    """Returns the result of `cepstra.parts`, and the mean of the parts."""
    begin, end = _active(energy_db, vector._PARTS_BELOW_DB)
    n = vector.N_PARTS
    step = (end - begin).to("f") / float(n)
    edges = g.constant(np.arange(n, dtype=float)) * step + begin.to("f")
    edges = g.joined(edges, end.to("f").shaped(1))
    sums = g.op("CumSum", cepstra, g.constant(0, "i"), kind="f")
    sums = g.joined(g.constant(np.zeros((1, n_cepstra))), sums)
    whole = edges.to("i").minimum(cepstra.size() - 1)
    inside = (edges - whole.to("f")).shaped(-1, 1)
    integral = sums.take(whole) + inside * cepstra.take(whole)
    widths = (edges.part(1, n + 1) - edges.part(0, n)).shaped(-1, 1)
    parts = (integral.part(1, n + 1) - integral.part(0, n)) / widths
    return parts, parts.over("Mean", 0)


def _timing(g: Graph, energy_db: Value, frame_s: float) -> Value:
    """Returns the values of `timing.NAMES`."""
    begin, end = _active(energy_db, timing.SOUNDING_DB)
    sounding = energy_db.part(begin, end) > energy_db.over("Max") - timing.SOUNDING_DB
    flags = sounding.to("i")
    count = flags.size()
    changed = flags.part(1, np.iinfo(np.int64).max) - flags.part(0, -1)
    changes = g.op("Abs", changed, kind="i").to("b").places() + 1
    edges = g.joined(g.constant([0], "i"), changes, count.shaped(1))
    lengths = (edges.part(1, np.iinfo(np.int64).max) - edges.part(0, -1)).to("f")
    # The active part begins with sound, and runs of sound alternate with gaps.
    runs = lengths.part(0, np.iinfo(np.int64).max, step=2)
    gaps = lengths.part(1, np.iinfo(np.int64).max, step=2) * frame_s
    long = (gaps >= timing._PAUSE_S - 1e-9).to("f")
    pauses = g.joined(gaps * long, g.constant([0.0]))
    n_pauses = long.over("Sum")
    active_s = count.to("f") * frame_s
    share = flags.to("f").over("Mean")
    bursts = _bursts(g, energy_db, frame_s)
    values = (
        active_s,
        begin.to("f") * frame_s,
        (energy_db.size() - end).to("f") * frame_s,
        share,
        n_pauses,
        n_pauses / active_s,
        pauses.over("Sum") / n_pauses.maximum(1.0),
        pauses.over("Max"),
        runs.over("Mean") * frame_s,
        runs.over("Max") * frame_s,
        bursts,
        bursts / active_s,
        bursts / (flags.over("Sum").to("f") * frame_s),
    )
    return g.joined(*(value.shaped(1) for value in values))


def _bursts(g: Graph, energy_db: Value, frame_s: float) -> Value:
    """Returns the number of bursts, see `timing._bursts`."""
    count = energy_db.size()
    around = [
        energy_db.take((g.range(count) + step).maximum(0).minimum(count - 1))
        for step in (-1, 0, 1)
    ]
    smooth = around[0] / 3.0 + around[1] / 3.0 + around[2] / 3.0
    near = max(1, round(timing._NEAR_S / frame_s))
    outside = g.constant(np.full(near, -np.inf))
    padded = g.joined(outside, smooth, outside)
    places = g.range(count).shaped(-1, 1)
    left, right = (
        padded.take(places + g.constant(np.arange(first, first + near), "i"))
        for first in (0, near + 1)
    )
    peaks = (smooth > left.over("Max", 1)) & (smooth >= right.over("Max", 1))
    dips = smooth - left.over("Min", 1).maximum(right.over("Min", 1))
    loud = smooth > smooth.over("Max") - timing.SOUNDING_DB
    return (peaks & (dips >= timing._DIP_DB) & loud).to("f").over("Sum")
