"""What `STFT` promises beside what every layer does (`test_every_layer.py`)."""

import json
from functools import partial

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, gradient, quick, to_numpy
from layer_contract import (
    check_policies,
    full_scale_sine,
    noise,
)
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

from kapre_like.layers import STFT

pytestmark = pytest.mark.backends(full=True)

SMALL = {"n_fft": 16, "hop_length": 5}


def test_masked_samples_have_no_influence():
    x, mask = noise(2, 40, 1), np.arange(40) < np.array([[40], [20]])
    layer = STFT(**SMALL)
    junk = np.where(mask[..., None], x, np.nan)
    got, expected = layer(junk, mask=mask), layer(np.where(mask[..., None], x, 0))
    np.testing.assert_array_equal(to_numpy(got), to_numpy(expected))


@pytest.mark.parametrize("pad_mode", ["constant", "reflect"])
def test_channels_may_be_unknown_too(pad_mode):
    x, mask = noise(2, 40, 3), np.arange(40) < np.array([[40], [20]])
    layer = STFT(**SMALL, pad_mode=pad_mode)
    expected = to_numpy(layer(x, mask=mask))
    if BACKEND == "tensorflow":
        import tensorflow as tf

        specs = [tf.TensorSpec([None] * 3), tf.TensorSpec([None] * 2, "bool")]
        call = tf.function(lambda x, m: layer(x, mask=m), input_signature=specs)
        np.testing.assert_allclose(to_numpy(call(x, mask)), expected, atol=FLOAT32)
    symbolic = layer(keras.Input((None, None)))
    assert symbolic.shape == (None, None, 9, None)


@pytest.mark.parametrize("learn", [None, "kernels", "window"])
def test_every_policy_computes_in_float32(learn):
    make = partial(STFT, n_fft=64, hop_length=32, learn=learn)
    # Silence, and a sine whose bins times window sums pass what float16 resolves. 1e-5 of
    # the peak, 16: mixed policies compute the very same; float64 differs by rounding.
    tolerance = {"float32": 0, "mixed_float16": 0, "mixed_bfloat16": 0, "float64": 1.6e-4}
    batches = [np.zeros((1, 256, 1), "float32"), full_scale_sine(256)]
    check_policies(make, batches, output="complex64", atol=tolerance)


@pytest.mark.parametrize("window", ["hann", ("kaiser", 5.0)])
@pytest.mark.parametrize(
    ("n_fft", "win_length", "hop_length"), [(64, None, None), (64, 40, 13), (65, 40, 70)]
)
@pytest.mark.parametrize(
    ("center", "pad_mode"), [(True, "constant"), (True, "reflect"), (False, "constant")]
)
def test_matches_librosa_one_clip_at_a_time(
    window, n_fft, win_length, hop_length, center, pad_mode
):
    librosa = pytest.importorskip("librosa")
    arguments = {
        "n_fft": n_fft, "win_length": win_length, "hop_length": hop_length,
        "window": window, "center": center, "pad_mode": pad_mode,
    }  # fmt: skip
    x = noise(2, 500, 2)
    got = to_numpy(quick(STFT(**arguments))(x))
    for clip, channel in ((0, 1), (1, 0)):
        expected = librosa.stft(x[clip, :, channel].astype("float64"), **arguments).T
        # A Fourier transform of this size in float32 is exact to 1e-6 of the peak.
        peak = np.abs(expected).max()
        np.testing.assert_allclose(got[clip, :, :, channel], expected, atol=FLOAT32 * peak)


@pytest.mark.parametrize("learn", ["kernels", "window"])
@pytest.mark.parametrize("win_length", [None, 41])
def test_a_learned_transform_starts_equal_to_the_fixed_one(learn, win_length):
    x = noise(2, 2000, 1)
    arguments = {"n_fft": 64, "win_length": win_length, "hop_length": 20}
    fixed = to_numpy(STFT(**arguments)(x))
    learned = to_numpy(STFT(**arguments, learn=learn)(x))
    np.testing.assert_allclose(learned, fixed, atol=FLOAT32_LONG * np.abs(fixed).max())


@pytest.mark.parametrize("window", ["hann", ("gaussian", 7.0), ("tukey", 0.3), "hamming"])
@pytest.mark.parametrize(("n_fft", "win_length"), [(65, 65), (65, 40), (64, 41), (21, 1)])
def test_any_window_is_centered_as_in_librosa(window, n_fft, win_length):
    librosa = pytest.importorskip("librosa")
    arguments = {"n_fft": n_fft, "win_length": win_length, "hop_length": 10, "window": window}
    x = noise(1, 300, 1)
    got = to_numpy(quick(STFT(**arguments))(x))[0, :, :, 0]
    expected = librosa.stft(x[0, :, 0].astype("float64"), **arguments).T
    np.testing.assert_allclose(got, expected, atol=FLOAT32 * np.abs(expected).max())


def test_pad_mode_none_adds_nothing_beside_the_clip():
    x, lengths = noise(2, 70, 1), np.array([0, 15, 16, 40, 70])
    nothing, uncentered = STFT(**SMALL, pad_mode="none"), STFT(**SMALL, center=False)
    np.testing.assert_array_equal(to_numpy(nothing(x)), to_numpy(uncentered(x)))
    got, expected = (layer.frame_lengths(lengths) for layer in (nothing, uncentered))
    np.testing.assert_array_equal(to_numpy(got), to_numpy(expected))
    assert nothing.get_config()["center"] is True


def test_matches_torch():
    torch = pytest.importorskip("torch")
    x = noise(2, 1000, 1)
    got = to_numpy(STFT(n_fft=128, win_length=100, hop_length=32, pad_mode="reflect")(x))
    expected = torch.stft(
        torch.tensor(x[..., 0]), 128, 32, 100, torch.hann_window(100),
        pad_mode="reflect", return_complex=True,
    )  # fmt: skip
    # torch centers an even window in the frame as librosa does.
    expected = expected.numpy().transpose(0, 2, 1)
    np.testing.assert_allclose(got[..., 0], expected, atol=FLOAT32 * np.abs(expected).max())


def test_matches_scipy():
    from scipy.signal import ShortTimeFFT, get_window

    x = noise(1, 1000, 1)
    got = to_numpy(STFT(n_fft=64, hop_length=16)(x))[0, :, :, 0].T
    reference = ShortTimeFFT(get_window("hann", 64), 16, fs=1.0, phase_shift=None)
    expected = reference.stft(x[0, :, 0], p0=0, p1=got.shape[1])
    np.testing.assert_allclose(got, expected, atol=FLOAT32 * np.abs(expected).max())


def test_reflection_folds_as_often_as_a_short_clip_needs():
    x = noise(1, 5, 1)
    got = to_numpy(STFT(n_fft=32, hop_length=8, pad_mode="reflect")(x))[0, :, :, 0]
    padded = np.pad(x[:, :, 0], [(0, 0), (16, 16)], mode="reflect")[..., None]
    uncenterd = STFT(n_fft=32, hop_length=8, center=False)(padded)
    np.testing.assert_allclose(got, to_numpy(uncenterd)[0, :, :, 0], atol=FLOAT32_SHORT)


@pytest.mark.parametrize("n_fft", [8, 7])
def test_the_gradient_is_the_transpose(n_fft):
    # The transform is linear: its gradient by the waveform is the same everywhere, and the
    # difference quotient is exact up to rounding (1e-3 relative in float32).
    layer = STFT(n_fft=n_fft, hop_length=3, output="real_imag")
    x = noise(1, 20, 1)
    got = gradient(layer, x)[0, :, 0]
    base = to_numpy(layer(x)).sum()
    for sample in (0, 7, 19):
        moved = x.copy()
        moved[0, sample, 0] += 1.0
        slope = to_numpy(layer(moved)).sum() - base
        np.testing.assert_allclose(got[sample], slope, rtol=1e-3, atol=1e-4)


def test_numpy_numbers_as_arguments_become_plain_numbers_in_the_file():
    layer = STFT(n_fft=np.int64(16), hop_length=np.int32(5), window=np.hanning(16))
    config = json.loads(json.dumps(layer.get_config()))
    assert STFT.from_config(config).get_config() == config


def test_frame_lengths_count_the_valid_frames():
    layer = STFT(n_fft=16, hop_length=5, center=False)
    got = to_numpy(layer.frame_lengths(np.array([0, 15, 16, 20, 21, 26])))
    np.testing.assert_array_equal(got, [1, 1, 1, 1, 2, 3])


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"n_fft": 0}, "an int > 0"),
        ({"hop_length": 0}, "an int > 0"),
        ({"hop_length": 2.5}, "an int > 0"),
        ({"win_length": 17}, "at most n_fft=16"),
        ({"window": "triangle-ish"}, "a window"),
        ({"window": [1.0, 2.0]}, "a window"),
        ({"window": None}, "a window"),
        ({"center": 1}, "True or False"),
        ({"pad_mode": "edge"}, "one of"),
        ({"output": "magnitude"}, "one of"),
        ({"learn": True}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"STFT: `{name}` must be {rule}.* Received: {name}="):
        STFT(**{**SMALL, **bad})


def test_bad_input_is_named_in_the_error():
    with pytest.raises(
        ValueError, match=r"expects \(batch, samples, channels\).*expand_dims\(x, axis=-1\)"
    ):
        STFT(**SMALL)(np.zeros((2, 40), "float32"))
    with pytest.raises(ValueError, match="at least one channel"):
        STFT(**SMALL)(np.zeros((2, 40, 0), "float32"))
    with pytest.raises(ValueError, match=r"floating point.*int16.*x / 32768"):
        STFT(**SMALL)(np.zeros((2, 40, 1), "int16"))
    with pytest.raises(ValueError, match=r"floating point.*int16.*x / 32768"):
        STFT(**SMALL)(keras.Input((40, 1), dtype="int16"))


def test_a_built_layer_still_refuses_no_channels():
    layer = STFT(n_fft=64)
    layer(np.zeros((1, 100, 1), "float32"))
    with pytest.raises(ValueError, match="STFT: "):
        layer(np.zeros((1, 100, 0), "float32"))
