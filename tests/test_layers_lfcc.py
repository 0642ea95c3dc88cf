"""`LFCC`: torchaudio's formula."""

import numpy as np
import pytest
from backend_tools import quick, to_numpy
from tolerances import DECIBEL

from kapre_like.layers import LFCC

pytestmark = pytest.mark.backends(full=True)

SMALL = {"sample_rate": 8000, "n_fft": 64, "hop_length": 20, "n_bands": 8, "n_lfcc": 5}


def torchaudio_lfcc(x, rate, *, n_filter, f_min, f_max, n_lfcc, norm, n_fft, hop_length):
    """What torchaudio 2.11 publishes as LFCC, for one clip, in NumPy float64."""
    padded = np.pad(x, n_fft // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    freqs = np.linspace(0, rate // 2, n_fft // 2 + 1)
    points = np.linspace(f_min, f_max, n_filter + 2)
    slopes = points - freqs[:, None]
    down = -slopes[:, :-2] / np.diff(points)[:-1]
    up = slopes[:, 2:] / np.diff(points)[1:]
    bands = power @ np.maximum(0, np.minimum(down, up))
    db = 10 * np.log10(np.maximum(bands, 1e-10))
    db = np.maximum(db, db.max() - 80)
    n, k = np.arange(n_filter), np.arange(n_lfcc)[:, None]
    dct = np.cos(np.pi / n_filter * (n + 0.5) * k)
    if norm is None:
        dct *= 2
    else:
        dct[0] *= 1 / np.sqrt(2)
        dct *= np.sqrt(2 / n_filter)
    return db @ dct.T


@pytest.mark.parametrize(
    "arguments",
    [
        {"n_filter": 40, "n_lfcc": 40, "f_min": 0.0, "f_max": 8000.0, "norm": "ortho"},
        {"n_filter": 24, "n_lfcc": 13, "f_min": 300.0, "f_max": 3400.0, "norm": None},
    ],
)
def test_matches_torchaudios_formula(arguments):
    rng = np.random.default_rng(0)
    time = np.arange(8000) / 16000
    x = 0.3 * np.sin(2 * np.pi * 500 * time**1.5) + 0.01 * rng.standard_normal(8000)
    cut = {"n_fft": 512, "hop_length": 200}
    expected = torchaudio_lfcc(x, 16000, **arguments, **cut)
    layer = LFCC(
        **cut, pad_mode="reflect", n_bands=arguments["n_filter"], n_lfcc=arguments["n_lfcc"],
        fmin=arguments["f_min"], fmax=arguments["f_max"], dct_norm=arguments["norm"],
    )  # fmt: skip
    got = to_numpy(quick(layer)(x[None, :, None].astype("float32")))
    # A cepstrum is a sum over bands: its error grows with its values.
    scale = np.abs(expected).max() / 1e2
    np.testing.assert_allclose(got[0, :, :, 0], expected, atol=DECIBEL * max(1, scale))


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"n_lfcc": 9}, "at most 8, the bands"),
        ({"n_bands": None}, "an int > 0"),
        ({"norm": "htk"}, "one of"),
        ({"dct_norm": []}, "one of"),
        ({"fmax": 5000.0}, "at most half"),
        ({"fmin": None}, "a number >= 0"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"LFCC: `{name}` must be {rule}.* Received: {name}="):
        LFCC(**{**SMALL, **bad})
