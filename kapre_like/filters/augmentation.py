"""Constants of random augmentation: FFT sizes of filters, spectra of noise, quantile tables."""

import numpy as np

# An impulse response ends where it has decayed to this share of its amplitude: -120 dB.
_DECAYED = 1e-6
_MIN_SIZE = 256
# Half the slope of the power spectrum: amplitudes fall as `frequency ** -exponent`.
EXPONENTS = {"white": 0.0, "pink": 0.5, "brown": 1.0}
# Hz. The spectrum is flat below this frequency, which is inaudible.
LOWEST_HZ = 20.0
# Hz, small compared with `LOWEST_HZ`.
_RESOLUTION_HZ = 4.0
# Cells of the quantile table. The distribution is exact at multiples of 1 / 4096.
_CELLS = 4096


def kernel_size(poles):
    """Returns a fast FFT size that holds the impulse response of a filter.

    Args:
        poles: Complex array, the poles of digital filters, inside the unit circle.
    """
    import scipy.fft

    radius = np.abs(poles).max()
    taps = np.log(_DECAYED) / np.log(radius) if radius > 0 else 0
    taps = max(_MIN_SIZE, int(np.ceil(taps)))
    return 2 * scipy.fft.next_fast_len(taps // 2 + 1, real=True)


def butterworth_poles(kind, *, order, cutoffs, sample_rate):
    """Returns the poles of several digital Butterworth filters.

    Args:
        kind: `"lowpass"`, `"highpass"` or `"bandpass"`.
        order: Int > 0.
        cutoffs: List of numbers in Hz, or of pairs of numbers if `kind="bandpass"`.
        sample_rate: Int > 0, Hz.
    """
    import scipy.signal

    made = [
        scipy.signal.butter(order, cutoff, kind, fs=sample_rate, output="zpk")[1]
        for cutoff in cutoffs
    ]
    return np.concatenate(made)


def peaking_poles(*, centers, gains_db, q, sample_rate):
    """Returns the poles of peaking filters for all combinations of center and gain.

    Args:
        centers: List of numbers > 0, Hz.
        gains_db: List of numbers, dB.
        q: Number > 0, center frequency over bandwidth.
        sample_rate: Int > 0, Hz.
    """
    found = []
    for center in centers:
        turn = 2 * np.pi * center / sample_rate
        for gain_db in gains_db:
            width = np.sin(turn) / (2 * q) / 10 ** (gain_db / 40)
            found.append(np.roots([1 + width, -2 * np.cos(turn), 1 - width]))
    return np.concatenate(found)


def noise_size(sample_rate):
    """Returns the samples of a transform whose frequencies are at most 4 Hz apart."""
    return 2 ** int(np.ceil(np.log2(sample_rate / _RESOLUTION_HZ)))


def color_amplitudes(color, *, sample_rate, size):
    """Returns the amplitudes of the spectrum of white, pink or brown noise.

    They are `(f ** 2 + 20 ** 2) ** (-exponent / 2)`, relative to those at 20 Hz.

    Args:
        color: `"white"`, `"pink"` (power falls by 10 dB per decade) or `"brown"` (20 dB).
        sample_rate: Int > 0, Hz.
        size: Int > 0, samples of the transform.

    Returns:
        float64 `(size // 2 + 1,)`.
    """
    frequency = np.fft.rfftfreq(size, 1 / sample_rate)
    return ((frequency / LOWEST_HZ) ** 2 + 1) ** (-EXPONENTS[color] / 2)


def beta_quantiles(alpha: float) -> np.ndarray:
    """Returns the quantiles of `Beta(alpha, alpha)` at `0, 1 / 4096, ..., 1`, float32.

    The table is needed because XLA on TensorFlow cannot generate gamma-distributed numbers.
    """
    from scipy.special import betaincinv

    return betaincinv(alpha, alpha, np.arange(_CELLS + 1) / _CELLS).astype("float32")
