"""Constants against librosa, SciPy and NumPy; their errors and warnings."""

import itertools
import warnings

import numpy as np
import pytest
from tolerances import FLOAT64, FLOAT64_LONG

from kapre_like import filters

RATES_AND_SIZES = [(16000, 512), (22050, 2048), (44100, 401), (8000, 256)]


@pytest.mark.parametrize(("sample_rate", "n_fft"), RATES_AND_SIZES)
@pytest.mark.parametrize("mel_scale", ["htk", "slaney"])
@pytest.mark.parametrize("norm", [None, "slaney"])
def test_mel_matrix_matches_librosa(sample_rate, n_fft, mel_scale, norm):
    librosa = pytest.importorskip("librosa")
    for n_mels, (fmin, fmax) in itertools.product((1, 20, 64), ((0.0, None), (60.5, 3900.0))):
        got = filters.mel_matrix(sample_rate, n_fft, n_mels, fmin, fmax, mel_scale, norm)
        with warnings.catch_warnings():  # librosa's own, of empty bands
            warnings.simplefilter("ignore")
            expected = librosa.filters.mel(
                sr=sample_rate, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax,
                htk=mel_scale == "htk", norm=norm, dtype=np.float64,
            )  # fmt: skip
        assert got.dtype == np.float64
        # Two orders of the same float64 arithmetic.
        np.testing.assert_allclose(got, expected.T, rtol=FLOAT64_LONG, atol=FLOAT64)


@pytest.mark.parametrize("mel_scale", ["htk", "slaney"])
def test_mel_scales_match_librosa_and_undo_each_other(mel_scale):
    librosa = pytest.importorskip("librosa")
    hz = np.array([0.0, 1.0, 440.0, 999.0, 1000.0, 1001.0, 11025.0])
    mel = filters.hz_to_mel(hz, mel_scale)
    htk = mel_scale == "htk"
    np.testing.assert_allclose(mel, librosa.hz_to_mel(hz, htk=htk), rtol=FLOAT64, atol=FLOAT64)
    np.testing.assert_allclose(
        filters.mel_to_hz(mel, mel_scale), hz, rtol=FLOAT64_LONG, atol=FLOAT64_LONG
    )
    np.testing.assert_allclose(
        filters.mel_frequencies(10, 30.0, 8000.0, mel_scale),
        librosa.mel_frequencies(10, fmin=30.0, fmax=8000.0, htk=htk),
        rtol=FLOAT64_LONG,
    )


@pytest.mark.parametrize("name", ["hann", "hamming", "blackman", ("kaiser", 8.0), "boxcar"])
@pytest.mark.parametrize(("win_length", "n_fft"), [(8, 8), (5, 8), (4, 9), (1, 3)])
def test_windows_are_scipys_in_the_middle_of_the_frame(name, win_length, n_fft):
    from scipy.signal import get_window

    got = filters.window(name, win_length, n_fft)
    left = (n_fft - win_length) // 2
    np.testing.assert_array_equal(got[left : left + win_length], get_window(name, win_length))
    assert got.shape == (n_fft,)
    assert got[:left].sum() + got[left + win_length :].sum() == 0


def test_a_window_may_be_given_as_numbers():
    for numbers in ([1.0, 2.0, 3.0], (1, 2, 3), np.array([1, 2, 3])):
        np.testing.assert_array_equal(filters.window(numbers, 3, 5), [0, 1, 2, 3, 0])
    listed = filters.window(["kaiser", 8.0], 5, 5)  # what a tuple becomes in JSON
    np.testing.assert_array_equal(listed, filters.window(("kaiser", 8.0), 5, 5))


@pytest.mark.parametrize("n_fft", [1, 2, 7, 400])
def test_kernels_are_the_real_fourier_transform(n_fft):
    real, imag = filters.dft_kernels(n_fft)
    # float64 rounding of n_fft terms.
    np.testing.assert_allclose(real + 1j * imag, np.fft.rfft(np.eye(n_fft)), atol=FLOAT64)


def test_frame_count_is_librosas_and_never_zero():
    librosa = pytest.importorskip("librosa")
    for n_fft, hop, samples in itertools.product((8, 9), (3, 20), range(41)):
        for center in (True, False):
            got = filters.frame_count(samples, n_fft, hop, center)
            padded = samples + (2 * (n_fft // 2) if center else 0)
            if padded >= n_fft:
                x = np.zeros(padded)
                assert got == librosa.util.frame(x, frame_length=n_fft, hop_length=hop).shape[1]
            else:
                assert got == 1


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"sample_rate": 0}, "a number > 0"),
        ({"n_mels": 1.5}, "an int > 0"),
        ({"fmin": -1}, "a number >= 0"),
        ({"fmin": 4000}, "below fmax"),
        ({"fmax": 4001}, "at most half of sample_rate"),
        ({"fmax": 0}, "a number > 0"),
        ({"mel_scale": "bark"}, "one of"),
        ({"norm": 1}, "one of"),
    ],
)
def test_bad_bands_are_named_in_the_error(bad, rule):
    name, value = next(iter(bad.items()))
    good = {
        "sample_rate": 8000, "n_fft": 64, "n_mels": 4, "fmin": 0.0, "fmax": None,
        "mel_scale": "htk", "norm": None,
    }  # fmt: skip
    with pytest.raises(ValueError, match=rf"`{name}` must be {rule}.*{name}={value!r}"):
        filters.mel_matrix(**{**good, **bad})


@pytest.mark.parametrize(
    "bad", ["nonsense", "kaiser", None, 3.0, [1.0, 2.0], [[1.0] * 8], [1.0] * 7 + [np.nan], {}]
)
def test_a_bad_window_is_named_in_the_error(bad):
    with pytest.raises(ValueError, match="window: `window` must be a window that scipy"):
        filters.window(bad, 8, 8)


def test_a_window_longer_than_the_frame_is_refused_with_the_fix():
    with pytest.raises(ValueError, match=r"`win_length` must be at most n_fft=8.*n_fft=16"):
        filters.window("hann", 9, 8)


def test_overlap_is_refused_where_no_window_covers_a_sample():
    filters.check_overlap("X", filters.window("hann", 8, 8), 4)
    filters.check_overlap("X", filters.window("boxcar", 8, 8), 8)
    for n_fft, name, hop in ((8, "hann", 8), (8, "boxcar", 9), (64, "hann", 63)):
        with pytest.raises(ValueError, match=rf"X: `hop_length` must be so small.*={hop}\."):
            filters.check_overlap("X", filters.window(name, n_fft, n_fft), hop)


@pytest.mark.parametrize(
    ("sample_rate", "n_fft", "n_mels", "mel_scale", "empty"),
    [(16000, 512, 128, "htk", 1), (44100, 400, 128, "slaney", 19), (16000, 512, 80, "htk", 0)],
)
def test_empty_bands_warn_with_arguments_that_avoid_them(
    sample_rate, n_fft, n_mels, mel_scale, empty
):
    arguments = {
        "sample_rate": sample_rate, "n_fft": n_fft, "n_mels": n_mels, "fmin": 0.0,
        "fmax": None, "mel_scale": mel_scale, "norm": "slaney",
    }  # fmt: skip
    bank = filters.Filterbank("mel", sample_rate, n_mels, mel_scale=mel_scale, owner="X")
    if not empty:
        bank.warn_if_empty(bank.matrix(n_fft), n_fft)
        return
    with pytest.warns(UserWarning, match=f"X: {empty} of {n_mels} mel bands") as record:
        bank.warn_if_empty(bank.matrix(n_fft), n_fft)
    fixes = str(record[0].message).split("Without empty bands: ")[1].rstrip(".").split(" or ")
    for fix in fixes:
        name, value = fix.split("=")
        assert filters.mel_matrix(**{**arguments, name: int(value)}).any(axis=0).all()
