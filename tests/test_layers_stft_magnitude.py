"""`StftMagnitude`: the layer contract, then what only this layer promises."""

from functools import partial

import numpy as np
import pytest
from backend_tools import quick, to_numpy
from layer_contract import (
    check_compiled,
    check_gradient,
    check_layer,
    check_lengths,
    check_padding,
    check_policies,
    full_scale_sine,
    masked_model,
    noise,
)

from kapre_like.layers import STFT, Magnitude, MagnitudeToDecibel, StftMagnitude

pytestmark = pytest.mark.backends

SMALL = {"n_fft": 16, "hop_length": 5}
WAVEFORM = noise(3, 60, 2)
KERNELS = ("kernel_real", "kernel_imag")


@pytest.mark.parametrize(
    ("arguments", "learns"),
    [
        ({}, ()),
        ({"decibel": True, "power": 2.0, "learn_stft": "window"}, ("window",)),
        ({"learn_stft": "kernels", "pad_mode": "reflect"}, KERNELS),
    ],
)
def test_layer_contract(arguments, learns, tmp_path):
    make = partial(StftMagnitude, **SMALL, **arguments)
    # 1e-3 dB: DESIGN.md, the same road alone and in a batch, decibels.
    check_layer(make, WAVEFORM, tmp_path, learns=learns, atol=1e-3 if arguments else 1e-5)
    check_compiled(make, WAVEFORM, atol=1e-3)
    check_gradient(make(), np.zeros((2, 40, 1), "float32"))


def test_shapes_tell_the_truth_at_every_length():
    check_lengths(partial(StftMagnitude, **SMALL), [0, 1, 15, 16, 17, 19, 20, 21])


@pytest.mark.parametrize("arguments", [{}, {"decibel": True, "ref": 0.1, "top_db": 20.0}])
def test_a_padded_clip_gives_what_it_gives_alone(arguments):
    atol = 1e-3 if arguments else 1e-5
    make = partial(StftMagnitude, **SMALL, pad_mode="reflect", **arguments)
    check_padding(lambda: [make()], [60, 31, 16, 15, 5, 1, 0], atol=atol)


def test_every_policy_computes_in_float32():
    batches = [np.zeros((1, 1000, 1), "float32"), full_scale_sine(1000)]
    exact = {"float32": 0, "mixed_float16": 0, "mixed_bfloat16": 0, "float64": 1e-3}
    make = partial(StftMagnitude, n_fft=256)
    check_policies(make, batches, output="float32", atol=exact)
    # Half of one step of the result's dtype at 100 dB.
    steps = {**exact, "mixed_float16": 0.04, "mixed_bfloat16": 0.26, "float64": 0.02}
    check_policies(partial(make, decibel=True), batches, output="policy", atol=steps)


def test_matches_librosa_one_clip_at_a_time():
    librosa = pytest.importorskip("librosa")
    x = noise(2, 2000, 2)
    got = to_numpy(quick(StftMagnitude(n_fft=512, hop_length=160, win_length=400))(x))
    for clip in (0, 1):
        expected = np.abs(
            librosa.stft(x[clip, :, 1], n_fft=512, hop_length=160, win_length=400)
        ).T
        np.testing.assert_allclose(got[clip, :, :, 1], expected, atol=1e-4 * expected.max())


def test_equals_its_layers_in_a_row():
    row = [STFT(**SMALL), Magnitude(), MagnitudeToDecibel(ref="max", top_db=40.0)]
    one = StftMagnitude(**SMALL, decibel=True, ref="max", top_db=40.0)
    batch = [noise(3, 100), np.array([100, 55, 20], "int32")]
    got, mask = masked_model([one])(batch)
    expected, expected_mask = masked_model(row)(batch)
    np.testing.assert_allclose(to_numpy(got), to_numpy(expected), atol=1e-3)
    np.testing.assert_array_equal(to_numpy(mask), to_numpy(expected_mask))


def test_describe_is_that_of_the_transform():
    said = StftMagnitude(**SMALL, learn_stft="kernels").describe(sample_rate=1600)
    np.testing.assert_allclose(said.now["centre_hz"], np.arange(9) * 100, atol=0.1)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"n_fft": 0}, "an int > 0"),
        ({"power": -1}, "a number > 0"),
        ({"decibel": None}, "True or False"),
        ({"ref": "mean"}, "a number > 0"),
        ({"amin": 0}, "a number > 0"),
        ({"top_db": "80"}, "a number > 0"),
        ({"learn_stft": "bands"}, "one of"),
        ({"pad_mode": "edge"}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"StftMagnitude: `{name}` must be {rule}"):
        StftMagnitude(**{**SMALL, **bad})
