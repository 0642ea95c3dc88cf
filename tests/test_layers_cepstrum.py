"""What `Cepstrum` promises beside what every layer does (`test_every_layer.py`)."""

import numpy as np
import pytest
import scipy.fft
from backend_tools import BACKEND, to_numpy
from layer_contract import noise
from tolerances import FLOAT32, FLOAT32_LONG

from kapre_like.layers import Cepstrum, KaldiFbank

pytestmark = pytest.mark.backends(full=True)

BANDS = 40 * noise(3, 5, 24, 2)


@pytest.mark.parametrize("norm", [None, "ortho"])
def test_matches_scipy(norm):
    expected = scipy.fft.dct(BANDS.astype("float64"), norm=norm, axis=2)[:, :, :13]
    got = to_numpy(Cepstrum(n_cepstra=13, norm=norm)(BANDS))
    np.testing.assert_allclose(got, expected, atol=FLOAT32 * np.abs(expected).max())


def test_htk_is_what_tensorflow_and_kapre_compute():
    if BACKEND != "tensorflow":
        pytest.skip("TensorFlow's own function")
    import tensorflow as tf

    expected = tf.signal.mfccs_from_log_mel_spectrograms(BANDS[..., 0])[..., :13]
    got = to_numpy(Cepstrum(n_cepstra=13, norm="htk")(BANDS))[..., 0]
    np.testing.assert_allclose(got, expected, atol=FLOAT32_LONG)


def test_lifters_have_the_names_of_their_conventions():
    def first_two(**arguments):
        layer = Cepstrum(n_cepstra=5, lifter=22, **arguments)
        plain = Cepstrum(n_cepstra=5, norm=arguments.get("norm", "ortho"))
        return (to_numpy(layer(BANDS)) / to_numpy(plain(BANDS)))[0, 0, :2, 0]

    htk, librosa = [1.0, 2.5655], [2.5655, 4.0991]
    for arguments, expected in (
        ({"norm": "htk"}, htk), ({"norm": "ortho"}, librosa), ({"norm": None}, librosa),
        ({"norm": "ortho", "lifter_type": "htk"}, htk),
        ({"norm": "htk", "lifter_type": "librosa"}, librosa),
    ):  # fmt: skip
        np.testing.assert_allclose(first_two(**arguments), expected, atol=1e-3)


def test_behind_kaldi_bands_it_is_kaldis_mfcc():
    kaldi = pytest.importorskip("kaldi_native_fbank")
    options = kaldi.MfccOptions()
    options.frame_opts.dither, options.use_energy = 0.0, False
    options.mel_opts.num_bins, options.num_ceps, options.cepstral_lifter = 23, 13, 22.0
    clip = 1e4 * noise(1, 4000, 1)
    online = kaldi.OnlineMfcc(options)
    online.accept_waveform(16000, clip[0, :, 0].tolist())
    expected = np.stack([online.get_frame(i) for i in range(online.num_frames_ready)])
    layer = Cepstrum(n_cepstra=13, lifter=22, lifter_type="htk")
    got = to_numpy(layer(KaldiFbank(n_mels=23)(clip)))[0, :, :, 0]
    # 1e-4 of the log energies, summed over 23 bands and multiplied by up to 12.
    np.testing.assert_allclose(got, expected, atol=5e-3)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"n_cepstra": 0}, "an int > 0"),
        ({"norm": "slaney"}, "one of"),
        ({"lifter": -1}, "a number >= 0"),
        ({"lifter": None}, "a number >= 0"),
        ({"lifter_type": "kaldi"}, "one of"),
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
