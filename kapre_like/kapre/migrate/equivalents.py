"""The native equivalent of each layer of Kapre.

An equivalent is `(layers, changes)`: a list of `(class, arguments)`, which are called in this
order, and a sentence for the report. If a native layer refuses an argument, its `ValueError`
is raised, and the layer of Kapre is kept.
"""

import numpy as np
from keras.layers import Cropping1D
from keras.ops import convert_to_numpy

from kapre_like import layers as native
from kapre_like.kapre._windows import window_of
from kapre_like.kapre.migrate.filterbanks import bank_arguments
from kapre_like.kapre.migrate.move_channels import MoveChannels

SAME = "Same numbers."


def equivalent(name, layer):
    """Returns `(layers, changes)` for a layer of Kapre's class `name`."""
    return _EQUIVALENTS[name](layer)


def _formats(layer, parts):
    """Adds `MoveChannels` before and after the layers, as the data formats need it."""
    own = getattr(layer, "data_format", None)
    input_format = getattr(layer, "input_data_format", own)
    output_format = getattr(layer, "output_data_format", own)
    before = [(MoveChannels, {"to": "last"})] if input_format == "channels_first" else []
    after = [(MoveChannels, {"to": "first"})] if output_format == "channels_first" else []
    return [*before, *parts, *after]


def _short_clips(layer, min_samples, data_format=None):
    """Returns `changes` for a layer that cuts frames, with a note if a clip may be too short.

    Args:
        layer: Layer of Kapre.
        min_samples: Int, number of samples in the shortest clip that has a frame.
        data_format: Data format of the input.
    """
    shape = built_shape(layer) or (None, None, None)
    samples = shape[2 if data_format == "channels_first" else 1]
    if samples is not None and samples >= min_samples:
        return SAME
    clip = f"A clip of fewer than {min_samples} samples"
    clip = clip if min_samples > 1 else "An empty clip"
    return f"{SAME} {clip} had no frame and now has one, which is padded."


def built_shape(layer):
    """Returns the input shape that the layer was built for, or `None`."""
    return (layer.get_build_config() or {}).get("input_shape") if layer.built else None


def _stft(layer, **output):
    n_fft, hop = int(layer.n_fft), int(layer.hop_length)
    win = int(layer.win_length)
    before = n_fft - hop if layer.pad_begin else 0
    # Kapre counts the frames by `win_length`, the native layer by `n_fft`.
    after = n_fft - win + (win - 1 if layer.pad_end else 0)
    parts = [(native.Pad, {"before": before, "after": max(0, after)})]
    parts = parts if before or after > 0 else []
    if after < 0:
        parts.append((Cropping1D, {"cropping": (0, -after)}))
    transform = {"n_fft": n_fft, "hop_length": hop, "window": _window(layer), "center": False}
    parts = _formats(layer, [*parts, (native.STFT, {**transform, **output})])
    min_samples = max(1, (1 if layer.pad_end else win) - before)
    return parts, _short_clips(layer, min_samples, layer.input_data_format)


def _window(layer):
    """Returns a name, or a list with the window at the start of `n_fft` samples as in Kapre."""
    name = getattr(layer, "window_name", getattr(layer, "forward_window_name", None))
    n_fft, win = int(layer.n_fft), int(layer.win_length)
    known = {None: "hann", "hann_window": "hann", "hamming_window": "hamming"}
    # TensorFlow's windows of odd length are symmetric, SciPy's periodic.
    if win == n_fft and win % 2 == 0 and name in known:
        return known[name]
    numbers = np.asarray(convert_to_numpy(window_of(name)(win)), "float64")[:n_fft]
    return np.pad(numbers, (0, n_fft - len(numbers))).tolist()


def _stft_tflite(layer):
    parts, changes = _stft(layer, output="real_imag")
    return parts, f"{changes} Any batch size and length, also in LiteRT."


def _inverse_stft(layer):
    n_fft, hop, win = int(layer.n_fft), int(layer.hop_length), int(layer.win_length)
    if win > n_fft:
        raise ValueError(f"win_length={win} is more than n_fft={n_fft}")
    arguments = {"n_fft": n_fft, "hop_length": hop, "window": _window(layer), "center": False}
    parts = [(native.InverseSTFT, arguments)]
    if win < n_fft:
        parts.append((Cropping1D, {"cropping": (0, n_fft - win)}))
    changes = (
        f"Same numbers except in the first and last {win - hop} samples, where fewer windows "
        "overlap: Kapre fades these samples, the native layer returns them at full level."
    )
    return _formats(layer, parts), changes


def _magnitude(layer):  # noqa: ARG001
    return [(native.Magnitude, {})], SAME


def _phase(layer):
    if not getattr(layer, "approx_atan_accuracy", None):
        return [(native.Phase, {})], SAME
    return [(native.Phase, {})], (
        "Exact angles. Kapre's approximation is wrong where the imaginary part is much larger "
        "than the real part, and it is pi instead of pi / 2 where the real part is 0."
    )


def _magnitude_to_decibel(layer):
    if len(built_shape(layer) or (None, None)) == 1:
        raise ValueError("Kapre takes a tensor of one axis as a single clip")
    # In Kapre a reference below `amin` counts as `amin`.
    amin = 1e-5 if layer.amin is None else float(layer.amin)
    arguments = {
        "ref": max(amin, float(layer.ref_value)),
        "amin": amin,
        "top_db": float(layer.dynamic_range),
    }
    return [(native.PowerToDecibel, arguments)], (
        f"{SAME} They are 10 * log10 of a magnitude, half of its usual decibels. For usual "
        "decibels use MagnitudeToDecibel and train again."
    )


def _apply_filterbank(layer):
    arguments = bank_arguments(layer.type, layer.filterbank_kwargs, layer.filterbank)
    return _formats(layer, [(native.ApplyFilterbank, arguments)]), SAME


def _delta(layer):
    arguments = {"win_length": int(layer.win_length), "mode": layer.mode.lower()}
    return _formats(layer, [(native.Delta, arguments)]), SAME


def _frequency_map(layer):
    return _formats(layer, [(native.ConcatenateFrequencyMap, {})]), SAME


def _frames(layer):
    arguments = {
        "frame_length": int(layer.frame_length),
        "hop_length": int(layer.hop_length),
        "pad_end": bool(layer.pad_end),
        "pad_value": float(layer.pad_value),
    }
    min_samples = 1 if layer.pad_end else int(layer.frame_length)
    return arguments, min_samples


def _frame(layer):
    arguments, min_samples = _frames(layer)
    changes = _short_clips(layer, min_samples, layer.data_format)
    return _formats(layer, [(native.Frame, arguments)]), changes


def _energy(layer):
    arguments, min_samples = _frames(layer)
    arguments |= {"sample_rate": layer.sample_rate, "ref_duration": layer.ref_duration}
    changes = _short_clips(layer, min_samples, layer.data_format)
    return _formats(layer, [(native.Energy, arguments)]), changes


def _mu_law_encoding(layer):
    arguments = {"quantization_channels": layer.quantization_channels}
    return [(native.MuLawEncoding, arguments)], (
        f"{SAME} Samples outside [-1, 1] are clipped. Kapre's codes for them were out of range."
    )


def _mu_law_decoding(layer):
    arguments = {"quantization_channels": layer.quantization_channels}
    return [(native.MuLawDecoding, arguments)], SAME


def _mfcc(layer):
    bands = _bands(layer)
    counts = [int(n) for n in (layer.n_mfccs, bands) if n is not None]
    if not counts:
        raise ValueError("n_mfccs=None, and the number of bands is unknown")
    arguments = {"n_cepstra": min(counts), "norm": "htk"}
    return _formats(layer, [(native.Cepstrum, arguments)]), (
        f"{SAME} They are scaled as in HTK. norm='ortho' scales them as in librosa."
    )


def _bands(layer):
    """Returns the number of mel bands that the layer was built for, or `None`."""
    shape = built_shape(layer)
    if shape is None or len(shape) != 4:
        return None
    return shape[3 if layer.data_format == "channels_first" else 2]


def _spec_augment(layer):
    arguments = {
        # Kapre's largest width is `param`, that of the native layer `param - 1`.
        "freq_mask_param": int(layer.freq_mask_param) + 1,
        "time_mask_param": int(layer.time_mask_param) + 1,
        "n_freq_masks": int(layer.n_freq_masks),
        "n_time_masks": int(layer.n_time_masks),
        "mask_value": float(layer.mask_value),
    }
    return _formats(layer, [(native.SpecAugment, arguments)]), (
        "Same numbers at inference. In training the masks differ: they are 0 to param wide, "
        "not 1 to param, and all positions are equally likely. Any number of channels."
    )


def _channel_swap(layer):
    return _formats(layer, [(native.ChannelSwap, {})]), (
        "Same numbers at inference. In training each clip has its own order at each step. "
        "Kapre's graph repeated the order that was drawn when it was traced."
    )


_EQUIVALENTS = {
    "STFT": _stft,
    "InverseSTFT": _inverse_stft,
    "Magnitude": _magnitude,
    "Phase": _phase,
    "MagnitudeToDecibel": _magnitude_to_decibel,
    "ApplyFilterbank": _apply_filterbank,
    "Delta": _delta,
    "ConcatenateFrequencyMap": _frequency_map,
    "Frame": _frame,
    "Energy": _energy,
    "MuLawEncoding": _mu_law_encoding,
    "MuLawDecoding": _mu_law_decoding,
    "LogmelToMFCC": _mfcc,
    "SpecAugment": _spec_augment,
    "ChannelSwap": _channel_swap,
    "STFTTflite": _stft_tflite,
    "MagnitudeTflite": _magnitude,
    "PhaseTflite": _phase,
}
NAMES = frozenset(_EQUIVALENTS)
