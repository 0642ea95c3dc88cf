"""Kernels that give white noise another spectrum: constants of `ops.mixing`."""

import numpy as np

# Half the slope of the power spectrum: amplitudes fall as `frequency ** -exponent`.
EXPONENTS = {"pink": 0.5, "brown": 1.0}
# Hz. Below it the spectrum is flat: a hearer does not miss it, and the kernel ends.
LOWEST_HZ = 20.0
# The kernel falls as exp(-2 pi LOWEST_HZ t): 1e-5 at its ends.
_REACH_S = 0.1


def color_kernel(color, *, sample_rate):
    """Returns a symmetric kernel with the amplitudes `(f ** 2 + 20 ** 2) ** (-exponent / 2)`.

    Args:
        color: `"pink"` (power falls by 10 dB per decade) or `"brown"` (20 dB).
        sample_rate: Int > 0, Hz.

    Returns:
        float64 `(taps,)`.
    """
    reach = int(np.ceil(_REACH_S * sample_rate))
    # Sampled more finely than the kernel is long, so that it does not fold into itself.
    size = 8 * reach
    frequency = np.fft.rfftfreq(size, 1 / sample_rate)
    amplitude = (frequency**2 + LOWEST_HZ**2) ** (-EXPONENTS[color] / 2)
    kernel = np.fft.irfft(amplitude / amplitude[1], size)
    return np.concatenate([kernel[-reach:], kernel[: reach + 1]])
