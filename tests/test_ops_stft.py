"""Transforms of frames against NumPy's FFT; the inverse against librosa and reconstruction."""

import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like import filters
from kapre_like.ops.polar import as_complex, phase, power, real_imag
from kapre_like.ops.stft import fft_frames, inverse_stft, kernel_frames

pytestmark = pytest.mark.backends(full=True)


def random(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


@pytest.mark.parametrize("n_fft", [2, 12, 13])
def test_both_formulas_are_numpys_fft(n_fft):
    frames, window = random(2, 1, 5, n_fft), filters.window("hann", n_fft, n_fft)
    expected = np.fft.rfft(frames * window)
    kernels = [(window[:, None] * k).astype("float32") for k in filters.dft_kernels(n_fft)]
    results = (
        fft_frames(frames, window=window.astype("float32")),
        kernel_frames(frames, kernel_real=kernels[0], kernel_imag=kernels[1]),
    )
    for real, imag in results:
        # float32 sums of 13 terms of size 1.
        np.testing.assert_allclose(to_numpy(real), expected.real, atol=5e-6)
        np.testing.assert_allclose(to_numpy(imag), expected.imag, atol=5e-6)


@pytest.mark.parametrize(("n_fft", "hop_length"), [(16, 4), (15, 1)])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("length", [None, 20, 60])
def test_the_inverse_of_any_spectrum_is_librosas(n_fft, hop_length, center, length):
    # Not the transform of any clip: the parts at 0 Hz and at half the rate have imaginary
    # parts, which must be ignored.
    librosa = pytest.importorskip("librosa")
    real, imag = random(1, 1, 9, n_fft // 2 + 1), random(1, 1, 9, n_fft // 2 + 1)[..., ::-1]
    window = filters.window("hamming", n_fft, n_fft)
    got = inverse_stft(
        real, imag.copy(), window=window.astype("float32"), n_fft=n_fft,
        hop_length=hop_length, center=center, length=length, mask=None,
    )  # fmt: skip
    expected = librosa.istft(
        (real + 1j * imag)[0, 0].T.astype("complex128"), n_fft=n_fft, hop_length=hop_length,
        window="hamming", center=center, length=length,
    )  # fmt: skip
    np.testing.assert_allclose(
        to_numpy(got)[0, 0], expected, atol=FLOAT32 * np.abs(expected).max()
    )


def test_pairs_and_complex_numbers_are_the_same_numbers():
    real, imag = random(2, 3), random(3, 2).T.copy()
    number = real + 1j * imag
    np.testing.assert_array_equal(to_numpy(as_complex(*map(np.asarray, (real, imag)))), number)
    for form in (number, np.stack([real, imag], axis=-1)):
        pair = [to_numpy(part) for part in real_imag(form)]
        np.testing.assert_array_equal(pair, [real, imag])
    for exponent in (2, 1, 0.5):
        got = to_numpy(power(real, imag, exponent=exponent))
        np.testing.assert_allclose(got, np.abs(number) ** exponent, rtol=FLOAT32)
    np.testing.assert_allclose(
        to_numpy(phase(real, imag)), np.angle(number), atol=FLOAT32_SHORT
    )


def test_magnitude_and_phase_of_zero_are_zero():
    zero = np.zeros(3, "float32")
    for exponent in (2, 1, 0.5):
        np.testing.assert_array_equal(to_numpy(power(zero, zero, exponent=exponent)), zero)
    np.testing.assert_array_equal(to_numpy(phase(zero, zero)), zero)
