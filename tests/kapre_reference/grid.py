"""The grid: `committed()` has few and small cases, `everything()` is for the side by side."""

import itertools
from dataclasses import dataclass, replace

from kapre_reference.cases import case
from kapre_reference.pointwise import (
    DECIBELS,
    KAISER_BESSEL,
    RATE,
    WINDOWS,
    filterbank_options,
    filterbanks,
    functions,
    pointwise,
)

FIRST, LAST, DEFAULT = "channels_first", "channels_last", "default"
FORMATS = (FIRST, LAST, DEFAULT)
SETTINGS = tuple(itertools.product((1, 2, 6), FORMATS, (LAST, FIRST)))
PADS = tuple(itertools.product((False, True), repeat=2))


@dataclass(frozen=True)
class Sizes:
    """Window lengths below, at and above `n_fft`, odd ones too; clips around a window."""

    n_fft: int
    samples: int
    windows: tuple
    hops: tuple
    lengths: tuple


SMALL = Sizes(16, 40, (None, 12, 11, 20), (1, 3, 16, 20), (1, 11, 12, 13, 16, 21))
MIDDLE = Sizes(64, 500, (None, 40, 41, 63, 64, 65, 80), (1, 7, 64, 90), (1, 39, 40, 41, 64))
# As in speech: 512 points, 25 ms every 10 ms. And an odd number of points.
SPEECH = Sizes(512, 4000, (400, 512, 600), (160,), (399, 400, 560))
ODD = Sizes(33, 200, (None, 33, 25, 40), (8,), (24, 33, 41))


def committed():
    """Cases whose numbers of the real Kapre are committed: a sample of each kind."""
    parts = [*parts_of(SMALL).items()]
    steps = {"composed": 19, "crossed": 301, "stft_formats": 5, "formats": 2, "frames": 9}
    cases = [one for name, part in parts for one in part[:: steps.get(name, 1)]]
    double = [one for name, part in parts for one in part[:: 11 * steps.get(name, 1)]]
    return unique([*cases, *in_float64(double), *pointwise()[::3], *functions()])


def everything():
    """The whole grid for the side by side: each part whole, or sampled where parts multiply."""
    cases = [*committed(), *pointwise()]
    steps = {"composed": 5, "crossed": 101, "frames": 2}
    for sizes in (SMALL, MIDDLE, SPEECH, ODD):
        if sizes is not SMALL:
            steps.update(stft_formats=4, formats=3)
        parts = parts_of(sizes).items()
        sampled = [one for name, part in parts for one in part[:: steps.get(name, 1)]]
        cases += [*sampled, *in_float64(sampled[::6])]
    return unique(cases)


def unique(cases):
    return list({str(one): one for one in cases}.values())


def parts_of(sizes):
    makers = (spectra, inverses, frames, filterbanks, composed, stft_formats, formats, crossed)
    return {maker.__name__: [*maker(sizes)] for maker in makers}


def in_float64(cases):
    """Kapre's TFLite layers are float32 always, and its map of frequencies joins no other."""
    single = ("STFTTflite", "ConcatenateFrequencyMap", "get_frequency_aware_conv2d")
    return [replace(one, floatx="float64") for one in cases if one.target not in single]


def windows(sizes):
    """Kapre's Kaiser-Bessel window of odd length is one short, and no STFT takes it."""
    for window, win in itertools.product(WINDOWS, sizes.windows):
        if window != KAISER_BESSEL or (win or sizes.n_fft) % 2 == 0:
            yield {"n_fft": sizes.n_fft, "win_length": win, "window_name": window}


def analyses(sizes):
    """Arguments of an STFT and the number of samples it gets."""
    for (begin, end), one in itertools.product(PADS, windows(sizes)):
        yield {**one, "pad_begin": begin, "pad_end": end}, sizes.samples
    for (begin, end), hop in itertools.product(PADS, sizes.hops):
        if hop <= sizes.n_fft or not begin:
            one = {"n_fft": sizes.n_fft, "hop_length": hop}
            yield {**one, "pad_begin": begin, "pad_end": end}, sizes.samples
    for (begin, end), samples in itertools.product(PADS, sizes.lengths):
        win = sizes.windows[1] or sizes.n_fft
        padded = samples + begin * (sizes.n_fft - win // 4)
        # Kapre cannot transform no frames of a window shorter than the transform.
        if end or padded >= win or win == sizes.n_fft:
            one = {"n_fft": sizes.n_fft, "win_length": win}
            yield {**one, "pad_begin": begin, "pad_end": end}, samples


def spectra(sizes):
    for place, (arguments, samples) in enumerate(analyses(sizes)):
        shape = (1 + (place % 4 == 0), samples, 1)
        yield case("STFT", "complex", shape, **arguments)
        # Kapre cannot transform a window longer than the transform there.
        if place % 4 == 0 and (arguments.get("win_length") or 0) <= sizes.n_fft:
            yield case("STFTTflite", "complex", shape, **arguments)


def inverses(sizes):
    shape = (2, 5, sizes.n_fft // 2 + 1, 1)
    for one, parts in itertools.product(windows(sizes), (2, 4)):
        arguments = {"n_fft": sizes.n_fft, "win_length": one["win_length"]}
        arguments["hop_length"] = (one["win_length"] or sizes.n_fft) // parts
        arguments["forward_window_name"] = one["window_name"]
        yield case("InverseSTFT", "waveform", shape, source="spectrum", **arguments)
    for hop, wave, stft in itertools.product(sizes.hops, FORMATS, FORMATS):
        if 1 < hop < sizes.n_fft and DEFAULT not in (wave, stft):
            shape = (2, 2, sizes.samples) if wave == FIRST else (2, sizes.samples, 2)
            formats = {"waveform_data_format": wave, "stft_data_format": stft}
            name = "get_perfectly_reconstructing_stft_istft"
            size = {"n_fft": sizes.n_fft, "hop_length": hop}
            yield case(name, "waveform", shape, use="inverse", **size, **formats)


def resolved(chosen, image_format):
    return image_format if chosen == DEFAULT else chosen


def wave_shape(chosen, channels, samples):
    return (2, channels, samples) if chosen == FIRST else (2, samples, channels)


def image_shape(chosen, channels, frames, bins):
    return (2, channels, frames, bins) if chosen == FIRST else (2, frames, bins, channels)


def stft_formats(sizes):
    """Both formats on both sides and "default", under both configurations; 1, 2, 6 channels."""
    size = {"n_fft": sizes.n_fft}
    for (channels, into, setting), out in itertools.product(SETTINGS, FORMATS):
        formats = {
            "input_data_format": into,
            "output_data_format": out,
            "image_format": setting,
        }
        chosen = resolved(into, setting)
        wave = wave_shape(chosen, channels, sizes.n_fft + sizes.n_fft // 2)
        image = image_shape(chosen, channels, 3, sizes.n_fft // 2 + 1)
        for name in ("STFT", "STFTTflite"):
            yield case(name, "complex", wave, **size, **formats)
        yield case("InverseSTFT", "waveform", image, source="spectrum", **size, **formats)


def formats(sizes):
    """Layers with one `data_format`."""
    for channels, data_format, setting in SETTINGS:
        chosen = resolved(data_format, setting)
        wave = wave_shape(chosen, channels, sizes.samples)
        image = image_shape(chosen, channels, 6, 9)
        rest = {"data_format": data_format, "image_format": setting}
        for type_, options in filterbank_options(9):
            bank = {"type": type_, "filterbank_kwargs": options}
            yield case("ApplyFilterbank", "magnitude", image, source="pairs", **bank, **rest)
        rest["source"] = "features"
        masks = {"freq_mask_param": 2, "time_mask_param": 3}
        convolution = {"filters": 3, "kernel_size": (3, 3)}
        yield case("ConcatenateFrequencyMap", "magnitude", image, **rest)
        yield case("LogmelToMFCC", "magnitude", image, n_mfccs=4, **rest)
        yield case("Frame", "waveform", wave, frame_length=10, hop_length=5, **rest)
        yield case("Energy", "magnitude", wave, frame_length=10, hop_length=5, **rest)
        yield case("ChannelSwap", "waveform", wave, **rest)
        yield case("ChannelSwap", "waveform", image, **rest)
        yield case("SpecAugment", "waveform", image, **masks, **rest)
        yield case("get_frequency_aware_conv2d", "magnitude", image, **convolution, **rest)
        if channels == 1:
            yield case("Delta", "magnitude", image, **rest)


def frames(sizes):
    """`Frame` and `Energy`: both paddings, hops up to the frame, clips around a frame."""
    length = sizes.windows[1] or sizes.n_fft
    lengths = (*sizes.lengths, sizes.samples)
    hops = (1, length // 3, length)
    for end, value, hop, samples in itertools.product((False, True), (0, 2.5), hops, lengths):
        rest = {"frame_length": length, "hop_length": hop, "pad_end": end, "pad_value": value}
        shape = (2, samples, 2)
        yield case("Frame", "waveform", shape, **rest)
        yield case("Energy", "magnitude", shape, sample_rate=RATE, ref_duration=0.01, **rest)


def composed(sizes):
    """The composed functions over everything an STFT takes."""
    for place, (arguments, samples) in enumerate(analyses(sizes)):
        shape = (2, samples, 1 + place % 2)
        for options in compositions(place):
            yield case(shape=shape, **options, **arguments)


def compositions(place):
    """Targets with their own arguments; which of them have decibels changes with `place`."""
    mel = {"sample_rate": RATE, "n_mels": 3, "mel_f_min": 50.0 * (place % 3)}
    mel.update(mel_htk=place % 2 == 0, mel_norm=("slaney", None, 1)[place % 3])
    mel["mel_f_max"] = (None, 6000.0)[place % 2]
    log = {"sample_rate": RATE, "log_n_bins": 6, "log_bins_per_octave": 2}
    log.update(log_f_min=(None, 200.0)[place % 2], log_spread=(0.125, 0.5)[place % 2])
    decibel = DECIBELS[place % 3]
    own = {f"db_{name}": value for name, value in decibel.items()}
    for decibels in (False, True):
        kind = "level" if decibels else "magnitude"
        rest = {"return_decibel": True, **own} if decibels else {}
        yield {"target": "get_stft_magnitude_layer", "kind": kind, **rest}
        yield {"target": "get_melspectrogram_layer", "kind": kind, **mel, **rest}
        yield {"target": "get_log_frequency_spectrogram_layer", "kind": kind, **log, **rest}
        # Given, since the function demands it; any number of samples, so that each length fits.
        inputs = {"input_shape": (None, 1 + place % 2)}
        yield {"target": "get_stft_mag_phase", "kind": f"{kind}_phase", **inputs, **rest}


def crossed(sizes):
    """Paddings, windows and lengths of window in every format, with 1, 2 and 6 channels."""
    arguments = [one for one, samples in analyses(sizes) if samples == sizes.samples]
    for (channels, into, setting), out in itertools.product(SETTINGS, FORMATS):
        shape = wave_shape(resolved(into, setting), channels, 2 * sizes.n_fft)
        formats = {
            "input_data_format": into,
            "output_data_format": out,
            "image_format": setting,
        }
        for place, one in enumerate(arguments):
            if DEFAULT in (into, out) and place % 7:
                continue
            yield case("STFT", "complex", shape, **one, **formats)
            if place % 3 == 0:
                yield from composed_in(formats, shape, place, one)


def composed_in(formats, shape, place, arguments):
    """The composed functions in these formats."""
    bug = formats["output_data_format"] == DEFAULT and formats["image_format"] == FIRST
    for options in compositions(place):
        if options["target"] == "get_stft_mag_phase":
            if bug:  # Kapre joins on the frequency axis there; see `test_kapre_numbers.py`.
                continue
            options["input_shape"] = shape[1:]
        yield case(shape=shape, **options, **formats, **arguments)
