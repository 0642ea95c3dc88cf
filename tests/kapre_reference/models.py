"""Models built from Kapre's layers, as programs build and save them. `kapre` is an argument."""

import keras
import numpy as np

from kapre_reference.cases import configured, given

SAMPLES = 120
FIRST, LAST = "channels_first", "channels_last"
STFT = {"n_fft": 32, "hop_length": 8}
MEL = {**STFT, "sample_rate": 16000, "n_mels": 6}
FORMATS = {"input_data_format": FIRST, "output_data_format": FIRST}
IMAGE = (6, 9, 1)
BANKS = {
    "mel": {"sample_rate": 16000, "n_freq": 9, "n_mels": 4},
    "log": {
        "sample_rate": 16000,
        "n_freq": 9,
        "n_bins": 3,
        "f_min": 500.0,
        "bins_per_octave": 1,
    },
}


def layers(*made, shape=(SAMPLES, 1)):
    return keras.Sequential([keras.Input(shape), *made])


def audio(function):
    """A composed function of waveforms; its result alone is the model, as in many programs."""
    return lambda kapre, **rest: getattr(kapre, function)(input_shape=(SAMPLES, 1), **rest)


def convnet(kapre, shape=(SAMPLES, 2)):
    """A small functional network, with the augmentations that are there in training only."""
    x = inputs = keras.Input(shape)
    x = kapre.ChannelSwap()(x)
    x = kapre.get_melspectrogram_layer(input_shape=shape, **MEL, return_decibel=True)(x)
    x = keras.layers.Conv2D(4, 3, activation="relu")(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))


def masked_convnet(kapre):
    """Mono, since `SpecAugment` of Kapre takes no more, and any number of samples."""
    inputs = keras.Input((None, 1))
    x = kapre.get_log_frequency_spectrogram_layer(
        **STFT, sample_rate=16000, log_n_bins=6, log_bins_per_octave=2, return_decibel=True
    )(inputs)
    x = kapre.SpecAugment(freq_mask_param=2, time_mask_param=3)(x)
    x = kapre.get_frequency_aware_conv2d(filters=3, kernel_size=3, activation="relu")(x)
    x = keras.layers.GlobalMaxPooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(2)(x))


def nested(kapre):
    """A Sequential in a Sequential in a Sequential."""
    mel = kapre.get_melspectrogram_layer(input_shape=(SAMPLES, 1), **MEL, pad_end=True)
    inner = keras.Sequential([mel, kapre.MagnitudeToDecibel(), kapre.Delta()], name="inner")
    return layers(inner, keras.layers.Flatten(), keras.layers.Dense(2))


def there_and_back(kapre):
    formats = {"waveform_data_format": LAST, "stft_data_format": FIRST}
    both = kapre.get_perfectly_reconstructing_stft_istft(n_fft=32, hop_length=8, **formats)
    return layers(*both)


def channels_first(kapre):
    """Every layer with a format in its other one."""
    one = {"data_format": FIRST}
    mel = {"type": "mel", "filterbank_kwargs": {**BANKS["mel"], "n_freq": 17}, **one}
    return layers(
        kapre.STFT(**STFT, **FORMATS),
        kapre.Magnitude(),
        kapre.ApplyFilterbank(**mel),
        kapre.MagnitudeToDecibel(amin=1e-3, ref_value=2.0, dynamic_range=40.0),
        kapre.LogmelToMFCC(n_mfccs=3, **one),
        kapre.ConcatenateFrequencyMap(**one),
        shape=(2, SAMPLES),
    )


def configured_first(kapre):
    """Saved under a configuration of channels_first, all formats left at their default."""
    with configured(FIRST):
        return kapre.get_stft_magnitude_layer(input_shape=(2, SAMPLES), **STFT)


def tflite(kapre):
    return layers(kapre.STFTTflite(**STFT, pad_end=True), kapre.MagnitudeTflite())


MODELS = {
    "stft": lambda kapre: layers(
        kapre.STFT(**STFT, win_length=20, pad_begin=True), kapre.Magnitude()
    ),
    "stft_windows": lambda kapre: layers(
        kapre.STFT(**STFT, window_name="kaiser_window"),
        kapre.InverseSTFT(**STFT, forward_window_name="hamming_window"),
        kapre.STFT(
            **STFT, window_name="vorbis_window", **FORMATS | {"input_data_format": LAST}
        ),
        kapre.InverseSTFT(**STFT, input_data_format=FIRST, output_data_format=FIRST),
    ),
    "phase": lambda kapre: layers(kapre.STFT(**STFT), kapre.Phase()),
    "phase_approximate": lambda kapre: layers(
        kapre.STFT(**STFT), kapre.Phase(approx_atan_accuracy=50)
    ),
    "filterbank_mel": lambda kapre: layers(
        kapre.ApplyFilterbank("mel", BANKS["mel"]), shape=IMAGE
    ),
    "filterbank_log": lambda kapre: layers(
        kapre.ApplyFilterbank("log", BANKS["log"]), shape=IMAGE
    ),
    "decibel": lambda kapre: layers(kapre.MagnitudeToDecibel(dynamic_range=20.0), shape=IMAGE),
    "delta": lambda kapre: layers(kapre.Delta(win_length=3, mode="reflect"), shape=IMAGE),
    "frequency_map": lambda kapre: layers(kapre.ConcatenateFrequencyMap(), shape=IMAGE),
    "frame": lambda kapre: layers(kapre.Frame(20, 7, pad_end=True, pad_value=0.5)),
    "energy": lambda kapre: layers(
        kapre.Energy(sample_rate=100, frame_length=20, hop_length=10)
    ),
    "mu_law": lambda kapre: layers(kapre.MuLawEncoding(64), kapre.MuLawDecoding(64)),
    "mfcc": lambda kapre: layers(kapre.LogmelToMFCC(n_mfccs=4), shape=IMAGE),
    "channel_swap": lambda kapre: layers(kapre.ChannelSwap(), shape=(SAMPLES, 2)),
    "spec_augment": lambda kapre: layers(
        kapre.SpecAugment(2, 3, n_freq_masks=2, n_time_masks=3, mask_value=-1.0), shape=IMAGE
    ),
    "stft_magnitude": lambda kapre: audio("get_stft_magnitude_layer")(
        kapre, **STFT, return_decibel=True
    ),
    "melspectrogram": lambda kapre: audio("get_melspectrogram_layer")(
        kapre, **MEL, mel_htk=True, mel_norm=1, mel_f_max=6000.0, pad_begin=True
    ),
    "log_frequency": lambda kapre: audio("get_log_frequency_spectrogram_layer")(
        kapre, **STFT, sample_rate=16000, log_n_bins=6, log_bins_per_octave=2
    ),
    "mag_phase": lambda kapre: audio("get_stft_mag_phase")(kapre, **STFT),
    "frequency_aware": lambda kapre: layers(
        kapre.get_frequency_aware_conv2d(filters=2, kernel_size=(2, 3)), shape=IMAGE
    ),
    "there_and_back": there_and_back,
    "channels_first": channels_first,
    "configured_first": configured_first,
    "convnet": convnet,
    "masked_convnet": masked_convnet,
    "nested": nested,
    "tflite_magnitude": tflite,
    "tflite_phase": lambda kapre: layers(kapre.STFTTflite(**STFT), kapre.PhaseTflite(50)),
    "h5_convnet": convnet,
    "h5_features": lambda kapre: layers(
        kapre.STFT(**STFT), kapre.Magnitude(), kapre.MagnitudeToDecibel()
    ),
}


def trained(name, model):
    """A model with something to learn has learnt from a few random examples."""
    if not model.trainable_weights:
        return model
    inputs = np.concatenate([inputs_of(name, model)] * 4)
    targets = np.random.RandomState(3).normal(size=(len(inputs), *model.output_shape[1:]))
    model.compile(keras.optimizers.Adam(0.01), keras.losses.MeanSquaredError())
    model.fit(inputs, targets, batch_size=4, epochs=3, shuffle=False, verbose=0)
    return model


def inputs_of(name, model):
    """Two clips; one where Kapre takes no more."""
    shape = tuple(SAMPLES if size is None else size for size in model.input_shape[1:])
    clips = 1 if name.startswith("tflite") else 2
    source = "pairs" if shape == IMAGE else "audio"
    return given(source, (clips, *shape), "float32")
