"""`InverseSTFT`: reconstruction."""

import keras
import numpy as np
import pytest
from backend_tools import gradient, quick, to_numpy
from layer_contract import masked_model, noise, policy
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.layers import STFT, InverseSTFT
from kapre_like.ops.lowering import plain_operators

pytestmark = pytest.mark.backends(full=True)

SMALL = {"n_fft": 16, "hop_length": 4}
PAIRS = noise(3, 7, 9, 2, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        {"n_fft": 64, "hop_length": 16},
        {"n_fft": 64, "win_length": 50, "hop_length": 20, "window": "hamming"},
        {"n_fft": 63, "hop_length": 21},
        {"n_fft": 32, "hop_length": 32, "window": "boxcar"},
        {"n_fft": 32, "hop_length": 1, "window": ("kaiser", 6.0)},
    ],
)
@pytest.mark.parametrize("pad_mode", ["constant", "reflect"])
def test_a_clip_comes_back(arguments, pad_mode):
    for samples in (300, 319):
        x = noise(2, samples, 2)
        for output in ("complex", "real_imag"):
            forward = STFT(**arguments, pad_mode=pad_mode, output=output)
            there_and_back = keras.Sequential(
                [forward, InverseSTFT(**arguments, length=samples)]
            )
            got = to_numpy(quick(there_and_back)(x))
            # With a hop as long as the window nothing covers what is after the last frame.
            until = samples - arguments["hop_length"] + 1
            # Perfect reconstruction: what is left is rounding.
            peak = np.abs(x).max()
            np.testing.assert_allclose(got[:, :until], x[:, :until], atol=FLOAT32 * peak)


def test_an_uncentered_clip_comes_back_where_a_window_covers_it():
    x = noise(2, 64, 1)
    arguments = {"n_fft": 16, "hop_length": 4, "center": False}
    got = to_numpy(InverseSTFT(**arguments)(STFT(**arguments)(x)))
    # A periodic Hann window starts with 0: only sample 0 is lost.
    np.testing.assert_allclose(got[:, 1:], x[:, 1:], atol=FLOAT32_SHORT)
    np.testing.assert_array_equal(got[:, 0], 0)


@pytest.mark.parametrize(("n_fft", "hop_length"), [(512, 128), (2048, 512), (400, 100)])
def test_an_uncentered_clip_comes_back_to_the_promised_edge(n_fft, hop_length):
    arguments = {"n_fft": n_fft, "hop_length": hop_length, "center": False}
    x = noise(16, n_fft + 4 * hop_length, 1)
    got = to_numpy(InverseSTFT(**arguments)(STFT(**arguments)(x)))
    # Where the window is a twentieth; below, rounding is divided by less.
    edge = int((0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft) < 0.05).sum() // 2) + 1
    error = np.abs(got - x)[:, edge:-edge].max(axis=(1, 2))
    assert (error <= 1e-5 * np.abs(x).max(axis=(1, 2))).all()


@pytest.mark.parametrize("n_fft", [16, 15])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("length", [None, 0, 7])
def test_declared_shapes_are_right_for_every_number_of_frames(n_fft, center, length):
    layer = InverseSTFT(n_fft=n_fft, hop_length=5, center=center, length=length)
    unknown = keras.Input((None, n_fft // 2 + 1, 1, 2))
    model = quick(keras.Model(unknown, layer(unknown)))
    for frames in (1, 2, 5):
        x = noise(2, frames, n_fft // 2 + 1, 1, 2)
        expected = layer.compute_output_shape(x.shape)
        assert tuple(quick(layer)(x).shape) == expected
        assert tuple(model(x).shape) == expected
        assert tuple(layer(keras.Input(batch_shape=x.shape)).shape) == expected


@pytest.mark.parametrize("n_fft", [16, 15])
@pytest.mark.parametrize("length", [None, 30])
def test_a_padded_clip_comes_back_as_it_does_alone(n_fft, length):
    arguments = {"n_fft": n_fft, "hop_length": 5}
    model = masked_model([STFT(**arguments), InverseSTFT(**arguments, length=length)])
    lengths = np.array([50, 23, 4], "int32")
    waveform = noise(3, 50)
    together, mask = (to_numpy(y) for y in model([waveform, lengths]))
    assert mask.shape == together.shape[:2]
    for clip, samples in enumerate(lengths):
        one = [waveform[clip : clip + 1, :samples], lengths[clip : clip + 1]]
        alone, own = (to_numpy(y) for y in model(one))
        valid = int(own.sum())
        assert mask[clip].sum() == valid
        np.testing.assert_allclose(together[clip, :valid], alone[0, :valid], atol=FLOAT32_SHORT)
        assert not together[clip, valid + n_fft // 2 + 1 :].any()


def test_padding_may_hold_what_is_not_a_number():
    x, mask = PAIRS.copy(), np.arange(7) < np.array([[7], [4], [1]])
    x[~mask] = np.nan
    got = to_numpy(InverseSTFT(**SMALL)(x, mask=mask))
    expected = to_numpy(InverseSTFT(**SMALL)(np.nan_to_num(x), mask=mask))
    np.testing.assert_array_equal(got, expected)


def test_plain_operators_give_the_same_samples():
    expected = to_numpy(InverseSTFT(**SMALL, length=22)(PAIRS))
    with plain_operators():
        got = to_numpy(InverseSTFT(**SMALL, length=22)(PAIRS))
    # Matrix products instead of an FFT: a few float32 ulps of the peak.
    np.testing.assert_allclose(got, expected, atol=FLOAT32_SHORT * np.abs(expected).max())


def test_pad_mode_none_comes_back_uncentered():
    x = noise(2, 64, 1)
    forward = STFT(n_fft=15, hop_length=5, pad_mode="none", window="hamming")
    inverse = InverseSTFT(n_fft=15, hop_length=5, center=False, window="hamming")
    got = to_numpy(inverse(forward(x)))
    np.testing.assert_allclose(got, x[:, : got.shape[1]], atol=FLOAT32_SHORT)


def test_samples_are_float32_under_mixed_precision():
    expected = to_numpy(InverseSTFT(**SMALL)(PAIRS))
    for name in ("mixed_float16", "mixed_bfloat16"):
        with policy(name):
            x = keras.Input(PAIRS.shape[1:], dtype="float32")
            got = to_numpy(keras.Model(x, InverseSTFT(**SMALL)(x))(PAIRS))
        assert got.dtype == "float32"
        np.testing.assert_array_equal(got, expected)


def test_gradients_are_finite_where_no_window_reaches():
    layer = InverseSTFT(n_fft=16, hop_length=4, center=False, length=60)
    got = gradient(layer, np.zeros((1, 3, 9, 1, 2), "float32"))
    assert np.isfinite(got).all()


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"n_fft": 0}, "an int > 0"),
        ({"win_length": 17}, "at most n_fft=16"),
        ({"hop_length": 0}, "an int > 0"),
        ({"hop_length": 16}, "so small that"),
        ({"hop_length": 16, "window": "boxcar", "win_length": 15}, "so small that"),
        ({"window": "triangle-ish"}, "a window"),
        ({"center": 0}, "True or False"),
        ({"length": -1}, "an int >= 0"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name, value = next(iter(bad.items()))
    match = rf"InverseSTFT: `{name}` must be {rule}.* Received: {name}={value!r}"
    with pytest.raises(ValueError, match=match):
        InverseSTFT(**{**SMALL, **bad})


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match="n_fft // 2 \\+ 1 = 9 freqs"):
        InverseSTFT(**SMALL)(noise(2, 5, 8, 1, 2))
    with pytest.raises(ValueError, match="must be complex, or real with a last axis of 2"):
        InverseSTFT(**SMALL)(noise(2, 5, 9, 1))
    with pytest.raises(ValueError, match=r"expects \(batch, frames, freqs, channels\) complex"):
        InverseSTFT(**SMALL)(noise(2, 5, 9))
    with pytest.raises(ValueError, match="at least one channel"):
        InverseSTFT(**SMALL)(noise(2, 5, 9, 0, 2))
