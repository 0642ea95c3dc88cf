"""`PreEmphasis`: the layer contract, then what only this layer promises."""

from functools import partial

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import (
    check_compiled,
    check_gradient,
    check_layer,
    check_lengths,
    check_padding,
    check_policies,
    full_scale_sine,
    noise,
)
from scipy.signal import lfilter

from kapre_like.layers import PreEmphasis

pytestmark = pytest.mark.backends

WAVEFORM = noise(3, 60, 2)
STARTS = ("zero", "repeat", "extrapolate")


@pytest.mark.parametrize("start", STARTS)
def test_layer_contract(start, tmp_path):
    check_layer(partial(PreEmphasis, start=start), WAVEFORM, tmp_path)


@pytest.mark.parametrize("start", STARTS)
def test_any_length_alone_and_in_a_padded_batch(start):
    check_lengths(partial(PreEmphasis, start=start), [0, 1, 2, 3, 10])
    check_padding(lambda: [PreEmphasis(start=start)], [20, 0, 1, 2, 3], atol=0)


def test_every_policy_computes_in_float32():
    exact = {"float32": 0, "mixed_float16": 0, "mixed_bfloat16": 0, "float64": 1e-6}
    batches = [np.zeros((1, 50, 1), "float32"), full_scale_sine(50)]
    check_policies(PreEmphasis, batches, output="float32", atol=exact)


def test_gradients_and_compilation():
    check_gradient(PreEmphasis(start="extrapolate"), np.zeros((1, 40, 1), "float32"))
    check_compiled(partial(PreEmphasis, start="extrapolate"), WAVEFORM)


def test_from_zero_it_is_a_plain_filter_as_in_torchaudio():
    got = to_numpy(PreEmphasis(coefficient=0.9)(WAVEFORM))
    expected = lfilter([1.0, -0.9], [1.0], WAVEFORM.astype("float64"), axis=1)
    np.testing.assert_allclose(got, expected, atol=1e-7)


def test_extrapolated_it_is_librosa_s():
    librosa = pytest.importorskip("librosa")
    got = to_numpy(PreEmphasis(start="extrapolate")(WAVEFORM))
    expected = librosa.effects.preemphasis(WAVEFORM.transpose(0, 2, 1)).transpose(0, 2, 1)
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_repeated_it_is_kaldi_s():
    got = to_numpy(PreEmphasis(start="repeat")(WAVEFORM))
    before = np.concatenate([WAVEFORM[:, :1], WAVEFORM[:, :-1]], axis=1)
    np.testing.assert_allclose(got, WAVEFORM - 0.97 * before, atol=1e-6)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"coefficient": 1.1}, "a number in 0 .. 1"),
        ({"coefficient": "0.97"}, "a number >= 0"),
        ({"start": "reflect"}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    match = rf"PreEmphasis: `{name}` must be {rule}.* Received: {name}="
    with pytest.raises(ValueError, match=match):
        PreEmphasis(**bad)
