"""Which native layers stand for a layer of Kapre's, and what is different then.

A twin is `(layers, changes)`: a list of `(class, arguments)` that are called one after the
other, and a sentence for the report. An argument that native layers refuse raises their
`ValueError`; the layer then stays Kapre's.
"""

import numpy as np
from keras.layers import Cropping1D
from keras.ops import convert_to_numpy

from kapre_like import layers as native
from kapre_like.kapre._windows import window_of
from kapre_like.kapre.migrate.filterbanks import same_bank
from kapre_like.kapre.migrate.move_channels import MoveChannels

SAME = "Same numbers."


def equivalent(name, layer):
    """Returns `(layers, changes)` for a layer whose class Kapre calls `name`."""
    return _EQUIVALENTS[name](layer)


def _formats(layer, parts):
    """The parts between moves of the channel axis, as the layer's data formats ask."""
    own = getattr(layer, "data_format", None)
    takes = getattr(layer, "input_data_format", own)
    gives = getattr(layer, "output_data_format", own)
    before = [(MoveChannels, {"to": "last"})] if takes == "channels_first" else []
    after = [(MoveChannels, {"to": "first"})] if gives == "channels_first" else []
    return [*before, *parts, *after]


def _short_clips(layer, needed, first=None):
    """The sentence about clips too short for a frame, unless all are known to be longer.

    Args:
        layer: Kapre's.
        needed: Int, samples that give a frame.
        first: Data format of its input.
    """
    shape = built_shape(layer) or (None, None, None)
    samples = shape[2 if first == "channels_first" else 1]
    if samples is not None and samples >= needed:
        return SAME
    short = f"under {needed} samples" if needed > 1 else "an empty one"
    return f"{SAME} A clip that gave no frame ({short}) gives one, filled up."


def built_shape(layer):
    """The shape of the input that the layer was built for, or `None`."""
    return (layer.get_build_config() or {}).get("input_shape") if layer.built else None


def _stft(layer, **output):
    n_fft, hop = int(layer.n_fft), int(layer.hop_length)
    win = int(layer.win_length)
    before = n_fft - hop if layer.pad_begin else 0
    # Frames are counted by the window there and by the transform here.
    after = n_fft - win + (win - 1 if layer.pad_end else 0)
    parts = [(native.Pad, {"before": before, "after": max(0, after)})]
    parts = parts if before or after > 0 else []
    if after < 0:
        parts.append((Cropping1D, {"cropping": (0, -after)}))
    transform = {"n_fft": n_fft, "hop_length": hop, "window": _window(layer), "center": False}
    parts = _formats(layer, [*parts, (native.STFT, {**transform, **output})])
    needed = max(1, (1 if layer.pad_end else win) - before)
    return parts, _short_clips(layer, needed, layer.input_data_format)


def _window(layer):
    """The window at the start of `n_fft` samples, where Kapre puts it: a name or numbers."""
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
    return parts, f"{changes} Any batch and length, in LiteRT too."


def _inverse_stft(layer):
    n_fft, hop, win = int(layer.n_fft), int(layer.hop_length), int(layer.win_length)
    if win > n_fft:
        raise ValueError(f"win_length={win} is more than n_fft={n_fft}")
    arguments = {"n_fft": n_fft, "hop_length": hop, "window": _window(layer), "center": False}
    parts = [(native.InverseSTFT, arguments)]
    if win < n_fft:
        parts.append((Cropping1D, {"cropping": (0, n_fft - win)}))
    changes = (
        f"Same numbers but for the first and last {win - hop} samples, which too few windows "
        "cover: Kapre fades them out, here they come out at their own level."
    )
    return _formats(layer, parts), changes


def _magnitude(layer):  # noqa: ARG001
    return [(native.Magnitude, {})], SAME


def _phase(layer):
    if not getattr(layer, "approx_atan_accuracy", None):
        return [(native.Phase, {})], SAME
    return [(native.Phase, {})], (
        "Exact angles instead of approximate ones, which were off where the imaginary part is "
        "many times the real one, and pi instead of pi / 2 where the real one is 0."
    )


def _magnitude_to_decibel(layer):
    if len(built_shape(layer) or (None, None)) == 1:
        raise ValueError("of one axis, all of it is one clip there")
    # Kapre's reference cannot be under its floor.
    amin = 1e-5 if layer.amin is None else float(layer.amin)
    arguments = {
        "ref": max(amin, float(layer.ref_value)),
        "amin": amin,
        "top_db": float(layer.dynamic_range),
    }
    return [(native.PowerToDecibel, arguments)], (
        f"{SAME} They are 10 * log10 of a magnitude, half of its decibels; for true ones use "
        "MagnitudeToDecibel and train again."
    )


def _apply_filterbank(layer):
    arguments = same_bank(layer.type, layer.filterbank_kwargs, layer.filterbank)
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
    needed = 1 if layer.pad_end else int(layer.frame_length)
    return arguments, needed


def _frame(layer):
    arguments, needed = _frames(layer)
    changes = _short_clips(layer, needed, layer.data_format)
    return _formats(layer, [(native.Frame, arguments)]), changes


def _energy(layer):
    arguments, needed = _frames(layer)
    arguments |= {"sample_rate": layer.sample_rate, "ref_duration": layer.ref_duration}
    changes = _short_clips(layer, needed, layer.data_format)
    return _formats(layer, [(native.Energy, arguments)]), changes


def _mu_law_encoding(layer):
    arguments = {"quantization_channels": layer.quantization_channels}
    return [(native.MuLawEncoding, arguments)], (
        f"{SAME} Samples outside [-1, 1] count as -1 or 1; their codes were out of range."
    )


def _mu_law_decoding(layer):
    arguments = {"quantization_channels": layer.quantization_channels}
    return [(native.MuLawDecoding, arguments)], SAME


def _mfcc(layer):
    bands = _bands(layer)
    counts = [int(n) for n in (layer.n_mfccs, bands) if n is not None]
    if not counts:
        raise ValueError("n_mfccs=None, and the number of bands is not known yet")
    arguments = {"n_cepstra": min(counts), "norm": "htk"}
    return _formats(layer, [(native.Cepstrum, arguments)]), (
        f"{SAME} They are scaled as HTK's; norm='ortho' is librosa's."
    )


def _bands(layer):
    """Mel bands of the input that the layer was built for, or `None`."""
    shape = built_shape(layer)
    if shape is None or len(shape) != 4:
        return None
    return shape[3 if layer.data_format == "channels_first" else 2]


def _spec_augment(layer):
    arguments = {
        # The widest span there is `param` wide, here `param - 1`.
        "freq_mask_param": int(layer.freq_mask_param) + 1,
        "time_mask_param": int(layer.time_mask_param) + 1,
        "n_freq_masks": int(layer.n_freq_masks),
        "n_time_masks": int(layer.n_time_masks),
        "mask_value": float(layer.mask_value),
    }
    return _formats(layer, [(native.SpecAugment, arguments)]), (
        "Same numbers at inference. In training other draws: a span is 0 to param wide, not 1 "
        "to param, and any place is as likely; any number of channels."
    )


def _channel_swap(layer):
    return _formats(layer, [(native.ChannelSwap, {})]), (
        "Same numbers at inference. In training every clip has an order of its own at every "
        "step; Kapre's graph kept the one that it was traced with."
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
