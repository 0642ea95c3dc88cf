"""Cases of values by themselves or of a few frames, windows by name, and filterbanks."""

import itertools

from kapre_reference.cases import case

KAISER_BESSEL = "kaiser_bessel_derived_window"
NAMED = ("hann_window", "hamming_window", "kaiser_window", "vorbis_window", KAISER_BESSEL)
WINDOWS = (None, *NAMED)
RATE = 16000
DECIBELS = (
    {},
    {"amin": 1e-3, "ref_value": 10.0, "dynamic_range": 30.0},
    {"amin": 1e-2, "ref_value": 1e-4, "dynamic_range": 120.0},
)


def pointwise():
    """What needs no sizes: each value by itself, or a few frames."""
    return [*decibels(), *angles(), *codes(), *slopes(), *cepstra()]


def decibels():
    image = (3, 5, 4, 2)
    for options in (*DECIBELS, {"ref_value": 0.5}, {"dynamic_range": 1.0}):
        for name in ("MagnitudeToDecibel", "backend.magnitude_to_decibel"):
            use = "function" if name.startswith("b") else "layer"
            for shape in (image, (3, 7, 2), (4, 6), (9,)):
                yield case(name, "decibel", shape, source="magnitude", use=use, **options)


def angles():
    image = (3, 5, 4, 2)
    for floatx in ("float32", "float64"):
        exact = {"source": "quadrants", "floatx": floatx}
        yield case("Magnitude", "magnitude", image, **exact)
        yield case("Phase", "phase", image, **exact)
    for accuracy in (1, 10, 100, 1000):
        rest = {"approx_atan_accuracy": accuracy}
        yield case("Phase", "phase", image, source="quadrants", **rest)
        for shape in ((2, 5, 4, 1, 2), (2, 3, 5, 4, 2)):
            yield case("PhaseTflite", "phase", shape, source="pairs", **rest)
    for shape in ((2, 5, 4, 1, 2), (2, 3, 5, 4, 2)):
        yield case("MagnitudeTflite", "magnitude", shape, source="pairs")


def codes():
    """Kapre's fail under float64."""
    for size in (2, 3, 16, 255, 256, 65536):
        rest = {"quantization_channels": size}
        for prefix, en, de, use in (
            ("MuLaw", "En", "De", "layer"),
            ("backend.mu_law_", "en", "de", "function"),
        ):
            rest.update(source="audio")
            yield case(f"{prefix}{en}coding", "integer", (2, 50, 2), use=use, **rest)
            rest.update(source=f"codes below {size}")
            yield case(f"{prefix}{de}coding", "waveform", (2, 50, 2), use=use, **rest)


def slopes():
    """`Delta` of one channel: Kapre fails on more."""
    modes = ("symmetric", "reflect", "constant", "REFLECT")
    for win, mode, floatx in itertools.product((3, 5, 9), modes, ("float32", "float64")):
        for frames in (5, 9, 12):
            rest = {"win_length": win, "mode": mode, "floatx": floatx, "source": "features"}
            yield case("Delta", "magnitude", (2, frames, 4, 1), **rest)


def cepstra():
    for n_mfccs, bands in itertools.product((1, 5, 20, 40), (5, 40)):
        shape = (2, 5, bands, 2)
        yield case("LogmelToMFCC", "magnitude", shape, source="features", n_mfccs=n_mfccs)


def functions():
    """Windows by name."""
    for name, length in itertools.product(WINDOWS, (1, 2, 5, 8, 25, 64)):
        rest = {"window_name": name, "source": "length"}
        yield case("backend.get_window_fn", "waveform", (length,), **rest)


def filterbank_options(bins):
    """What `filterbank_mel` and `filterbank_log` take, with the names of the two types."""
    mel = {"sample_rate": RATE, "n_freq": bins, "n_mels": 4}
    log = {"sample_rate": RATE, "n_freq": bins, "n_bins": 4, "f_min": 500.0}
    return ("mel", mel), ("log", {**log, "bins_per_octave": 1, "spread": 0.5})


def filterbanks(sizes):
    bins = sizes.n_fft // 2 + 1
    mel = {"sample_rate": RATE, "n_freq": bins, "n_mels": max(4, bins // 4)}
    log = {"sample_rate": RATE, "n_freq": bins}
    ranges = ((0.0, None), (300.0, 4000.0), (20.0, 8000.0))
    for htk, norm, (low, high) in itertools.product((False, True), ("slaney", None, 1), ranges):
        rest = {"f_min": low, "f_max": high, "htk": htk, "norm": norm}
        yield case("backend.filterbank_mel", "magnitude", use="constant", **mel, **rest)
    for bins_per_octave, octaves, low in itertools.product((1, 3, 12), (1, 6), (None, 110.0)):
        rest = {"n_bins": bins_per_octave * octaves, "bins_per_octave": bins_per_octave}
        for spread in (0.125, 0.5):
            bank = {**log, **rest, "f_min": low, "spread": spread}
            yield case("backend.filterbank_log", "magnitude", use="constant", **bank)
