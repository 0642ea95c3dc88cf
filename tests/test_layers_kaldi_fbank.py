"""`KaldiFbank`: Kaldi's own numbers."""

import kaldi_native_fbank
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import (
    noise,
)
from tolerances import DECIBEL, FLOAT32_LONG

from kapre_like.layers import KaldiFbank

pytestmark = pytest.mark.backends(full=True)


def theirs(clip, **arguments):
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = arguments.get("sample_rate", 16000)
    options.frame_opts.window_type = arguments.get("window", "povey")
    options.frame_opts.preemph_coeff = arguments.get("preemphasis", 0.97)
    options.frame_opts.remove_dc_offset = arguments.get("remove_dc", True)
    options.mel_opts.num_bins = arguments.get("n_mels", 80)
    options.mel_opts.low_freq = arguments.get("fmin", 20.0)
    options.mel_opts.high_freq = arguments.get("fmax", 0.0)
    fbank = kaldi_native_fbank.OnlineFbank(options)
    fbank.accept_waveform(options.frame_opts.samp_freq, clip.tolist())
    fbank.input_finished()
    return np.stack([fbank.get_frame(i) for i in range(fbank.num_frames_ready)])


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"window": "hanning", "n_mels": 120},
        {"window": "hamming", "preemphasis": 0.0, "fmin": 60.0, "fmax": 7600.0, "n_mels": 40},
        {"remove_dc": False, "n_mels": 23},
        {"sample_rate": 8000, "win_length": 200, "hop_length": 80, "n_mels": 40},
    ],
)
def test_matches_kaldi(arguments):
    # With an offset five times the signal, so that removing it matters; 16-bit scale.
    x = 3000 * noise(1, 8000, 1)[0, :, 0] + 50
    got = to_numpy(KaldiFbank(**arguments)(x[None, :, None]))[0, ..., 0]
    expected = theirs(x, **arguments)
    assert got.shape == expected.shape
    # Natural logarithms, within 80 dB of the peak. Below that the lowest band contains what
    # rounding leaves of the offset.
    loud = expected > expected.max() - 80 * np.log(10) / 10
    np.testing.assert_allclose(got[loud], expected[loud], atol=DECIBEL * np.log(10) / 10)
    assert loud.mean() > 0.99


def test_scale_turns_full_scale_one_into_integers():
    x = noise(1, 2000, 1)
    ints = to_numpy(KaldiFbank()(x * 32768))
    np.testing.assert_allclose(to_numpy(KaldiFbank(scale=32768)(x)), ints, atol=FLOAT32_LONG)


@pytest.mark.parametrize(
    "bad",
    [
        {"window": "hann"},
        {"win_length": 600, "n_fft": 512},
        {"preemphasis": 1.5},
        {"fmax": 9e3},
    ],
)
def test_bad_argument_is_named_in_the_error(bad):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"KaldiFbank: `{name}` must be .* Received: {name}="):
        KaldiFbank(**bad)
