"""What `Chroma` promises beside what every layer does (`test_every_layer.py`)."""

import numpy as np
import pytest
from backend_tools import compiled, gradient, quick, to_numpy
from layer_contract import (
    check_gradient,
    noise,
)
from tolerances import FLOAT32

from kapre_like.layers import CQT, STFT, Chroma, Power

pytestmark = pytest.mark.backends(full=True)

SMALL = {"sample_rate": 8000}
POWER = noise(3, 5, 65, 2) ** 2


@pytest.mark.parametrize("norm", ["max", 1, 2, None])
def test_gradients_are_finite_on_silence(norm):
    layer = Chroma(norm=norm, **SMALL)
    check_gradient(layer, np.zeros((1, 4, 65, 1), "float32"))
    # Not silence, but too quiet to be divided by.
    assert np.isfinite(gradient(layer, np.full((1, 4, 65, 1), 1e-36, "float32"))).all()


def test_compiled_equals_eager():
    layer = Chroma(norm=2, **SMALL)
    got = to_numpy(compiled(lambda x: layer(x))(POWER))
    np.testing.assert_allclose(got, to_numpy(layer(POWER)), atol=FLOAT32)


@pytest.mark.parametrize(("norm", "order"), [("max", np.inf), (1, 1), (2, 2), (None, None)])
@pytest.mark.parametrize(
    "arguments", [{}, {"n_chroma": 24, "tuning": 0.3, "ctroct": 4.0, "octwidth": 1.0}]
)
def test_matches_librosa_on_a_power_spectrogram(norm, order, arguments):
    librosa = pytest.importorskip("librosa")
    x = noise(2, 9, 257, 2) ** 2
    x[1, 3] = 0
    layer = Chroma(sample_rate=16000, norm=norm, base_c=False, **arguments)
    got = to_numpy(quick(layer)(x))
    for clip, channel in ((0, 1), (1, 0)):
        power = x[clip, :, :, channel].T.astype("float64")
        expected = librosa.feature.chroma_stft(
            S=power, sr=16000, norm=order, base_c=False, **{"tuning": 0.0, **arguments}
        ).T
        peak = np.abs(expected).max()
        np.testing.assert_allclose(got[clip, :, :, channel], expected, atol=FLOAT32 * peak)


@pytest.mark.parametrize(
    ("n_bins", "bins_per_octave", "n_chroma", "fmin"),
    [(84, 12, 12, 32.70319566), (250, 36, 12, 55.0), (60, 24, 24, 30.0)],
)
def test_matches_librosa_on_a_constant_q_transform(n_bins, bins_per_octave, n_chroma, fmin):
    librosa = pytest.importorskip("librosa")
    x = np.abs(noise(1, 9, n_bins, 1))
    arguments = {"bins_per_octave": bins_per_octave, "n_chroma": n_chroma, "fmin": fmin}
    got = to_numpy(Chroma(type="cqt", **arguments)(x))[0, :, :, 0]
    expected = librosa.feature.chroma_cqt(C=x[0, :, :, 0].T, **arguments).T
    np.testing.assert_allclose(got, expected, atol=FLOAT32)


def test_a_chord_has_the_same_classes_in_every_octave():
    time = np.arange(2 * 16000) / 16000
    hz = 261.63 * 2.0 ** (np.array([[0, 4, 7], [12, 16, 7]]) / 12)
    x = np.cos(2 * np.pi * hz[:, :, None] * time).sum(axis=1)[..., None].astype("float32")
    spectrum = Power()(STFT(n_fft=8192, output="real_imag")(x))
    for chroma in (Chroma()(spectrum), Chroma(type="cqt")(CQT()(x))):
        middle = to_numpy(chroma)[:, chroma.shape[1] // 2, :, 0]
        np.testing.assert_array_equal(np.sort(middle.argsort(axis=1)[:, -3:]), [[0, 4, 7]] * 2)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"type": "vqt"}, "one of"),
        ({"sample_rate": 0}, "a number > 0"),
        ({"n_fft": 2.5}, "an int > 0"),
        ({"n_chroma": 0}, "an int > 0"),
        ({"tuning": "A"}, "a finite number"),
        ({"ctroct": -1}, "a number > 0"),
        ({"octwidth": 0}, "a number > 0"),
        ({"norm": 3}, '"max", 1, 2 or None'),
        ({"norm": np.ones(2)}, '"max", 1, 2 or None'),
        ({"base_c": 1}, "True or False"),
        ({"fmin": 0}, "a number > 0"),
        ({"bins_per_octave": 20, "type": "cqt"}, "a multiple of n_chroma=12"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"Chroma: `{name}` must be .*{rule}"):
        Chroma(**bad)


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match="expects 257 freqs"):
        Chroma(n_fft=512)(np.zeros((1, 2, 256, 1), "float32"))
    with pytest.raises(ValueError, match="a known number of freqs > 1"):
        Chroma().compute_output_shape((None, None, None, 1))
    with pytest.raises(ValueError, match=r"expects \(batch, frames, freqs, channels\)"):
        Chroma()(np.zeros((1, 2, 257), "float32"))
    with pytest.raises(ValueError, match="floating point"):
        Chroma()(np.zeros((1, 2, 257, 1), "int16"))
