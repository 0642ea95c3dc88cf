"""The ten descriptors: the feature path and librosa."""

from functools import partial

import numpy as np
import pytest
from backend_tools import BACKEND, gradient, to_numpy
from layer_contract import (
    MaskProbe,
    check_gradient,
    noise,
)
from tolerances import DECIBEL_STEP, FLOAT32

from kapre_like import layers
from kapre_like.features import descriptors
from kapre_like.features.analysis import _frames
from kapre_like.features.settings import resolve

pytestmark = pytest.mark.backends(full=True)

RATE, N_FFT, HOP = 16000, 512, 128
SPECTRUM = [
    ("SpectralCentroid", {"sample_rate": RATE}),
    ("SpectralBandwidth", {"sample_rate": RATE}),
    ("SpectralRolloff", {"sample_rate": RATE}),
    ("SpectralFlatness", {}),
    ("SpectralContrast", {"sample_rate": RATE}),
    ("SpectralFlux", {}),
    ("BandEnergyRatio", {"sample_rate": RATE}),
]
WAVEFORM = [
    ("ZeroCrossingRate", {"frame_length": 16, "hop_length": 5}),
    ("RMS", {"frame_length": 16, "hop_length": 5}),
    ("AmplitudeEnvelope", {"frame_length": 15, "hop_length": 5, "center": False}),
]
POWER = np.square(noise(3, 6, 65, 2))
# A staircase has the gradient 0: a layer below learns nothing through it.
STEPS = ("SpectralRolloff", "ZeroCrossingRate")


def made(name, arguments):
    return partial(getattr(layers, name), **arguments)


def named(rows):
    return pytest.mark.parametrize(("name", "arguments"), rows, ids=[row[0] for row in rows])


@named(SPECTRUM)
def test_no_frames_are_none(name, arguments):
    assert made(name, arguments)()(POWER[:, :0]).shape[1] == 0


@named([row for row in SPECTRUM + WAVEFORM if row[0] in STEPS])
def test_a_staircase_has_a_gradient_of_zero(name, arguments):
    x = POWER if "Spectral" in name else noise(2, 60, 1)
    np.testing.assert_array_equal(gradient(made(name, arguments)(), x), 0.0)


@named(SPECTRUM)
def test_frames_may_be_unknown(name, arguments):
    layer = made(name, arguments)()
    x = POWER[..., :1]
    if BACKEND == "tensorflow":
        import tensorflow as tf

        spec = tf.TensorSpec([None, None, 65, None])
        call = tf.function(lambda x: layer(x), input_signature=[spec])
        np.testing.assert_allclose(to_numpy(call(x)), to_numpy(layer(x)), rtol=FLOAT32)


@named(SPECTRUM)
def test_masked_frames_do_not_count(name, arguments):
    layer, mask = made(name, arguments)(), np.arange(6) < np.array([[6], [4], [1]])
    junk = np.where(mask[..., None, None], POWER, np.nan)
    got = layer(junk, mask=mask) if "mask" in layer._call_signature.parameters else layer(junk)
    np.testing.assert_allclose(
        to_numpy(got)[1, :4], to_numpy(layer(POWER[1:2, :4]))[0], rtol=FLOAT32
    )


def sounds():
    time = np.arange(RATE // 2) / RATE
    noise = np.random.default_rng(0).standard_normal(len(time))
    # Like speech: harmonics of a moving pitch, bursts and gaps, over a quiet room.
    pitch = np.cumsum(120 + 40 * np.sin(2 * np.pi * 3 * time)) / RATE
    voice = sum(np.sin(2 * np.pi * k * pitch) / k for k in range(1, 20))
    gate = np.sin(2 * np.pi * 4 * time) > 0
    return {
        "speech-like": 0.1 * gate * voice + 1e-3 * noise,
        "noise": 0.2 * noise,
        "sine": 0.5 * np.sin(2 * np.pi * 1000 * time),
        "silence": 0.0 * time,
    }


def power_and_frames(wave):
    analysis = resolve(sample_rate=RATE, n_fft=N_FFT, win_length=N_FFT, hop_length=HOP)
    frames = _frames(wave.astype("float64"), analysis)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    return np.abs(np.fft.rfft(frames * window)) ** 2, frames


def near(got, expected, error=1e-4):
    """`error` of the range, which is at least what one decibel or hertz is to a hundred."""
    scale = max(np.ptp(expected), 1e-2 * np.abs(expected).max(), 1e-6)
    np.testing.assert_allclose(got, expected, rtol=0, atol=error * scale)


def flux(power):
    """Euclidean distance of the magnitudes of each frame from those of the frame before."""
    magnitude = np.sqrt(power)
    before = np.concatenate([magnitude[:1], magnitude[:-1]])
    return np.sqrt(np.square(magnitude - before).sum(axis=1))


@pytest.mark.parametrize("sound", sounds())
def test_equal_to_the_feature_path(sound):
    wave = sounds()[sound].astype("float32")
    power, frames = power_and_frames(wave)
    # What float32 holds of the powers: the layers and the path start from the same numbers.
    power = power.astype("float32").astype("float64")
    constants = descriptors.bands(RATE, N_FFT)
    table = descriptors.describe_frames(power, frames, constants).T
    column = dict(zip(constants.names, table, strict=True))
    contrast = [row for name, row in column.items() if name.startswith("contrast")]
    spectrum = power[None, :, :, None].astype("float32")
    cut = {"frame_length": N_FFT, "hop_length": HOP}
    expected = {
        "SpectralCentroid": column["centroid_hz"],
        "SpectralBandwidth": column["bandwidth_hz"],
        "SpectralRolloff": column["rolloff_hz"],
        "SpectralFlatness": column["flatness_db"],
        "SpectralContrast": np.stack(contrast, axis=1),
        "SpectralFlux": flux(power),
        "BandEnergyRatio": column["energy_ratio_db"],
        "ZeroCrossingRate": column["zero_crossings"],
        "RMS": 10 * np.log10(np.maximum(np.square(frames).mean(axis=1), 1e-10)),
        "AmplitudeEnvelope": column["envelope_db"],
    }
    for name, arguments in SPECTRUM + WAVEFORM:
        on_spectrum = name[:2] in ("Sp", "Ba")
        layer = made(name, arguments if on_spectrum else cut)()
        got = to_numpy(layer(spectrum if on_spectrum else wave[None, :, None]))[0, :, :, 0]
        near(got if name == "SpectralContrast" else got[:, 0], expected[name])


def test_matches_librosa():
    feature = pytest.importorskip("librosa").feature
    wave = sounds()["noise"].astype("float32")
    power, _ = power_and_frames(wave)
    options = {"S": np.sqrt(power).T, "sr": RATE, "n_fft": N_FFT}
    cut = {"frame_length": N_FFT, "hop_length": HOP}
    spectrum = power[None, :, :, None].astype("float32")
    for name, arguments, expected in [
        ("SpectralCentroid", {}, feature.spectral_centroid(**options)),
        ("SpectralBandwidth", {}, feature.spectral_bandwidth(**options)),
        ("SpectralRolloff", {}, feature.spectral_rolloff(**options)),
        (
            "SpectralRolloff",
            {"roll_percent": 0.3},
            feature.spectral_rolloff(**options, roll_percent=0.3),
        ),
        ("SpectralFlatness", {"decibel": False}, feature.spectral_flatness(S=options["S"])),
    ]:
        near(to_numpy(made(name, arguments)()(spectrum))[0, :, 0, 0], expected[0])
    rms = layers.RMS(**cut, decibel=False)(wave[None, :, None])
    near(to_numpy(rms)[0, :, 0, 0], feature.rms(y=wave, **cut)[0])


def test_contrast_matches_librosa_with_as_many_octaves(monkeypatch):
    pytest.importorskip("librosa")
    spectral = pytest.importorskip("librosa.feature.spectral")
    # Ours is decibels of amplitude; librosa's 10 log10 of a magnitude, cut at 80 dB.
    monkeypatch.setattr(spectral, "power_to_db", lambda s: 20 * np.log10(np.maximum(s, 1e-5)))
    power, _ = power_and_frames(sounds()["noise"])
    for arguments in ({"n_bands": 6}, {"n_bands": 3, "quantile": 0.2}, {"fmin": 400.0}):
        theirs = {"n_bands": 4, **arguments}
        expected = spectral.spectral_contrast(S=np.sqrt(power).T, sr=RATE, **theirs)
        got = layers.SpectralContrast(**arguments)(power[None, :, :, None].astype("float32"))
        near(to_numpy(got)[0, :, :, 0], expected.T)


def test_the_rms_of_silence_is_the_floor():
    silence = layers.RMS(frame_length=4)(np.zeros((1, 8, 1), "float32"))
    np.testing.assert_allclose(to_numpy(silence), -100, atol=DECIBEL_STEP)


def test_linear_levels_and_growing_flux():
    x = np.array([0.0, -0.5, 0.5, 0.5])[None, :, None].astype("float32")
    cut = {"frame_length": 4, "center": False, "decibel": False}
    assert float(layers.AmplitudeEnvelope(**cut)(x)[0, 0, 0, 0]) == 0.5
    assert float(layers.RMS(**cut)(x)[0, 0, 0, 0]) == pytest.approx(np.sqrt(3) / 4)
    power = np.square([[4.0, 0.0], [0.0, 3.0]])[None, :, :, None].astype("float32")
    np.testing.assert_allclose(to_numpy(layers.SpectralFlux()(power))[0, :, 0, 0], [0, 5])
    grown = layers.SpectralFlux(rectify=True)(power)
    np.testing.assert_allclose(to_numpy(grown)[0, :, 0, 0], [0, 3])
    check_gradient(layers.RMS(**cut), 0 * x)


def test_an_odd_fft_size_is_an_argument():
    power = np.zeros((1, 1, 33, 1), "float32")
    power[0, 0, 32] = 1.0
    assert float(layers.SpectralCentroid(n_fft=65)(power)[0, 0, 0, 0]) == pytest.approx(
        RATE * 32 / 65, rel=1e-6
    )
    with pytest.raises(
        ValueError, match=r"SpectralCentroid: expects 33 freqs.*\(1, 1, 20, 1\)"
    ):
        layers.SpectralCentroid(n_fft=65)(power[:, :, :20])


@pytest.mark.parametrize(
    "name",
    ["SpectralCentroid", "SpectralBandwidth", "SpectralRolloff", "BandEnergyRatio", "Chroma"],
)
def test_an_ambiguous_fft_size_must_be_given(name):
    # A transform of 255 samples read 3013 Hz for a tone of 3002.
    power = np.ones((1, 1, 128, 1), "float32")
    words = f"{name}: `n_fft` must be given for 128 freqs, which FFTs of 254 and of 255 samples"
    with pytest.raises(ValueError, match=words):
        made(name, {"sample_rate": RATE})()(power)
    for n_fft in (254, 255):
        made(name, {"sample_rate": RATE, "n_fft": n_fft})()(power)
    for name in ("SpectralFlatness", "SpectralFlux"):
        made(name, {})()(power)


@pytest.mark.parametrize("name", ["SpectralCentroid", "SpectralBandwidth"])
def test_a_slow_decay_against_a_tone_has_finite_gradients(name):
    # Of the powers of 0.98 ** n, 473 gradients were not a number: their roots underflow.
    decay = (0.98 ** np.arange(RATE // 2)).astype("float32")
    chain = [layers.STFT(n_fft=512, output="real_imag"), layers.Power()]
    descriptor = made(name, {"sample_rate": RATE})()

    def describe(x):
        for layer in chain:
            x = layer(x)
        return (descriptor(x) - 1000.0) ** 2

    assert np.isfinite(gradient(describe, decay[None, :, None])).all()


def test_the_mask_goes_on():
    mask = np.arange(6) < np.array([[6], [4], [1]])
    import keras

    x = keras.layers.Masking()(POWER[..., 0])[..., None]
    x._keras_mask = keras.ops.convert_to_tensor(mask)
    got = to_numpy(MaskProbe()(layers.SpectralFlux()(x)))
    np.testing.assert_array_equal(got, mask)


def test_frame_lengths_count_the_valid_frames():
    layer = layers.RMS(frame_length=16, hop_length=5, center=False)
    got = to_numpy(layer.frame_lengths(np.array([0, 15, 16, 20, 21, 26])))
    np.testing.assert_array_equal(got, [1, 1, 1, 1, 2, 3])


@pytest.mark.parametrize(
    ("name", "bad", "rule"),
    [
        ("SpectralCentroid", {"sample_rate": "16k"}, "a number > 0"),
        ("SpectralBandwidth", {"n_fft": 0}, "an int > 0"),
        ("SpectralRolloff", {"roll_percent": 85}, "a number between 0 and 1"),
        ("SpectralRolloff", {"roll_percent": None}, "a number > 0"),
        ("SpectralFlatness", {"amin": 0}, "a number > 0"),
        ("SpectralFlatness", {"decibel": "yes"}, "True or False"),
        ("SpectralContrast", {"n_bands": 7}, "so small"),
        ("SpectralContrast", {"fmin": -1}, "a number > 0"),
        ("SpectralContrast", {"quantile": 1.0}, "a number between 0 and 1"),
        ("SpectralFlux", {"rectify": None}, "True or False"),
        ("BandEnergyRatio", {"split": 9000}, "at most half of sample_rate=16000"),
        ("ZeroCrossingRate", {"frame_length": 1}, "an int > 1"),
        ("RMS", {"hop_length": 0}, "an int > 0"),
        ("AmplitudeEnvelope", {"center": 1}, "True or False"),
    ],
)
def test_bad_argument_is_named_in_the_error(name, bad, rule):
    key = next(iter(bad))
    with pytest.raises(ValueError, match=rf"{name}: `{key}` must be {rule}.* Received: {key}="):
        made(name, bad)()


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"RMS: expects \(batch, samples, channels\)"):
        layers.RMS()(np.zeros((2, 40), "float32"))
    with pytest.raises(ValueError, match=r"SpectralFlux: expects \(batch, frames, freqs"):
        layers.SpectralFlux()(np.zeros((2, 40, 3), "float32"))
    with pytest.raises(ValueError, match="SpectralFlux: expects a known number of freqs > 1"):
        layers.SpectralFlux()(np.zeros((2, 40, 1, 1), "float32"))
    for layer in (layers.RMS(), layers.SpectralFlatness()):
        shape = (2, 40, 1) if isinstance(layer, layers.RMS) else (2, 4, 9, 1)
        with pytest.raises(ValueError, match=r"floating point.*int16"):
            layer(np.zeros(shape, "int16"))
