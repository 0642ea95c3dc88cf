"""`GriffinLim`: how near it comes, measured against librosa."""

from pathlib import Path

import keras
import numpy as np
import pytest
from backend_tools import gradient, quick, to_numpy
from layer_contract import (
    check_gradient,
    masked_model,
    noise,
)
from tolerances import FLOAT32, FLOAT32_LONG

from kapre_like.layers import STFT, GriffinLim, Power
from kapre_like.ops.lowering import plain_operators

pytestmark = pytest.mark.backends(full=True)

SMALL = {"n_fft": 16, "hop_length": 4, "n_iter": 2}
POWER = noise(3, 7, 9, 2) ** 2
CLIPS = Path(__file__).parents[1] / "examples/data/spoken_digits/clips"


@pytest.mark.parametrize("n_fft", [16, 15])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("length", [None, 0, 7])
def test_declared_shapes_are_right_for_every_number_of_frames(n_fft, center, length):
    layer = GriffinLim(n_fft=n_fft, hop_length=5, center=center, length=length, n_iter=1)
    unknown = keras.Input((None, n_fft // 2 + 1, 1))
    model = quick(keras.Model(unknown, layer(unknown)))
    for frames in (1, 2, 5):
        x = noise(2, frames, n_fft // 2 + 1, 1) ** 2
        expected = layer.compute_output_shape(x.shape)
        assert tuple(quick(layer)(x).shape) == expected
        assert tuple(model(x).shape) == expected


@pytest.mark.parametrize("n_fft", [16, 15])
@pytest.mark.parametrize("length", [None, 30])
def test_a_padded_clip_converges_as_it_does_alone(n_fft, length):
    arguments = {"n_fft": n_fft, "hop_length": 5}
    layer = GriffinLim(**arguments, length=length, n_iter=8)
    model = masked_model([STFT(**arguments), Power(), layer])
    lengths = np.array([50, 23, 4], "int32")
    waveform = noise(3, 50)
    together, mask = (to_numpy(y) for y in model([waveform, lengths]))
    assert mask.shape == together.shape[:2]
    for clip, samples in enumerate(lengths):
        one = [waveform[clip : clip + 1, :samples], lengths[clip : clip + 1]]
        alone, own = (to_numpy(y) for y in model(one))
        valid = int(own.sum())
        assert mask[clip].sum() == valid
        np.testing.assert_allclose(together[clip, :valid], alone[0, :valid], atol=2e-5)
        layer_alone = to_numpy(
            keras.Sequential([STFT(**arguments), Power(), layer])(one[0][..., None])
        )
        np.testing.assert_allclose(layer_alone[:, :valid], alone[:, :valid], atol=2e-5)


def spoken_digit(name, n_fft, hop_length):
    librosa, soundfile = (pytest.importorskip(module) for module in ("librosa", "soundfile"))
    x, _ = soundfile.read(CLIPS / name)
    x = x[: len(x) // hop_length * hop_length]
    return np.abs(librosa.stft(x, n_fft=n_fft, hop_length=hop_length))


def inconsistency(magnitude, y, **arguments):
    """How far the magnitudes of `y` are from those wanted, relative to them."""
    import librosa

    got = np.abs(librosa.stft(y, **arguments))
    return np.linalg.norm(got - magnitude) / np.linalg.norm(magnitude)


@pytest.mark.parametrize("momentum", [pytest.param(0.0, marks=pytest.mark.slow), 0.99])
def test_it_comes_as_near_as_librosa_on_recordings(momentum):
    librosa = pytest.importorskip("librosa")
    arguments = {"n_fft": 512, "hop_length": 128}
    layer = quick(GriffinLim(**arguments, momentum=momentum, power=1.0))
    ours, theirs = [], []
    for name in ("3/s21-0.flac", "7/s24-1.flac", "0/s19-0.flac"):
        magnitude = spoken_digit(name, **arguments)
        got = to_numpy(layer(magnitude.T[None, :, :, None].astype("float32")))[0, :, 0]
        ours.append(inconsistency(magnitude, got, **arguments))
        for seed in (0, 1):
            reference = librosa.griffinlim(
                magnitude, momentum=momentum, random_state=seed, **arguments
            )
            theirs.append(inconsistency(magnitude, reference, **arguments))
    # Without momentum the two differ by their random phases alone.
    assert np.mean(ours) <= np.mean(theirs) * (1.1 if momentum == 0 else 1.0)


def test_a_clip_with_right_phases_is_not_moved():
    # The magnitudes of a constant, whose phases are those of `init="zeros"`.
    spectrum = STFT(n_fft=16, hop_length=4, center=False, output="real_imag")
    x = np.ones((1, 64, 1), "float32")
    magnitude = np.zeros((1, 13, 9, 1), "float32")
    magnitude[:, :, 0] = to_numpy(spectrum(x))[:, :, 0, :, 0]
    layer = GriffinLim(n_fft=16, hop_length=4, center=False, init="zeros", power=1, n_iter=1)
    got = to_numpy(layer(magnitude))
    assert got[0, 8:-8].min() > 0


def test_seeds_choose_the_phases_and_nothing_else_does():
    first, again = (to_numpy(GriffinLim(**SMALL)(POWER)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = to_numpy(GriffinLim(**SMALL, seed=1)(POWER))
    assert np.abs(first - other).max() > 0.1 * np.abs(first).max()


def test_power_is_the_exponent_of_the_magnitude_and_level_is_kept():
    expected = to_numpy(GriffinLim(**SMALL)(POWER))
    got = to_numpy(GriffinLim(**SMALL, power=1)(np.sqrt(POWER)))
    np.testing.assert_allclose(got, expected, atol=FLOAT32)
    quiet = to_numpy(GriffinLim(**SMALL)(1e-8 * POWER))
    np.testing.assert_allclose(quiet, 1e-4 * expected, atol=1e-8)
    below = np.where(np.median(POWER) > POWER, -1, POWER).astype("float32")
    expected = to_numpy(GriffinLim(**SMALL)(np.maximum(below, 0)))
    np.testing.assert_array_equal(to_numpy(GriffinLim(**SMALL)(below)), expected)


def test_plain_operators_give_the_same():
    expected = to_numpy(GriffinLim(**SMALL)(POWER))
    with plain_operators():
        got = to_numpy(GriffinLim(**SMALL)(POWER))
    np.testing.assert_allclose(got, expected, atol=FLOAT32_LONG * np.abs(expected).max())


def test_gradients_are_finite_on_silence_and_not_lost_elsewhere():
    check_gradient(GriffinLim(**SMALL), np.zeros((1, 5, 9, 1), "float32"))
    assert np.abs(gradient(GriffinLim(**SMALL), POWER[1:2, :, :, :1])).max() > 0


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"n_fft": 0}, "an int > 0"),
        ({"hop_length": 16}, "so small that"),
        ({"window": "nonsense"}, "a window"),
        ({"center": 0}, "True or False"),
        ({"length": -1}, "an int >= 0"),
        ({"power": 0}, "a number > 0"),
        ({"n_iter": 0}, "an int > 0"),
        ({"momentum": 1.1}, "a number in 0 .. 1"),
        ({"momentum": -0.1}, "a number >= 0"),
        ({"init": "ones"}, "one of"),
        ({"seed": None}, "an int >= 0"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name, value = next(iter(bad.items()))
    match = rf"GriffinLim: `{name}` must be {rule}.* Received: {name}={value!r}"
    with pytest.raises(ValueError, match=match):
        GriffinLim(**{**SMALL, **bad})


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match="n_fft // 2 \\+ 1 = 9 freqs"):
        GriffinLim(**SMALL)(noise(2, 5, 8, 1))
    with pytest.raises(ValueError, match=r"expects \(batch, frames, freqs, channels\)"):
        GriffinLim(**SMALL)(noise(2, 5, 9))
    with pytest.raises(ValueError, match=r"floating point.*int32"):
        GriffinLim(**SMALL)(np.ones((2, 5, 9, 1), "int32"))
