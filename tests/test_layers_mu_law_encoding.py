"""What `MuLawEncoding` promises beside what every layer does (`test_every_layer.py`)."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise

from kapre_like.layers import MuLawEncoding

pytestmark = pytest.mark.backends(full=True)

WAVEFORM = noise(3, 60, 2)


@pytest.mark.parametrize("channels", [2, 16, 256, 65536])
def test_matches_torchaudio_s_formula(channels):
    torch = pytest.importorskip("torch")
    x = np.linspace(-1, 1, 10001, dtype="float32")[None, :, None]
    got = to_numpy(MuLawEncoding(quantization_channels=channels)(x))
    # torchaudio 2.11 `functional.mu_law_encoding`.
    mu, wave = torch.tensor(channels - 1.0), torch.tensor(x)
    code = torch.sign(wave) * torch.log1p(mu * torch.abs(wave)) / torch.log1p(mu)
    expected = ((code + 1) / 2 * mu + 0.5).to(torch.int64).numpy()
    # Where a code begins, the last bit of the logarithm decides.
    assert np.abs(got - expected).max() <= 1
    assert (got != expected).mean() < (1e-3 if channels <= 256 else 0.02)
    assert got.min() == 0
    assert got.max() == channels - 1


def test_values_beyond_full_scale_keep_a_legal_code():
    codes = to_numpy(MuLawEncoding()(np.array([[[-7.0], [7.0]]], "float32")))
    assert codes[0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_codes_are_int32_and_the_same_under_every_policy(policy):
    layer = MuLawEncoding(dtype=policy)
    got = layer(WAVEFORM)
    assert keras.backend.standardize_dtype(got.dtype) == "int32"
    assert keras.backend.standardize_dtype(layer(keras.Input((60, 2))).dtype) == "int32"
    np.testing.assert_array_equal(to_numpy(got), to_numpy(MuLawEncoding()(WAVEFORM)))


def test_padding_has_the_code_of_silence():
    x, mask = noise(1, 4, 1), np.array([[True, True, False, False]])
    codes = to_numpy(MuLawEncoding()(x, mask=mask))
    assert codes[0, 2:, 0].tolist() == [128, 128]


@pytest.mark.parametrize("bad", [1, 65537, 256.0, "256", None])
def test_bad_argument_is_named_in_the_error(bad):
    with pytest.raises(ValueError, match="MuLawEncoding: `quantization_channels` must be"):
        MuLawEncoding(quantization_channels=bad)


def test_integer_audio_is_refused():
    with pytest.raises(ValueError, match=r"floating point.*x / 32768"):
        MuLawEncoding()(np.zeros((1, 4, 1), "int16"))
