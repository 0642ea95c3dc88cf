"""Short-time Fourier transform in LiteRT's operators, without complex numbers and FFT."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.filters import dft_kernels
from kapre_like.kapre._framing import cut
from kapre_like.ops.fourier import rfft
from kapre_like.ops.framing import fit
from kapre_like.ops.lowering import plain_operators
from kapre_like.ops.polar import arctan2_by_fraction, arctan_by_fraction


def _rdft_matrix(dft_length):
    """Returns the DFT matrix, a complex64 array `(dft_length, dft_length // 2 + 1)`."""
    real, imag = dft_kernels(dft_length)
    return (real + 1j * imag).astype("complex64")


def _rdft(signal, dft_length):
    """Returns the DFT of a real signal as float32 `(..., dft_length // 2 + 1, 2)`.

    Args:
        signal: Float tensor `(..., samples)`, truncated or zero-padded to `dft_length`.
        dft_length: Int > 0.
    """
    frames = fit(ops.cast(signal, "float32"), length=dft_length)
    with plain_operators():
        return ops.stack(rfft(frames), axis=-1)


def fixed_frame(signal, frame_length, frame_step):
    """Returns the complete frames of a signal of known length.

    Args:
        signal: Tensor `(..., samples)`.
        frame_length: Int > 0, samples.
        frame_step: Int > 0, samples between frames.

    Returns:
        `(..., frames, frame_length)`.

    Raises:
        ValueError: If the number of samples is unknown or 0.
    """
    check_known_length("fixed_frame", signal.shape)
    _check.positive_int("fixed_frame", frame_length=frame_length, frame_step=frame_step)
    return cut(signal, frame_length, frame_step, pad_end=False)


def stft_tflite(signal, frame_length, frame_step, fft_length, window_fn, pad_end):
    """Returns the short-time Fourier transform, computed with built-in operators of LiteRT.

    Args:
        signal: Tensor `(..., samples)` of known length.
        frame_length: Int > 0, length of the window in samples.
        frame_step: Int > 0, samples between frames.
        fft_length: Int > 0, FFT size. Frames are truncated or zero-padded to it.
        window_fn: Function from a length to a window, see `backend.get_window_fn`.
        pad_end: Whether to pad the end, so that a frame starts at every hop of the signal.

    Returns:
        Float32 tensor `(..., frames, fft_length // 2 + 1, 2)`: real and imaginary parts.

    Raises:
        ValueError: If the number of samples is unknown or 0.
    """
    check_known_length("stft_tflite", signal.shape)
    signal = ops.cast(signal, "float32")
    frames = cut(signal, frame_length, frame_step, pad_end)
    window = ops.cast(window_fn(frame_length), "float32")
    return _rdft(ops.multiply(frames, window), fft_length)


def check_known_length(owner, shape):
    """Raises `ValueError` unless the last axis of `shape` is known and above 0."""
    if not shape[-1]:
        raise ValueError(
            f"{owner}: expects a known number of samples above 0, since LiteRT's frames are "
            f"fixed. Received: shape={tuple(shape)}. Use keras.Input((16000, 1))."
        )


def continued_fraction_arctan(x, n=100, dtype="float32"):
    """Returns the arc tangent of `x`, approximated by a continued fraction.

    Args:
        x: Float tensor.
        n: Int >= 0, number of terms. The approximation is poor far from 0; more terms widen
            the range in which it is good.
        dtype: `"float32"` or `"float64"`, or the dtype object of the backend.
    """
    return arctan_by_fraction(_as_tensor(x, dtype), terms=int(n))


def atan2_tflite(y, x, n=100, dtype="float32"):
    """Returns the angle of `(x, y)` in [-pi, pi], approximated by a continued fraction.

    The approximation is poor where `y / x` is large. As in Kapre, it is pi or -pi (the sign of
    `y`) where `x` is 0, instead of pi / 2 or -pi / 2. It is 0 where both are 0.

    Args:
        y: Float tensor.
        x: Float tensor of the same shape.
        n: Int >= 0, number of terms.
        dtype: `"float32"` or `"float64"`, or the dtype object of the backend.
    """
    return arctan2_by_fraction(_as_tensor(y, dtype), _as_tensor(x, dtype), terms=int(n))


def _as_tensor(x, dtype):
    dtype = keras.backend.standardize_dtype(dtype)
    is_tensor = ops.is_tensor(x) or keras.utils.is_keras_tensor(x)
    return ops.cast(x, dtype) if is_tensor else ops.convert_to_tensor(x, dtype=dtype)
