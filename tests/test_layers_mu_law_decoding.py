"""What `MuLawDecoding` promises beside what every layer does (`test_every_layer.py`)."""

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import (
    noise,
)
from tolerances import FLOAT32_SHORT

from kapre_like.layers import MuLawDecoding, MuLawEncoding

pytestmark = pytest.mark.backends(full=True)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
def test_matches_torchaudio_s_formula(dtype):
    codes = np.arange(256).reshape(1, 256, 1).astype(dtype)
    got = to_numpy(MuLawDecoding()(codes))
    # torchaudio 2.11 `functional.mu_law_decoding`.
    y = codes.astype("float64") / 255 * 2 - 1
    expected = np.sign(y) * (np.exp(np.abs(y) * np.log1p(255.0)) - 1.0) / 255
    np.testing.assert_allclose(got, expected, atol=FLOAT32_SHORT)


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
