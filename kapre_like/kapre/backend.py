"""Functions of Kapre's `backend`: windows, decibels, filterbanks, mu-law, data formats.

The arithmetic is that of `kapre_like.ops` and `kapre_like.filters`. Tensors, variables and
NumPy arrays are taken alike.
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
    """Returns what `"default"` stands for: Keras's setting at this moment."""
    return keras.config.image_data_format()


def _get_floatx():
    """Returns the name of Keras's default float dtype."""
    return keras.config.floatx()


def get_window_fn(window_name=None):
    """Returns the window function of a name.

    Args:
        window_name: `"hann_window"`, `"hamming_window"`, `"kaiser_window"`,
            `"kaiser_bessel_derived_window"` or `"vorbis_window"`; `None` means the first.

    Returns:
        A function with the signature and values of `tf.signal`'s of that name, such as
        `hann_window(window_length, periodic=True, dtype="float32")`, for any backend.

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
    """Raises unless `data_format` is one of the three strings.

    Args:
        data_format: `"default"`, `"channels_first"` or `"channels_last"`.

    Raises:
        TypeError: If it is no string.
        ValueError: If it is another string.
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

    The factor is 10 although `x` is a magnitude: Kapre's decibels, half of the physicist's.
    `kapre_like.MagnitudeToDecibel` has the factor 20.

    Args:
        x: Float tensor. With two axes or more the first is the batch, and each clip has its
            own peak; with one, all of it is one clip.
        ref_value: Number > 0 that maps to 0 dB.
        amin: Number > 0, the floor under `x`. `None` means 1e-5.
        dynamic_range: Number > 0 in dB: nothing is further below its clip's peak.

    Returns:
        A tensor of the shape and dtype of `x`.

    Raises:
        ValueError: If one of the three numbers is not above 0.
    """
    ref, amin, span = _check_decibel(ref_value, amin, dynamic_range)
    x = _as_float(x)
    dtype = keras.backend.standardize_dtype(x.dtype)
    # Half a precision would round the sum of two logarithms.
    y = ops.cast(x, "float64" if dtype == "float64" else "float32")
    flat = len(x.shape) < 2
    y = ops.reshape(y, (1, -1)) if flat else y
    y = decibel(y, factor=10.0, ref=max(ref, amin), amin=amin, top_db=span, mask=None)
    y = ops.reshape(y, ops.shape(x)) if flat else y
    return ops.cast(y, dtype)


def _check_decibel(ref_value, amin, dynamic_range):
    """Returns the three numbers as floats; raises unless they are above 0."""
    ref, floor, span = (_number(x) for x in (ref_value, amin, dynamic_range))
    floor = 1e-5 if floor is None else floor
    _check.positive("magnitude_to_decibel", ref_value=ref, amin=floor, dynamic_range=span)
    return float(ref), float(floor), float(span)


def _number(value):
    """What an array or a tensor of one number holds; anything else as it is."""
    return ops.convert_to_numpy(value)[()] if hasattr(value, "shape") else value


def _as_float(x):
    """A floating point tensor; what is none takes Keras's default float dtype."""
    if not (keras.utils.is_keras_tensor(x) or ops.is_tensor(x)):
        x = ops.convert_to_tensor(x)
    known = keras.backend.is_float_dtype(keras.backend.standardize_dtype(x.dtype))
    return x if known else ops.cast(x, _get_floatx())


def filterbank_mel(
    sample_rate, n_freq, n_mels=128, f_min=0.0, f_max=None, htk=False, norm="slaney"
):
    """Returns mel bands, those of `librosa.filters.mel`, turned and in Keras's float dtype.

    Args:
        sample_rate: Number > 0, Hz.
        n_freq: Int > 1, frequencies of the spectrogram, `n_fft // 2 + 1` for an even `n_fft`.
        n_mels: Int > 0, bands.
        f_min: Number >= 0, Hz, where the first band starts.
        f_max: Number > `f_min`, Hz, where the last band ends; `None` means half the rate.
        htk: Whether the HTK formula makes mels, not Slaney's.
        norm: `"slaney"` for area 1 in Hz, a number for that norm of each band to be 1
            (infinity and 0 as in `librosa.util.normalize`), or `None` for height 1.

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
    """Returns bands of constant quality, bell-shaped over the logarithm of the frequency.

    Args:
        sample_rate: Number > 0, Hz.
        n_freq: Int > 1, frequencies of the spectrogram.
        n_bins: Int > 0, bands.
        bins_per_octave: Int > 0, bands in an octave.
        f_min: Number > 0, Hz, the middle of the first band; `None` means C1, 32.70319566.
        spread: Number > 0, standard deviation of the bell in octaves times
            `bins_per_octave`.

    Returns:
        A tensor `(n_freq, n_bins)` in Keras's float dtype; each band sums to 1.

    Raises:
        RuntimeError: If the bands reach above half the sample rate.
        ValueError: If an argument is outside its domain.
    """
    matrix = log_bank(
        "filterbank_log", sample_rate=sample_rate, n_freq=n_freq, n_bins=n_bins,
        bins_per_octave=bins_per_octave, f_min=f_min, spread=spread,
    )  # fmt: skip
    return ops.convert_to_tensor(matrix, dtype=_get_floatx())


def mu_law_encoding(signal, quantization_channels):
    """Returns codes `0 .. quantization_channels - 1` of a signal in [-1, 1], int32.

    Values outside [-1, 1] give codes outside that range, as in Kapre.

    Args:
        signal: Float tensor of any shape.
        quantization_channels: Number of codes; 256 for 8 bits.

    Raises:
        ValueError: If there are less than 2 codes.
    """
    _check_codes("mu_law_encoding", quantization_channels)
    x = _as_float(signal)
    return mu_law_encode(x, quantization_channels=quantization_channels)


def mu_law_decoding(signal_mu, quantization_channels):
    """Returns the signal of mu-law codes in Keras's float dtype; undoes `mu_law_encoding`.

    Args:
        signal_mu: Tensor of codes of any shape.
        quantization_channels: Number of codes; 256 for 8 bits.

    Raises:
        ValueError: If there are less than 2 codes.
    """
    _check_codes("mu_law_decoding", quantization_channels)
    codes = ops.cast(_as_float(signal_mu), _get_floatx())
    return mu_law_decode(codes, quantization_channels=quantization_channels)


def _check_codes(owner, value, most=None):
    """Raises unless `value` is a number of codes; Kapre takes a float here too."""
    _check.number(owner, quantization_channels=value)
    if value < 2 or (most is not None and value > most):
        rule = "at least 2" if most is None else f"in 2 .. {most}"
        _check.fail(owner, "quantization_channels", rule, value, "Use 256 for 8 bits.")
