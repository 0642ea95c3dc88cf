"""Twenty-six ordinary Keras models on audio: name, parts, and a function that makes one."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
from keras import layers as kl

import kapre_like

RATE = 8000
SIZES = {"n_fft": 256, "hop_length": 128}


@dataclasses.dataclass(frozen=True)
class Ordinary:
    """A model that people write, as a line of the table in `docs/export.md`."""

    name: str
    parts: str
    make: Callable[[], keras.Model]


def mel(**more):
    return kapre_like.MelSpectrogram(sample_rate=RATE, n_mels=16, **SIZES, **more)


def convolved(x, filters=4):
    x = kl.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return kl.MaxPooling2D((1, 2), padding="same")(x)


def classified(x):
    return kl.Dense(3, activation="softmax")(kl.GlobalAveragePooling2D()(x))


def on_waveform(function, channels=1):
    x = keras.Input((None, channels), name="waveform")
    return keras.Model(x, function(x))


def cnn():
    def layers(x):
        x = kl.BatchNormalization()(convolved(mel()(x)))
        return classified(kl.Dropout(0.2)(convolved(x, 8)))

    return on_waveform(layers)


def crnn(recurrent):
    def layers(x):
        x = kapre_like.FramesToSequence()(convolved(mel()(x)))
        x = recurrent()(x)
        return kl.Dense(3)(x)

    return lambda: on_waveform(layers)


def attention():
    def layers(x):
        x = kl.Dense(16)(kapre_like.FramesToSequence()(mel()(x)))
        y = kl.MultiHeadAttention(num_heads=2, key_dim=8)(x, x)
        x = kl.LayerNormalization()(x + y)
        return kl.Dense(3)(kl.GlobalAveragePooling1D()(x))

    return on_waveform(layers)


def two_inputs():
    x, facts = keras.Input((None, 1), name="waveform"), keras.Input((4,), name="facts")
    y = kl.GlobalAveragePooling2D()(convolved(mel()(x)))
    y = kl.Concatenate()([y, kl.Dense(4, activation="relu")(facts)])
    return keras.Model([x, facts], kl.Dense(2)(y))


def two_outputs():
    x = keras.Input((None, 1), name="waveform")
    y = convolved(mel()(x))
    return keras.Model(x, [classified(y), kl.Dense(1)(kl.GlobalMaxPooling2D()(y))])


def autoencoder():
    def layers(x):
        y = kapre_like.STFT(output="real_imag", **SIZES)(x)
        y = kl.Conv3D(2, (3, 3, 1), padding="same")(y)
        return kapre_like.InverseSTFT(**SIZES)([y, x])

    return on_waveform(layers)


def denoiser():
    def layers(x):
        y = kapre_like.STFT(output="real_imag", **SIZES)(x)
        z = kapre_like.FramesToSequence()(kapre_like.Magnitude()(y))
        z = kl.Dense(129, activation="sigmoid")(kl.GRU(8, return_sequences=True)(z))
        z = kl.Reshape((-1, 129, 1, 1))(z)
        return kapre_like.InverseSTFT(**SIZES)([y * z, x])

    return on_waveform(layers)


def residual():
    def layers(x):
        x = kl.Conv2D(4, 3, padding="same")(mel()(x))
        for _ in range(2):
            y = kl.Conv2D(4, 3, padding="same")(kl.ReLU()(kl.BatchNormalization()(x)))
            x = kl.Add()([x, y])
        return classified(x)

    return on_waveform(layers)


@keras.saving.register_keras_serializable(package="ordinary")
class Subclassed(keras.Model):
    """Layers made in `__init__`, and Python in `call`."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.mel = mel()
        self.convolution = kl.Conv2D(4, 3, activation="relu")
        self.head = kl.Dense(3)

    def call(self, x):
        x = self.convolution(self.mel(x))
        return self.head(keras.ops.mean(x, axis=(1, 2)))


def sequential():
    return keras.Sequential(
        [
            keras.Input((None, 1)),
            mel(),
            kl.Conv2D(4, 3, activation="relu"),
            kl.GlobalAveragePooling2D(),
            kl.Dense(3),
        ]
    )


def nested():
    image = keras.Input((None, 16, 1))
    backbone = keras.Model(image, convolved(convolved(image)), name="backbone")
    return on_waveform(lambda x: classified(backbone(mel()(x))))


def normalized():
    def layers(x):
        normalize = kl.Normalization(axis=2)
        normalize.adapt(np.random.default_rng(0).normal(-30, 9, (8, 5, 16, 1)))
        return classified(convolved(normalize(mel()(x))))

    return on_waveform(layers)


@keras.saving.register_keras_serializable(package="ordinary")
class Gain(keras.layers.Layer):
    """A layer of a user's that holds a tensor, and not a weight."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.gain = keras.ops.convert_to_tensor(np.linspace(1, 2, 16, dtype="float32"))

    def call(self, x):
        return x * self.gain[:, None]

    def compute_output_shape(self, shape):
        return shape


def masked(after):
    waveform = keras.Input((None,), name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    x = mel()(kapre_like.LengthMask()([waveform, length]))
    return keras.Model([waveform, length], kl.Dense(3)(after(x)))


def masked_cnn():
    def layers(x):
        x, valid = kapre_like.UnpackMask()(x)
        x = kl.Conv2D(4, 3, padding="same")(x)
        return kapre_like.MaskedMean()(
            [kapre_like.MaskedBatchNormalization()([x, valid]), valid]
        )

    return masked(layers)


def masked_crnn():
    return masked(lambda x: kl.Bidirectional(kl.GRU(4))(kapre_like.FramesToSequence()(x)))


def raw_waveform():
    x = keras.Input((None,), name="waveform")
    y = kl.Conv1D(8, 64, strides=16, activation="relu")(x[..., None])
    return keras.Model(x, kl.Dense(3)(kl.GlobalMaxPooling1D()(y)))


def cepstra():
    def layers(x):
        x = kapre_like.MFCC(sample_rate=RATE, n_mels=16, n_mfcc=8, **SIZES)(x)
        x = kl.Concatenate()([x, kapre_like.Delta()(x)])
        x = kl.Conv1D(8, 3, padding="same")(kapre_like.FramesToSequence()(x))
        return kl.Dense(3)(kl.GlobalMaxPooling1D()(x))

    return on_waveform(layers)


def behind(*front):
    """A small convolutional network behind other front ends."""

    def layers(x):
        for layer in front:
            x = layer(x)
        return classified(convolved(x))

    return on_waveform(layers)


def separable():
    def layers(x):
        x = kl.SeparableConv2D(8, 3, padding="same", activation="relu6")(mel()(x))
        x = kl.DepthwiseConv2D(3, strides=2, padding="same")(x)
        return classified(kl.Activation("gelu")(x))

    return on_waveform(layers)


def pcen():
    return behind(mel(decibel=False), kapre_like.PCEN(sample_rate=RATE, learn="bands"))


def constant_q():
    return behind(kapre_like.CQT(sample_rate=RATE, fmin=250.0, n_bins=24, hop_length=128))


def gabor():
    return behind(
        kapre_like.GaborFrontEnd(sample_rate=RATE, n_filters=8, fmax=3800.0, learn="all")
    )


def stereo():
    return on_waveform(lambda x: classified(convolved(mel()(x))), channels=2)


def augmented():
    front = mel(learn_stft="window", learn_mel="bands", learn_decibel="affine")
    return behind(front, kapre_like.SpecAugment(freq_mask_param=4, time_mask_param=5))


MODELS = (
    Ordinary("CNN", "mel, Conv2D, BatchNormalization, Dropout", cnn),
    Ordinary("CRNN, GRU", "mel, Conv2D, FramesToSequence, GRU", crnn(lambda: kl.GRU(5))),
    Ordinary("CRNN, LSTM", "the same with LSTM", crnn(lambda: kl.LSTM(5))),
    Ordinary("CRNN, SimpleRNN", "the same with SimpleRNN", crnn(lambda: kl.SimpleRNN(5))),
    Ordinary(
        "CRNN, both ways",
        "Bidirectional(LSTM(return_sequences=True)), an answer for each frame",
        crnn(lambda: kl.Bidirectional(kl.LSTM(5, return_sequences=True))),
    ),
    Ordinary(
        "CRNN, stacked cells",
        "RNN([GRUCell, LSTMCell])",
        crnn(lambda: kl.RNN([kl.GRUCell(4), kl.LSTMCell(5)])),
    ),
    Ordinary("attention", "MultiHeadAttention, LayerNormalization", attention),
    Ordinary("two inputs", "waveform and a vector of facts", two_inputs),
    Ordinary("two outputs", "classes and a number", two_outputs),
    Ordinary("autoencoder", "STFT, Conv3D, InverseSTFT with the clip's length", autoencoder),
    Ordinary("denoiser", "STFT, GRU as a mask over bins, InverseSTFT", denoiser),
    Ordinary("residual", "Add, BatchNormalization", residual),
    Ordinary("subclassed", "keras.Model with layers in `__init__`", Subclassed),
    Ordinary("Sequential", "mel, Conv2D, Dense", sequential),
    Ordinary("nested", "a model as a layer of a model", nested),
    Ordinary("normalized", "keras.layers.Normalization, adapted", normalized),
    Ordinary(
        "a user's tensor",
        "a layer that holds a tensor",
        lambda: behind(mel(), Gain()),
    ),
    Ordinary("stereo", "two channels through mel", stereo),
    Ordinary("masked CNN", "LengthMask, MaskedBatchNormalization, MaskedMean", masked_cnn),
    Ordinary("masked CRNN", "LengthMask, FramesToSequence, Bidirectional(GRU)", masked_crnn),
    Ordinary("raw waveform", "`x[..., None]`, Conv1D", raw_waveform),
    Ordinary("cepstra", "MFCC, Delta, Conv1D", cepstra),
    Ordinary("PCEN", "mel, PCEN(learn='bands'), Conv2D", pcen),
    Ordinary("CQT", "CQT, Conv2D", constant_q),
    Ordinary("Gabor front end", "GaborFrontEnd(learn='all'), Conv2D", gabor),
    Ordinary(
        "all learned, augmented",
        "SpecAugment behind a mel whose window, bands and decibels learn",
        augmented,
    ),
)
