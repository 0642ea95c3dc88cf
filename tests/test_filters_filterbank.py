"""`Filterbank` against Kaldi, Kapre, SciPy and the documented shapes."""

import dataclasses
import warnings

import numpy as np
import pytest
from tolerances import FLOAT32_SHORT, FLOAT64_LONG

from kapre_like.filters.bands import count_empty
from kapre_like.filters.filterbank import TYPES, Filterbank
from kapre_like.filters.scales import equivalent_bandwidth, to_scale

SHAPES = (None, "triangle", "gaussian", "gabor")


def bank(type, **changed):
    return Filterbank(type, **{"sample_rate": 16000, "n_mels": 40, "owner": "X", **changed})


@pytest.mark.parametrize(
    ("rate", "ms", "n_mels", "low"), [(16000, 25, 120, 20), (8000, 32, 23, 0)]
)
def test_kaldi_bands_are_those_of_kaldi(rate, ms, n_mels, low):
    kaldi = pytest.importorskip("kaldi_native_fbank")
    options = kaldi.FbankOptions()
    options.frame_opts.samp_freq, options.frame_opts.frame_length_ms = rate, ms
    options.mel_opts.num_bins, options.mel_opts.low_freq = n_mels, low
    expected = np.asarray(kaldi.MelBanks(options.mel_opts, options.frame_opts).get_matrix())
    arguments = {"sample_rate": rate, "n_mels": n_mels, "fmin": low, "mel_scale": "kaldi"}
    got = bank("mel", **arguments, norm=None).matrix(512 if rate == 16000 else 256)
    # Kaldi computes in float32: 2840 mel to 1e-4, over corners 22 mel apart.
    np.testing.assert_allclose(got.T, expected, atol=3e-5)


@pytest.mark.parametrize(("rate", "n_freq"), [(22050, 1025), (16000, 1025), (44100, 513)])
@pytest.mark.parametrize(("n_bins", "per_octave"), [(84, 12), (30, 5)])
def test_log_bands_are_kapres_moved_to_their_notes(rate, n_freq, n_bins, per_octave):
    backend = pytest.importorskip("kapre.backend")
    for fmin, spread in ((None, 0.125), (60.0, 0.5)):
        expected = backend.filterbank_log(
            rate, n_freq, n_bins, bins_per_octave=per_octave, f_min=fmin, spread=spread
        )
        arguments = {"n_bands": n_bins, "bins_per_octave": per_octave, "spread": spread}
        low = (fmin or 32.70319566) * 2 ** -((spread / per_octave) ** 2)
        got = bank("log", sample_rate=rate, fmin=low, **arguments)
        # Kapre's are cast to float32.
        np.testing.assert_allclose(
            got.matrix(2 * (n_freq - 1)), np.asarray(expected), atol=FLOAT32_SHORT
        )


def test_gammatones_are_scipys():
    from scipy.signal import freqz, gammatone

    bands = bank("gammatone", norm=None, n_bands=20, fmin=200.0, fmax=4000.0)
    got = bands.matrix(2048)
    hz = np.arange(1025) * 16000 / 2048
    for band, center in enumerate(bands.hz(bands.center)):
        taps, _ = gammatone(center, "fir", order=4, numtaps=4096, fs=16000)
        response = np.abs(freqz(taps, worN=hz, fs=16000)[1]) ** 2
        # The real filter has a mirror image below 0 Hz and copies at every multiple of the
        # rate, which the power response of the continuous one does not see.
        np.testing.assert_allclose(got[:, band], response / response.max(), atol=0.01)


@pytest.mark.parametrize("spread", [0.125, 2.0, 4.0])
def test_log_bands_lie_at_their_notes(spread):
    made = bank("log", n_bands=60, fmin=110.0, spread=spread)
    hz = np.arange(2**14 + 1) * 16000 / 2**15
    height = dataclasses.replace(made, norm=None).matrix(2**15)
    octaves = np.log2(np.maximum(hz, 1e-3))[:, None]
    # A bell in octaves: its middle is the mean of the octaves under it, each bin weighed by
    # the octaves that it spans.
    weight = height / np.maximum(hz, 1.0)[:, None]
    middle = (weight * octaves).sum(axis=0) / weight.sum(axis=0)
    notes = np.log2(110.0) + np.arange(60) / 12
    cents = 1200 * (middle - notes)[24:48]
    np.testing.assert_allclose(cents, 0.0, atol=0.5)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "arguments",
    [{"type": "mel"}, {"type": "mel", "mel_scale": "htk"}, {"type": "erb"},
     {"type": "mel", "mel_scale": "kaldi"}, {"type": "linear"},
     {"type": "bark"}, {"type": "bark", "n_bands": 8}],
    ids=str,
)  # fmt: skip
def test_every_band_has_area_1_in_hz(arguments, shape):
    fine, rate = 2**16, 16000
    area = bank(**arguments, band_shape=shape).matrix(fine).sum(axis=0) * rate / fine
    # The sum over bins of 0.25 Hz is the integral to 1e-4; at half the rate a Gaussian ends.
    np.testing.assert_allclose(area, 1.0, atol=2e-3)


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_bands_are_as_wide_and_as_large_as_they_say(type, shape):
    if type == "gammatone" and shape is not None:
        return
    # Fine bins: the sums are the integrals.
    arguments = {"band_shape": shape, "n_bands": None if type == "mel" else 20, "n_mels": 20}
    fine, rate = 2**15, 16000
    if type == "log":
        arguments |= {"bins_per_octave": 4, "spread": 0.4}
    bands = bank(type, **arguments, norm=None)
    height, step = bands.matrix(fine), rate / fine
    center, width = bands.hz(bands.center), bands.width_hz(bands.center, bands.width)
    hz = np.arange(len(height)) * step
    for band in range(2, 18):
        half = hz[height[:, band] >= 0.5]
        # One bin at either end; on a bent scale the width is that of the band's two halves.
        assert abs(half[-1] - half[0] - width[band]) < 2 * step + 0.02 * width[band]
        assert abs(hz[height[:, band].argmax()] - center[band]) <= step
    area = bank(type, **arguments).matrix(fine)
    unit = 1.0 if type == "log" else step
    np.testing.assert_allclose(area[:, 2:18].sum(axis=0) * unit, 1.0, rtol=0.02)
    # The narrowest band, 5 Hz, has bins half a hertz apart.
    np.testing.assert_allclose(height.max(axis=0), 1.0, rtol=0.05)


def test_a_bank_is_immutable_and_equal_by_its_arguments():
    made = bank("erb")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.n_bands = 3
    assert made == bank("erb", owner="Y")
    assert made != bank("erb", n_bands=3)


def test_a_given_matrix_is_the_bank():
    values = np.arange(6.0).reshape(3, 2)
    made = Filterbank("matrix", 16000, values=values)
    assert made.count == 2
    np.testing.assert_array_equal(made.matrix(4), values)


@pytest.mark.parametrize(
    ("type", "scale"), [("linear", "hz"), ("bark", "bark"), ("erb", "erb")]
)
def test_corners_are_evenly_spaced(type, scale):
    bands = bank(type, n_bands=6, fmin=100.0, fmax=7000.0, norm=None)
    points = np.linspace(*to_scale([100.0, 7000.0], scale), 8)
    hz = np.arange(8193) * 16000 / 16384
    x = to_scale(hz, scale)[:, None]
    expected = np.maximum(1 - np.abs(x - points[1:-1]) / (points[1] - points[0]), 0)
    np.testing.assert_allclose(bands.matrix(16384), expected, atol=FLOAT64_LONG)


def test_erb_bandwidth_is_that_of_glasberg_and_moore():
    np.testing.assert_allclose(equivalent_bandwidth([0, 1000]), [24.7, 132.639])


def test_usual_numbers_of_bands():
    counts = {type: bank(type).count for type in TYPES}
    assert counts == {
        "bark": 24, "erb": 40, "gammatone": 64, "linear": 128, "log": 84, "mel": 40
    }  # fmt: skip
    assert bank("log", sample_rate=8000).count == 83


@pytest.mark.parametrize(
    ("type", "changed", "n_fft"),
    [
        ("linear", {"n_bands": 300}, 256),
        ("bark", {"n_bands": 200}, 512),
        ("erb", {"n_bands": 80}, 512),
        ("mel", {"n_mels": 128, "mel_scale": "kaldi"}, 512),
        ("log", {}, 512),
        ("mel", {"n_mels": 200, "band_shape": "gabor"}, 128),
    ],
)
def test_empty_bands_warn_with_arguments_that_avoid_them(type, changed, n_fft):
    made = bank(type, **changed)
    matrix = made.matrix(n_fft)
    with pytest.warns(UserWarning, match=rf"X: \d+ of \d+ {type} bands contain") as record:
        made.warn_if_empty(matrix, n_fft)
    fixes = str(record[0].message).split("Without empty bands: ")[1].rstrip(".").split(" or ")
    assert len(fixes) == 2
    for fix in fixes:
        name, value = fix.split("=")
        size = int(value) if name == "n_fft" else n_fft
        change = {} if name == "n_fft" else {name: float(value) if "." in value else int(value)}
        mended = dataclasses.replace(made, **change)
        assert count_empty(mended.matrix(size)) == 0
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            mended.warn_if_empty(mended.matrix(size), size)


@pytest.mark.parametrize(
    ("type", "bad", "rule"),
    [
        ("bark", {"n_bands": 0}, "an int > 0"),
        ("mel", {"n_bands": 4}, "None if type='mel'"),
        ("erb", {"fmin": 8000.0}, "below fmax"),
        ("log", {"fmin": 0.0}, "a number > 0"),
        ("log", {"fmin": 7900.0}, "at least one band below half"),
        ("log", {"fmax": 4000.0}, "None if type='log'"),
        ("log", {"n_bands": 96}, r"so small.* 8000\.0 Hz"),
        ("log", {"spread": -1}, "a number > 0"),
        ("linear", {"bins_per_octave": 1.5}, "an int > 0"),
        ("gammatone", {"band_shape": "gabor"}, "None if type='gammatone'"),
        ("linear", {"band_shape": "box"}, "one of"),
        ("bark", {"norm": "l1"}, "one of"),
        ("matrix", {"values": None}, "an array if type='matrix'"),
    ],
)
def test_bad_arguments_are_named_in_the_error(type, bad, rule):
    with pytest.raises(ValueError, match=rf"X: `{next(iter(bad))}` must be {rule}"):
        bank(type, **bad)
