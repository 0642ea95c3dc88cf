"""How long recursive filters ring: the size of the kernels of `ops.effects`."""

import numpy as np
import scipy.fft
import scipy.signal

# A kernel ends where the filter has decayed to this share of its amplitude: -120 dB.
_FADED = 1e-6
_FEWEST = 256


def kernel_size(poles):
    """Returns a good size of a Fourier transform that holds the response of some poles.

    Args:
        poles: Complex array, of digital filters, inside the unit circle.
    """
    radius = np.abs(poles).max()
    taps = np.log(_FADED) / np.log(radius) if radius > 0 else 0
    return 2 * scipy.fft.next_fast_len(max(_FEWEST, int(np.ceil(taps))) // 2 + 1, real=True)


def butterworth_poles(kind, *, order, cutoffs, sample_rate):
    """Returns the poles of several digital Butterworth filters.

    Args:
        kind: `"lowpass"`, `"highpass"` or `"bandpass"`.
        order: Int > 0.
        cutoffs: List of numbers, or of pairs of them, Hz.
        sample_rate: Int > 0, Hz.
    """
    made = [
        scipy.signal.butter(order, cutoff, kind, fs=sample_rate, output="zpk")[1]
        for cutoff in cutoffs
    ]
    return np.concatenate(made)


def peaking_poles(*, centers, gains_db, q, sample_rate):
    """Returns the poles of all combinations of peaking filters.

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
