"""Layers of the Kapre facade against their formulas in NumPy and SciPy."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

from kapre_like import kapre

pytestmark = pytest.mark.backends(full=True)

WAVE = noise(3, 70, 2)
SPECTROGRAM = np.abs(noise(3, 7, 9, 2)) * 10
SPECTRUM = (noise(3, 7, 9, 2) + 1j * noise(3, 7, 9, 2, seed=1)).astype("complex64")
MEL = {"sample_rate": 8000, "n_freq": 9, "n_mels": 4}


def own_stft(x, n_fft, win_length, hop_length, window):
    """The formula for one channel: frames, window, then zeros at the end or truncation."""
    starts = range(0, len(x) - win_length + 1, hop_length)
    frames = [x[start : start + win_length] * window for start in starts]
    return np.fft.rfft(np.array(frames), n=n_fft)


@pytest.mark.parametrize(("n_fft", "win_length"), [(16, 16), (16, 11), (17, 12), (16, 24)])
def test_stft_is_the_formula(n_fft, win_length):
    x = noise(2, 100, 6)
    got = to_numpy(kapre.STFT(n_fft=n_fft, win_length=win_length, hop_length=7)(x))
    # tf.signal makes windows of an odd length symmetric.
    window = np.hanning(win_length + 1 - win_length % 2)[:win_length]
    for clip in range(2):
        for channel in range(6):
            expected = own_stft(x[clip, :, channel], n_fft, win_length, 7, window)
            # 1e-6: float32 sums of 16 numbers around 0.1.
            np.testing.assert_allclose(got[clip, ..., channel], expected, atol=FLOAT32_SHORT)


@pytest.mark.parametrize("hop", [4, 8, 16])
@pytest.mark.parametrize("window", [None, "hamming_window", "vorbis_window"])
def test_inverse_stft_reconstructs_the_middle_of_the_waveform(hop, window):
    if hop == 16 and window != "hamming_window":
        pytest.skip("where the window is 0, nothing is known")
    x = noise(2, 128, 2)
    spectrum = kapre.STFT(n_fft=16, hop_length=hop, window_name=window)(x)
    inverse = kapre.InverseSTFT(n_fft=16, hop_length=hop, forward_window_name=window)
    np.testing.assert_allclose(
        to_numpy(inverse(spectrum))[:, 16:112], x[:, 16:112], atol=FLOAT32_SHORT
    )


def test_magnitude_and_phase_are_numpy_s():
    np.testing.assert_allclose(
        to_numpy(kapre.Magnitude()(SPECTRUM)), np.abs(SPECTRUM), rtol=FLOAT32_SHORT
    )
    np.testing.assert_allclose(
        to_numpy(kapre.Phase()(SPECTRUM)), np.angle(SPECTRUM), atol=FLOAT32_SHORT
    )
    real = SPECTRUM.real.copy()
    np.testing.assert_allclose(
        to_numpy(kapre.Magnitude()(real)), np.abs(real), rtol=FLOAT32_SHORT
    )
    np.testing.assert_allclose(
        to_numpy(kapre.Phase()(real)), np.angle(real), atol=FLOAT32_SHORT
    )


def test_the_approximate_phase_is_near_the_angle_and_on_the_imaginary_axis_kapre_s():
    z = np.array([[1 + 1j, -2 + 1j, -1 - 3j, 5 - 1j, 0, 3j, -3j, -4]], "complex64")
    got = to_numpy(kapre.Phase(approx_atan_accuracy=100)(z))[0]
    np.testing.assert_allclose(got[:5], np.angle(z)[0, :5], atol=FLOAT32)
    np.testing.assert_allclose(got[5:], [np.pi, -np.pi, np.pi], atol=FLOAT32_SHORT)


@pytest.mark.parametrize("mode", ["symmetric", "reflect", "CONSTANT"])
@pytest.mark.parametrize("win_length", [3, 9])
def test_delta_is_the_formula_for_stereo(mode, win_length):
    n = win_length // 2
    x = SPECTROGRAM.astype("float64")
    padded = np.pad(x, [(0, 0), (n, n), (0, 0), (0, 0)], mode=mode.lower())
    terms = [k * padded[:, n + k : n + k + 7] for k in range(-n, n + 1)]
    layer = kapre.Delta(win_length=win_length, mode=mode)
    expected = sum(terms) / layer.denom
    np.testing.assert_allclose(to_numpy(layer(SPECTROGRAM)), expected, atol=FLOAT32)


def test_frame_and_energy_are_the_formula():
    frames = np.stack([WAVE[:, t : t + 8] for t in range(0, 63, 3)], axis=1)
    got = to_numpy(kapre.Frame(8, 3)(WAVE))
    np.testing.assert_array_equal(got, frames)
    energy = kapre.Energy(sample_rate=100, ref_duration=0.5, frame_length=8, hop_length=3)
    expected = 0.5 / (8 / 100) * (frames**2).sum(axis=2)
    np.testing.assert_allclose(to_numpy(energy(WAVE)), expected, rtol=FLOAT32)


def test_frame_pads_and_accepts_other_ranks_and_integers():
    x = np.arange(10, dtype="int32").reshape(2, 5)
    layer = kapre.Frame(4, 3, True, -1)
    expected = [[[0, 1, 2, 3], [3, 4, -1, -1]], [[5, 6, 7, 8], [8, 9, -1, -1]]]
    got = to_numpy(layer(x))
    assert got.dtype == np.int32
    assert got.tolist() == expected
    assert layer.compute_output_shape(x.shape) == (2, 2, 4)
    assert kapre.Frame(4, 3)(SPECTROGRAM).shape == (3, 2, 4, 9, 2)
    assert kapre.Frame(4, 3, data_format="channels_first")(SPECTROGRAM).shape == (3, 7, 2, 4, 2)
    assert kapre.Energy(frame_length=4, hop_length=3)(SPECTROGRAM).shape == (3, 2, 9, 2)


def test_mfccs_are_librosa_s_except_the_first():
    fft = pytest.importorskip("scipy.fft")
    x = -50 + 10 * noise(2, 5, 128, 1)
    expected = fft.dct(x.astype("float64"), axis=2, norm="ortho")
    expected[:, :, 0] *= np.sqrt(2)
    got = to_numpy(kapre.LogmelToMFCC(n_mfccs=20)(x))
    np.testing.assert_allclose(got, expected[:, :, :20], atol=FLOAT32_LONG)
    assert kapre.LogmelToMFCC(n_mfccs=200)(x).shape == (2, 5, 128, 1)


def test_a_filterbank_may_be_read_and_set():
    layer = kapre.ApplyFilterbank("mel", MEL)
    bank = to_numpy(layer.filterbank)
    assert (bank.shape, bank.dtype, layer.freq_axis) == ((9, 4), np.float32, 2)
    expected = np.einsum("btfc,fm->btmc", SPECTROGRAM, bank)
    np.testing.assert_allclose(to_numpy(layer(SPECTROGRAM)), expected, rtol=FLOAT32)
    layer.filterbank = keras.ops.ones((9, 1))
    expected = SPECTROGRAM.sum(axis=2, keepdims=True)
    np.testing.assert_allclose(to_numpy(layer(SPECTROGRAM)), expected, rtol=FLOAT32)


def test_a_window_function_may_be_set():
    layer = kapre.STFT(n_fft=16, hop_length=8)
    layer.window_fn = lambda length: keras.ops.ones((length,))
    got = to_numpy(layer(WAVE))[0, :, :, 0]
    np.testing.assert_allclose(got, own_stft(WAVE[0, :, 0], 16, 16, 8, 1.0), atol=FLOAT32_SHORT)
