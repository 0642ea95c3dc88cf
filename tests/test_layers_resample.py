"""What `Resample` promises beside what every layer does (`test_every_layer.py`)."""

import math

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, gradient, quick, to_numpy
from layer_contract import (
    noise,
)
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.layers import LengthMask, Resample

pytestmark = pytest.mark.backends(full=True)

FAST = {"quality": "fast"}
DOWN, UP = {"orig_sr": 441, "target_sr": 160}, {"orig_sr": 2, "target_sr": 3}
WAVEFORM = noise(3, 500, 2)


@pytest.mark.parametrize(
    ("orig_sr", "target_sr"),
    [(44100, 16000), (16000, 44100), (22050, 16000), (48000, 44100), (48000, 16000)],
)
def test_matches_soxr_inside_the_pass_band(orig_sr, target_sr):
    soxr = pytest.importorskip("soxr")
    rng = np.random.default_rng(0)
    time, top = np.arange(orig_sr // 2) / orig_sr, 0.45 * min(orig_sr, target_sr)
    hz, phase = rng.uniform(50, top, 20), rng.uniform(0, 6, 20)
    x = np.sin(2 * np.pi * hz * time[:, None] + phase).sum(axis=1) / 20
    got = to_numpy(Resample(orig_sr=orig_sr, target_sr=target_sr)(x[None, :, None]))[0, :, 0]
    expected = soxr.resample(x, orig_sr, target_sr, quality="VHQ")
    assert len(got) == math.ceil(len(x) * target_sr / orig_sr)
    # The padding beside the clip rings into its ends, differently for other filters.
    middle = slice(len(got) // 10, -len(got) // 10)
    peak = np.abs(expected).max()
    np.testing.assert_allclose(got[middle], expected[middle], atol=5e-4 * peak)


def torchaudio_resample(x, orig, new, width, rolloff, method, beta=14.769656459379492):
    """torchaudio 2.11 `functional.resample` of `(batch, samples)`, in float64."""
    torch = pytest.importorskip("torch")
    common = math.gcd(orig, new)
    orig, new = orig // common, new // common
    base = min(orig, new) * rolloff
    side = math.ceil(width * orig / base)
    index = torch.arange(-side, side + orig, dtype=torch.float64)[None, None] / orig
    t = torch.arange(0, -new, -1, dtype=torch.float64)[:, None, None] / new + index
    t = (t * base).clamp(-width, width)
    if method == "sinc_interp_hann":
        window = torch.cos(t * math.pi / width / 2) ** 2
    else:
        beta = torch.tensor(float(beta), dtype=torch.float64)
        window = torch.i0(beta * torch.sqrt(1 - (t / width) ** 2)) / torch.i0(beta)
    t = t * math.pi
    kernel = torch.where(t == 0, torch.ones_like(t), t.sin() / t) * window * base / orig
    wave = torch.nn.functional.pad(torch.tensor(x).double(), (side, side + orig))
    y = torch.nn.functional.conv1d(wave[:, None], kernel, stride=orig)
    y = y.transpose(1, 2).reshape(len(x), -1)
    return y[:, : math.ceil(new * x.shape[1] / orig)].numpy()


@pytest.mark.parametrize(("orig_sr", "target_sr"), [(441, 160), (160, 441), (3, 1), (10, 11)])
@pytest.mark.parametrize(
    ("width", "rolloff", "method"),
    [(6, 0.99, "sinc_interp_hann"), (16, 0.9475937167399596, "sinc_interp_kaiser")],
)
def test_matches_torchaudio_s_formula(orig_sr, target_sr, width, rolloff, method):
    x = noise(2, 2000, 1)
    layer = Resample(
        orig_sr=orig_sr, target_sr=target_sr, lowpass_filter_width=width, rolloff=rolloff,
        resampling_method=method, beta=14.769656459379492,
    )  # fmt: skip
    expected = torchaudio_resample(x[..., 0], orig_sr, target_sr, width, rolloff, method)
    got = to_numpy(layer(x))[..., 0]
    np.testing.assert_allclose(got, expected, atol=2e-6 * np.abs(expected).max())
    if method == "sinc_interp_hann":
        fast = Resample(orig_sr=orig_sr, target_sr=target_sr, **FAST)
        np.testing.assert_array_equal(to_numpy(fast(x))[..., 0], got)


def tone(hz, rate, samples):
    """A tone that swells and fades, so that its spectrum is one line."""
    return np.sin(2 * np.pi * hz / rate * np.arange(samples)) * np.hanning(samples) ** 4


@pytest.mark.parametrize(
    ("quality", "floor_db", "flat_to"), [("high", -105, 0.90), ("best", -115, 0.94)]
)
@pytest.mark.parametrize(("orig_sr", "target_sr"), [(44100, 16000), (48000, 16000)])
def test_tones_above_half_the_new_rate_vanish(quality, floor_db, flat_to, orig_sr, target_sr):
    nyquist = target_sr / 2
    layer = quick(Resample(orig_sr=orig_sr, target_sr=target_sr, quality=quality))
    above = np.linspace(1.002, 2.5, 16) * nyquist
    tones = np.stack([tone(hz, orig_sr, orig_sr // 4) for hz in above])[..., None]
    aliases = to_numpy(layer(tones.astype("float32")))
    assert 20 * np.log10(np.abs(aliases).max()) < floor_db
    # Below, the gain is 1 to 0.001 dB, seen at the tone's middle.
    below = np.linspace(0.02, flat_to, 8) * nyquist
    tones = np.stack([tone(hz, orig_sr, orig_sr // 4) for hz in below])[..., None]
    power = (to_numpy(layer(tones.astype("float32"))) ** 2).sum(axis=1) / target_sr
    gain = 10 * np.log10(power / ((tones**2).sum(axis=1) / orig_sr))
    np.testing.assert_allclose(gain, 0, atol=1e-3)


def test_images_above_half_the_old_rate_vanish():
    x = tone(7000, 16000, 4000).astype("float32")[None, :, None]
    y = to_numpy(Resample(orig_sr=16000, target_sr=48000)(x))[0, :, 0]
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y))))
    hz = np.fft.rfftfreq(len(y), 1 / 48000)
    image = spectrum[hz > 8000].max() / spectrum.max()
    assert 20 * np.log10(image) < -100


def test_equal_rates_change_nothing():
    layer = Resample(orig_sr=8000, target_sr=8000)
    np.testing.assert_array_equal(to_numpy(layer(WAVEFORM)), WAVEFORM)


def test_the_gradient_is_the_transpose():
    layer = Resample(orig_sr=3, target_sr=2, **FAST)
    got = gradient(layer, np.zeros((1, 20, 1), "float32"))[0, :, 0]
    matrix = to_numpy(layer(np.eye(20, dtype="float32")[..., None]))[..., 0]
    np.testing.assert_allclose(got, matrix.sum(axis=1), atol=FLOAT32)


def test_large_coprime_rates_work():
    rate, other = 4001, 4003
    x = np.stack([tone(hz, rate, rate) for hz in (300, 1000)])[..., None].astype("float32")
    got = to_numpy(Resample(orig_sr=rate, target_sr=other)(x))
    assert got.shape == (2, other, 1)
    time = np.arange(other) / other
    fade = np.interp(time, np.arange(rate) / rate, np.hanning(rate) ** 4)
    expected = np.stack([np.sin(2 * np.pi * hz * time) * fade for hz in (300, 1000)])
    np.testing.assert_allclose(got[..., 0], expected, atol=FLOAT32)


def test_rates_whose_filters_would_not_fit_are_refused_with_a_way_out():
    match = r"Resample: `target_sr` must be such that .* Received: target_sr=48001.*ratio of"
    with pytest.raises(ValueError, match=match):
        Resample(orig_sr=48000, target_sr=48001)
    with pytest.raises(ValueError, match="common divisor"):
        Resample(orig_sr=10**9, target_sr=1)


def test_a_masked_model_is_saved_and_loaded(tmp_path):
    waveform, length = keras.Input((None,)), keras.Input((), dtype="int32")
    y = Resample(**DOWN)(LengthMask()([waveform, length]))
    y = keras.layers.GlobalAveragePooling1D()(y)  # takes the mask
    model = keras.Model([waveform, length], y)
    model.save(tmp_path / "model.keras")
    inputs = [noise(2, 900), np.array([900, 300])]
    got = to_numpy(keras.models.load_model(tmp_path / "model.keras")(inputs))
    np.testing.assert_array_equal(got, to_numpy(model(inputs)))
    alone = to_numpy(model([inputs[0][1:, :300], np.array([300])]))
    np.testing.assert_allclose(got[1:], alone, atol=FLOAT32_SHORT)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="shapes are unknown on TensorFlow only")
def test_length_may_be_unknown_with_a_mask_and_under_xla():
    import tensorflow as tf

    layer = Resample(**DOWN)
    x, mask = noise(2, 900, 1), np.arange(900)[None] < np.array([[900], [300]])
    specs = [tf.TensorSpec([None, None, 1]), tf.TensorSpec([None, None], "bool")]
    for jit_compile in (False, True):
        call = tf.function(
            lambda x, m: layer(x, mask=m), input_signature=specs, jit_compile=jit_compile
        )
        np.testing.assert_allclose(
            to_numpy(call(x, mask)), to_numpy(layer(x, mask=mask)), atol=FLOAT32_SHORT
        )


def test_sample_lengths_count_the_valid_samples():
    got = to_numpy(Resample(**DOWN).sample_lengths(np.array([0, 1, 441, 442])))
    assert got.tolist() == [0, 1, 160, 161]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"orig_sr": 0}, "an int > 0"),
        ({"target_sr": "16000"}, "an int > 0"),
        ({"quality": "VHQ"}, "one of"),
        ({"resampling_method": "linear"}, "one of"),
        ({"lowpass_filter_width": 0}, "an int > 0"),
        ({"rolloff": 1.5}, "a number in 0 .. 1"),
        ({"beta": -1}, "a number >= 0"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    match = rf"Resample: `{name}` must be {rule}.* Received: {name}="
    with pytest.raises(ValueError, match=match):
        Resample(**bad)
