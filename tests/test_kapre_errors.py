"""Errors of the Kapre facade: Kapre's types and conditions, this library's messages."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise

from kapre_like import kapre

pytestmark = pytest.mark.backends(full=True)

WAVE = noise(3, 70, 2)
SPECTROGRAM = np.abs(noise(3, 7, 9, 2)) * 10
SPECTRUM = SPECTROGRAM.astype("complex64")
MEL = {"sample_rate": 8000, "n_freq": 9, "n_mels": 4}
LOG = {"sample_rate": 8000, "n_freq": 9, "n_bins": 8, "bins_per_octave": 2, "f_min": 200.0}


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: kapre.STFT(n_fft=0), ValueError, "STFT: `n_fft` must be an int > 0"),
        (lambda: kapre.STFT(hop_length=0), ValueError, "STFT: `hop_length` must be"),
        (lambda: kapre.STFT(n_fft=3), ValueError, "Use hop_length=1"),
        (lambda: kapre.STFT(window_name="x"), NotImplementedError, "window_name='x'"),
        (lambda: kapre.STFT(input_data_format="x"), ValueError, "`input_data_format` must be"),
        (lambda: kapre.STFT(output_data_format=3), TypeError, "`output_data_format` must be"),
        (lambda: kapre.STFT(pad_end="yes"), ValueError, "`pad_end` must be True or False"),
        (
            lambda: kapre.STFT(n_fft=8, hop_length=9, pad_begin=True),
            ValueError,
            "at most n_fft",
        ),
        (
            lambda: kapre.STFT(n_fft=9, window_name="kaiser_bessel_derived_window"),
            ValueError,
            "`win_length` must be even",
        ),
        (lambda: kapre.InverseSTFT(forward_window_name=1), NotImplementedError, "Received"),
        (lambda: kapre.InverseSTFT(win_length=-1), ValueError, "`win_length` must be"),
        (lambda: kapre.Phase("x"), ValueError, "`approx_atan_accuracy` must be"),
        (lambda: kapre.ApplyFilterbank("x", MEL), ValueError, "`type` must be one of"),
        (lambda: kapre.ApplyFilterbank("mel", None), ValueError, "`filterbank_kwargs` must be"),
        (lambda: kapre.ApplyFilterbank("mel", {**MEL, "x": 1}), TypeError, "'x'"),
        (
            lambda: kapre.ApplyFilterbank("log", {**LOG, "n_bins": 200}),
            RuntimeError,
            "ApplyFilterbank: `n_bins` must be so small",
        ),
        (lambda: kapre.Delta(win_length=4), ValueError, "`win_length` must be odd"),
        (lambda: kapre.Delta(win_length=1), ValueError, "`win_length` must be odd"),
        (lambda: kapre.Delta(mode="edge"), ValueError, "`mode` must be one of"),
        (lambda: kapre.Frame(0, 1), ValueError, "Frame: `frame_length` must be an int > 0"),
        (lambda: kapre.Frame(8, 0), ValueError, "Frame: `hop_length` must be an int > 0"),
        (lambda: kapre.Frame(8, 9), ValueError, "`hop_length` must be at most frame_length=8"),
        (lambda: kapre.Energy(frame_length=0), ValueError, "`frame_length` must be"),
        (lambda: kapre.MuLawEncoding(1), ValueError, "must be in 2 .. 65536"),
        (lambda: kapre.MuLawEncoding(65537), ValueError, "must be in 2 .. 65536"),
        (lambda: kapre.LogmelToMFCC(0), ValueError, "`n_mfccs` must be an int > 0"),
        (lambda: kapre.Delta(data_format=None), TypeError, "`data_format` must be a string"),
    ],
)
def test_bad_arguments_are_refused_at_construction(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "x", "message"),
    [
        (kapre.STFT(n_fft=16), WAVE[..., 0], "expects a waveform with a channel axis"),
        (kapre.STFT(n_fft=16), np.zeros((1, 40, 1), "int16"), "floating point"),
        (kapre.InverseSTFT(n_fft=16), SPECTROGRAM, "`inputs` must be complex"),
        (kapre.MagnitudeToDecibel(), SPECTRUM, "Put Magnitude or Phase before it"),
        (kapre.MagnitudeToDecibel(ref_value=0), SPECTROGRAM, "`ref_value` must be"),
        (kapre.MagnitudeToDecibel(amin=-1), SPECTROGRAM, "`amin` must be"),
        (kapre.MagnitudeToDecibel(dynamic_range=0.0), SPECTROGRAM, "`dynamic_range` must be"),
        (kapre.ApplyFilterbank("mel", MEL), SPECTROGRAM[:, :, :5], "expects n_freq=9"),
        (
            kapre.Frame(8, 4, data_format="channels_first"),
            WAVE[..., 0],
            "expects samples on axis 2",
        ),
    ],
)
def test_bad_inputs_are_refused_eagerly_and_in_a_model(layer, x, message):
    with pytest.raises(ValueError, match=message):
        layer(x)
    symbolic = keras.Input(x.shape[1:], dtype=keras.backend.standardize_dtype(x.dtype))
    with pytest.raises(ValueError, match=message):
        layer(symbolic)


def test_amin_may_be_none_at_construction():
    got = to_numpy(kapre.MagnitudeToDecibel(amin=None)(SPECTROGRAM))
    np.testing.assert_array_equal(got, to_numpy(kapre.MagnitudeToDecibel()(SPECTROGRAM)))
