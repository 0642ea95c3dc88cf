"""`MuLawDecoding`: the layer contract, then what only this layer promises."""

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
    noise,
)

from kapre_like.layers import MuLawDecoding, MuLawEncoding

pytestmark = pytest.mark.backends

CODES = np.random.default_rng(0).integers(0, 256, (3, 60, 2))


def test_layer_contract(tmp_path):
    check_layer(MuLawDecoding, CODES.astype("float32"), tmp_path)
    check_lengths(MuLawDecoding, [0, 1, 10])
    check_padding(lambda: [MuLawEncoding(), MuLawDecoding()], [10, 0, 1, 7], atol=1e-6)


def test_every_policy_computes_in_float32():
    exact = {"float32": 0, "mixed_float16": 0, "mixed_bfloat16": 0, "float64": 1e-6}
    batches = [np.zeros((1, 50, 1), "float32"), CODES.astype("float32")]
    check_policies(MuLawDecoding, batches, output="float32", atol=exact)


def test_gradients_and_compilation():
    check_gradient(MuLawDecoding(), np.full((1, 40, 1), 127.5, "float32"))
    check_compiled(MuLawDecoding, CODES.astype("float32"))


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
def test_matches_torchaudio_s_formula(dtype):
    codes = np.arange(256).reshape(1, 256, 1).astype(dtype)
    got = to_numpy(MuLawDecoding()(codes))
    # torchaudio 2.11 `functional.mu_law_decoding`.
    y = codes.astype("float64") / 255 * 2 - 1
    expected = np.sign(y) * (np.exp(np.abs(y) * np.log1p(255.0)) - 1.0) / 255
    np.testing.assert_allclose(got, expected, atol=1e-6)


@pytest.mark.parametrize("channels", [16, 256, 65536])
def test_undoes_encoding_up_to_half_a_step(channels):
    x = np.clip(noise(2, 500, 1), -1, 1)
    codes = MuLawEncoding(quantization_channels=channels)(x)
    back = to_numpy(MuLawDecoding(quantization_channels=channels)(codes))
    mu = channels - 1
    step = np.log1p(mu) * (1 + mu * np.abs(x)) / mu * 2 / mu  # slope times one code
    assert (np.abs(back - x) <= 0.75 * step + 1e-6).all()


def test_bad_arguments_and_inputs_are_named_in_the_error():
    with pytest.raises(ValueError, match="MuLawDecoding: `quantization_channels` must be"):
        MuLawDecoding(quantization_channels=1)
    with pytest.raises(ValueError, match=r"integer or floating point.*bool"):
        MuLawDecoding()(np.zeros((1, 4, 1), "bool"))
