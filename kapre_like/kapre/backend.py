"""Functions of Kapre's `backend`: windows, decibels, filterbanks, mu-law, data formats.

The arithmetic is in `kapre_like.ops` and `kapre_like.filters`. Every function accepts tensors,
variables and NumPy arrays.
"""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.filters.kapre_banks import log_bank, mel_bank
from kapre_like.kapre._windows import WINDOWS, hann_window
from kapre_like.ops.compression import decibel, mu_law_decode, mu_law_encode

_CH_FIRST_STR = "channels_first"
_CH_LAST_STR = "channels_last"
_CH_DEFAULT_STR = "default"


def _get_image_data_format():
    """Returns the format that `"default"` means: Keras's current image data format."""
    return keras.config.image_data_format()


def _get_floatx():
    """Returns the name of Keras's default float dtype."""
    return keras.config.floatx()


def get_window_fn(window_name=None):
    """Returns the window function of a name.

    Args:
        window_name: `"hann_window"`, `"hamming_window"`, `"kaiser_window"`,
            `"kaiser_bessel_derived_window"` or `"vorbis_window"`; `None` means a Hann window.

    Returns:
        A function such as `hann_window(window_length, periodic=True, dtype="float32")`. It has
        the signature and values of the `tf.signal` function of that name, on any backend.

    Raises:
        NotImplementedError: If there is no window of that name.
    """
    if window_name is None:
        return hann_window
    if isinstance(window_name, str) and window_name in WINDOWS:
        return WINDOWS[window_name]
    raise NotImplementedError(
        f"get_window_fn: `window_name` must be one of {[None, *WINDOWS]}. "
        f"Received: window_name={window_name!r}."
    )


def validate_data_format_str(data_format):
    """Raises an error if `data_format` is not a data format.

    Args:
        data_format: `"default"`, `"channels_first"` or `"channels_last"`.

    Raises:
        TypeError: If `data_format` is not a string.
        ValueError: If `data_format` is an unknown string.
    """
    _check_data_format("validate_data_format_str", "data_format", data_format)


def _check_data_format(owner, name, value):
    known = [_CH_FIRST_STR, _CH_LAST_STR, _CH_DEFAULT_STR]
    if not isinstance(value, str):
        raise TypeError(
            f"{owner}: `{name}` must be a string, one of {known}. Received: {name}={value!r}."
        )
    _check.one_of(owner, known, **{name: value})


def magnitude_to_decibel(x, ref_value=1.0, amin=1e-5, dynamic_range=80.0):
    """Returns `10 * log10(max(x, amin) / max(ref_value, amin))`, with a floor per clip.

    As in Kapre, the factor is 10 although `x` is a magnitude. The results are half of the usual
    decibels of a magnitude, which `kapre_like.MagnitudeToDecibel` computes with the factor 20.

    Args:
        x: Float tensor. The first axis is the batch. A tensor with one axis is a single clip.
        ref_value: Number > 0 that maps to 0 dB.
        amin: Number > 0. Smaller values of `x` count as `amin`. `None` means 1e-5.
        dynamic_range: Number > 0, dB. Results further below the peak of their clip are raised
            to this distance from it.

    Returns:
        A tensor with the shape and dtype of `x`.

    Raises:
        ValueError: If `ref_value`, `amin` or `dynamic_range` is not above 0.
    """
    ref, amin, span = _check_decibel(ref_value, amin, dynamic_range)
    x = _as_float(x)
    dtype = keras.backend.standardize_dtype(x.dtype)
    # Half precision is too coarse for the difference of two logarithms.
    y = ops.cast(x, "float64" if dtype == "float64" else "float32")
    flat = len(x.shape) < 2
    y = ops.reshape(y, (1, -1)) if flat else y
    y = decibel(y, factor=10.0, ref=max(ref, amin), amin=amin, top_db=span, mask=None)
    y = ops.reshape(y, ops.shape(x)) if flat else y
    return ops.cast(y, dtype)


def _check_decibel(ref_value, amin, dynamic_range):
    """Returns the three numbers as floats; raises `ValueError` if one is not above 0."""
    ref, floor, span = (_number(x) for x in (ref_value, amin, dynamic_range))
    floor = 1e-5 if floor is None else floor
    _check.positive("magnitude_to_decibel", ref_value=ref, amin=floor, dynamic_range=span)
    return float(ref), float(floor), float(span)


def _number(value):
    """Returns the number in a scalar array or tensor; any other value unchanged."""
    return ops.convert_to_numpy(value)[()] if hasattr(value, "shape") else value


def _as_float(x):
    """Returns a floating-point tensor; any other dtype becomes Keras's default float dtype."""
    if not (keras.utils.is_keras_tensor(x) or ops.is_tensor(x)):
        x = ops.convert_to_tensor(x)
    known = keras.backend.is_float_dtype(keras.backend.standardize_dtype(x.dtype))
    return x if known else ops.cast(x, _get_floatx())


def filterbank_mel(
    sample_rate, n_freq, n_mels=128, f_min=0.0, f_max=None, htk=False, norm="slaney"
):
    """Returns the transpose of `librosa.filters.mel` in Keras's default float dtype.

    Args:
        sample_rate: Number > 0, Hz.
        n_freq: Int > 1, frequency bins of the spectrogram: `n_fft // 2 + 1`, `n_fft` even.
        n_mels: Int > 0, number of mel bands.
        f_min: Number >= 0, Hz. Lower edge of the first band.
        f_max: Number > `f_min`, Hz. Upper edge of the last band; `None` means half the sample
            rate.
        htk: Whether to use the HTK mel formula instead of Slaney's.
        norm: `"slaney"` scales each band to area 1 in Hz. A number `p` scales it to p-norm 1;
            infinity and 0 mean the same as in `librosa.util.normalize`. `None` keeps height 1.

    Returns:
        A tensor `(n_freq, n_mels)`.

    Raises:
        ValueError: If an argument is outside its domain.
    """
    matrix = mel_bank(
        "filterbank_mel", sample_rate=sample_rate, n_freq=n_freq, n_mels=n_mels, f_min=f_min,
        f_max=f_max, htk=htk, norm=norm,
    )  # fmt: skip
    return ops.convert_to_tensor(matrix, dtype=_get_floatx())


def filterbank_log(
    sample_rate, n_freq, n_bins=84, bins_per_octave=12, f_min=None, spread=0.125
):
    """Returns constant-Q bands, which are bell-shaped over the logarithm of the frequency.

    Args:
        sample_rate: Number > 0, Hz.
        n_freq: Int > 1, frequency bins of the spectrogram.
        n_bins: Int > 0, number of bands.
        bins_per_octave: Int > 0, bands per octave.
        f_min: Number > 0, Hz. Center of the first band; `None` means C1, 32.70319566.
        spread: Number > 0, standard deviation of the bell in bands. A band is
            `1 / bins_per_octave` octaves wide.

    Returns:
        A tensor `(n_freq, n_bins)` in Keras's default float dtype. Each band sums to 1.

    Raises:
        RuntimeError: If the bands exceed half the sample rate.
        ValueError: If an argument is outside its domain.
    """
    matrix = log_bank(
        "filterbank_log", sample_rate=sample_rate, n_freq=n_freq, n_bins=n_bins,
        bins_per_octave=bins_per_octave, f_min=f_min, spread=spread,
    )  # fmt: skip
    return ops.convert_to_tensor(matrix, dtype=_get_floatx())


def mu_law_encoding(signal, quantization_channels):
    """Returns the mu-law codes of a signal: int32 in `0 .. quantization_channels - 1`.

    As in Kapre, samples outside [-1, 1] have codes outside this range.

    Args:
        signal: Float tensor of any shape, with samples in [-1, 1].
        quantization_channels: Number of codes; 256 for 8 bits.

    Raises:
        ValueError: If `quantization_channels` is less than 2.
    """
    _check_codes("mu_law_encoding", quantization_channels)
    x = _as_float(signal)
    return mu_law_encode(x, quantization_channels=quantization_channels)


def mu_law_decoding(signal_mu, quantization_channels):
    """Returns the signal of mu-law codes in Keras's default float dtype.

    It is the inverse of `mu_law_encoding`, except for the rounding.

    Args:
        signal_mu: Tensor of codes of any shape.
        quantization_channels: Number of codes; 256 for 8 bits.

    Raises:
        ValueError: If `quantization_channels` is less than 2.
    """
    _check_codes("mu_law_decoding", quantization_channels)
    codes = ops.cast(_as_float(signal_mu), _get_floatx())
    return mu_law_decode(codes, quantization_channels=quantization_channels)


def _check_codes(owner, value, max_value=None):
    """Raises `ValueError` unless `value` is a number of codes. Kapre accepts floats too."""
    _check.number(owner, quantization_channels=value)
    if value < 2 or (max_value is not None and value > max_value):
        rule = "at least 2" if max_value is None else f"in 2 .. {max_value}"
        _check.fail(owner, "quantization_channels", rule, value, "Use 256 for 8 bits.")
