"""What `Cepstrum` promises beside what every layer does (`test_every_layer.py`)."""

import numpy as np
import pytest
import scipy.fft
from backend_tools import BACKEND, to_numpy
from layer_contract import noise

from kapre_like.layers import Cepstrum

pytestmark = pytest.mark.backends

BANDS = 40 * noise(3, 5, 24, 2)


@pytest.mark.parametrize("norm", [None, "ortho"])
def test_matches_scipy(norm):
    expected = scipy.fft.dct(BANDS.astype("float64"), norm=norm, axis=2)[:, :, :13]
    got = to_numpy(Cepstrum(n_cepstra=13, norm=norm)(BANDS))
    np.testing.assert_allclose(got, expected, atol=1e-5 * np.abs(expected).max())


def test_htk_is_what_tensorflow_and_kapre_compute():
    if BACKEND != "tensorflow":
        pytest.skip("TensorFlow's own function")
    import tensorflow as tf

    expected = tf.signal.mfccs_from_log_mel_spectrograms(BANDS[..., 0])[..., :13]
    got = to_numpy(Cepstrum(n_cepstra=13, norm="htk")(BANDS))[..., 0]
    np.testing.assert_allclose(got, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"n_cepstra": 0}, "an int > 0"),
        ({"norm": "slaney"}, "one of"),
        ({"lifter": -1}, "a number >= 0"),
        ({"lifter": None}, "a number >= 0"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"`{name}` must be {rule}.* Received: {name}="):
        Cepstrum(**bad)


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"Cepstrum: expects at least n_cepstra=20 bands"):
        Cepstrum()(np.zeros((2, 5, 19, 1), "float32"))
    with pytest.raises(ValueError, match=r"Cepstrum: expects \(batch, frames, freqs"):
        Cepstrum()(np.zeros((2, 5, 24), "float32"))
    with pytest.raises(ValueError, match="floating point"):
        Cepstrum()(np.zeros((2, 5, 24, 1), "int32"))
