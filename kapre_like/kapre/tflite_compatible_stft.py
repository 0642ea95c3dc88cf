"""The short-time Fourier transform in operators that LiteRT has: no complex number, no FFT."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.filters import dft_kernels
from kapre_like.kapre._frames import cut
from kapre_like.ops.fourier import rfft
from kapre_like.ops.framing import fit
from kapre_like.ops.lowering import plain_operators
from kapre_like.ops.polar import arctan2_by_fraction, arctan_by_fraction


def _rdft_matrix(dft_length):
    """Returns the complex64 array `(dft_length, dft_length // 2 + 1)` of the transform."""
    real, imag = dft_kernels(dft_length)
    return (real + 1j * imag).astype("complex64")


def _rdft(signal, dft_length):
    """Returns the real Fourier transform as `(..., dft_length // 2 + 1, 2)`, float32.

    Args:
        signal: Float tensor `(..., samples)`, cut or filled up with zeros to `dft_length`.
        dft_length: Int > 0.
    """
    frames = fit(ops.cast(signal, "float32"), length=dft_length)
    with plain_operators():
        return ops.stack(rfft(frames), axis=-1)


def fixed_frame(signal, frame_length, frame_step):
    """Returns the whole frames of a signal of known length.

    Args:
        signal: Tensor `(..., samples)`.
        frame_length: Int > 0, samples.
        frame_step: Int > 0, samples between frames.

    Returns:
        `(..., frames, frame_length)`.

    Raises:
        ValueError: If the number of samples is not known, or 0.
    """
    check_length("fixed_frame", signal.shape)
    _check.positive_int("fixed_frame", frame_length=frame_length, frame_step=frame_step)
    return cut(signal, frame_length, frame_step, pad_end=False)


def stft_tflite(signal, frame_length, frame_step, fft_length, window_fn, pad_end):
    """Returns the short-time Fourier transform as real numbers, in built-in operators.

    Args:
        signal: Tensor `(..., samples)` of known length.
        frame_length: Int > 0, samples under the window.
        frame_step: Int > 0, samples between frames.
        fft_length: Int > 0, FFT size; frames are cut or filled up with zeros.
        window_fn: Function of a length that returns a window, see `backend.get_window_fn`.
        pad_end: Whether a frame starts at every `frame_step` inside the signal.

    Returns:
        Float32 tensor `(..., frames, fft_length // 2 + 1, 2)`: real and imaginary parts.

    Raises:
        ValueError: If the number of samples is not known, or 0.
    """
    check_length("stft_tflite", signal.shape)
    signal = ops.cast(signal, "float32")
    frames = cut(signal, frame_length, frame_step, pad_end)
    window = ops.cast(window_fn(frame_length), "float32")
    return _rdft(ops.multiply(frames, window), fft_length)


def check_length(owner, shape):
    """Raises unless the last axis of `shape` is known and above 0."""
    if not shape[-1]:
        raise ValueError(
            f"{owner}: expects a known number of samples above 0, since LiteRT's frames are "
            f"fixed. Received: shape={tuple(shape)}. Use keras.Input((16000, 1))."
        )


def continued_fraction_arctan(x, n=100, dtype="float32"):
    """Returns the arc tangent by a continued fraction of `n` terms, poor far from 0.

    Args:
        x: Float tensor.
        n: Int >= 0; the more terms, the further from 0 it is near.
        dtype: `"float32"` or `"float64"`, or such a dtype of the backend.
    """
    return arctan_by_fraction(_as(x, dtype), terms=int(n))


def atan2_tflite(y, x, n=100, dtype="float32"):
    """Returns the angle of `(x, y)` in [-pi, pi], by the continued fraction.

    It is poor where `y / x` is large. Where `x` is 0, it is pi or -pi by the sign of `y`, as
    in Kapre, and not half of that; where both are 0, it is 0.

    Args:
        y: Float tensor.
        x: Float tensor of the same shape.
        n: Int >= 0, terms.
        dtype: `"float32"` or `"float64"`, or such a dtype of the backend.
    """
    return arctan2_by_fraction(_as(y, dtype), _as(x, dtype), terms=int(n))


def _as(x, dtype):
    dtype = keras.backend.standardize_dtype(dtype)
    known = ops.is_tensor(x) or keras.utils.is_keras_tensor(x)
    return ops.cast(x, dtype) if known else ops.convert_to_tensor(x, dtype=dtype)
