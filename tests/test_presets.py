"""Presets: the originals' numbers on real recordings, alone and in padded batches."""

import pathlib

import keras
import librosa
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from layer_contract import check_padding
from tolerances import FLOAT32, FLOAT32_LONG

import kapre_like
from kapre_like import audio, presets
from kapre_like.layers import LengthMask

pytestmark = [
    pytest.mark.backends(full=True),
    # Two originals have bands narrower than a bin, and warn as we do.
    pytest.mark.filterwarnings("ignore:.*bands contain no FFT bin"),
    pytest.mark.filterwarnings("ignore:At least one mel filter has all zero"),
    pytest.mark.filterwarnings("ignore:Empty filters detected"),
]

CLIPS = pathlib.Path(__file__).resolve().parents[1] / "examples/data/spoken_digits/clips"
RATES = {"librosa": 22050, "panns": 32000}


def recordings(rate=16000):
    """Three spoken digits of different lengths."""
    files = [sorted((CLIPS / digit).glob("*.flac"))[0] for digit in ("0", "4", "9")]
    return [audio.read(file, sample_rate=rate) for file in files]


def batch_of(clips):
    """The clips filled up with what must not matter, and their lengths."""
    lengths = np.array([len(clip) for clip in clips], "int32")
    waveform = np.full((len(clips), lengths.max()), 7.0, "float32")
    for row, clip in zip(waveform, clips, strict=True):
        row[: len(clip)] = clip
    return waveform, lengths


def whisper_original(clip, **arguments):
    from transformers import WhisperFeatureExtractor

    original = WhisperFeatureExtractor(feature_size=arguments.get("n_mels", 80))
    padding = "max_length" if arguments.get("seconds", 30) else False
    out = original(clip, sampling_rate=16000, return_tensors="np", padding=padding)
    return out["input_features"][0].T


def ast_original(clip, **arguments):
    from transformers import ASTFeatureExtractor

    frames = arguments.get("frames", 1024) or presets.kaldi().frame_lengths(len(clip))
    original = ASTFeatureExtractor(max_length=int(frames))
    return original(clip, sampling_rate=16000, return_tensors="np")["input_values"][0]


def wav2vec2_original(clip):
    from transformers import Wav2Vec2FeatureExtractor

    original = Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=True)
    return original(clip, sampling_rate=16000, return_tensors="np")["input_values"][0][:, None]


def kaldi_original(clip):
    import kaldi_native_fbank

    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = 80
    fbank = kaldi_native_fbank.OnlineFbank(options)
    fbank.accept_waveform(16000, (clip * 32768).tolist())
    fbank.input_finished()
    return np.stack([fbank.get_frame(i) for i in range(fbank.num_frames_ready)])


def audioset_original(clip, offset):
    """The published recipe step by step in float64: framing, periodic Hann, FFT, mel, log."""
    count = 1 + (len(clip) - 400) // 160
    frames = np.stack([clip[160 * t : 160 * t + 400] for t in range(count)]).astype("float64")
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    magnitude = np.abs(np.fft.rfft(frames * hann, 512))

    def mel(hz):
        return 1127.0 * np.log(1.0 + hz / 700.0)

    edges = np.linspace(mel(125.0), mel(7500.0), 66)
    bins = mel(np.linspace(0.0, 8000.0, 257))[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    bands = np.maximum(0.0, np.minimum(rising, falling))
    return np.log(magnitude @ bands + offset)


def librosa_original(clip, **arguments):
    mel = librosa.feature.melspectrogram(y=clip, sr=22050)
    return (librosa.power_to_db(mel) if arguments.get("decibel") else mel).T


def panns_original(clip):
    mel = librosa.feature.melspectrogram(
        y=clip, sr=32000, n_fft=1024, hop_length=320, pad_mode="reflect", n_mels=64, fmin=50,
        fmax=14000,
    )  # fmt: skip
    return librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=None).T


def torchaudio_original(clip):
    bands = librosa.filters.mel(sr=16000, n_fft=400, n_mels=128, htk=True, norm=None)
    spectrum = librosa.stft(clip, n_fft=400, hop_length=200, pad_mode="reflect")
    return (bands @ np.abs(spectrum) ** 2).T


ORIGINALS = [
    ("whisper", {}, whisper_original),
    ("whisper", {"n_mels": 128, "seconds": None}, whisper_original),
    ("ast", {}, ast_original),
    ("ast", {"frames": 50}, ast_original),
    ("kaldi", {}, kaldi_original),
    ("vggish", {}, lambda clip: audioset_original(clip, 0.01)),
    ("yamnet", {}, lambda clip: audioset_original(clip, 0.001)),
    ("librosa", {}, librosa_original),
    ("librosa", {"decibel": True}, librosa_original),
    ("panns", {}, panns_original),
    ("torchaudio", {}, torchaudio_original),
    ("wav2vec2", {}, wav2vec2_original),
]


def every_original():
    ids = ["-".join([name, *map(str, arguments)]) for name, arguments, _ in ORIGINALS]
    return pytest.mark.parametrize(("name", "arguments", "original"), ORIGINALS, ids=ids)


@every_original()
def test_it_has_the_original_s_numbers_in_a_padded_batch(name, arguments, original):
    clips = recordings(RATES.get(name, 16000))
    layer = getattr(presets, name)(**arguments)
    together = to_numpy(layer(LengthMask()(list(batch_of(clips)))))
    for row, clip in zip(together, clips, strict=True):
        expected = np.asarray(original(clip, **arguments))
        assert len(expected) == int(np.asarray(_frames(layer, len(clip))))
        # docs/front_end.md promises 1e-3 of the range.
        span = expected.max() - expected.min()
        got = row[: len(expected)].reshape(expected.shape)
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-3 * span)


def _frames(layer, length):
    """Valid steps of a clip; a layer that has no frames keeps the samples."""
    if not hasattr(layer, "frame_lengths"):
        return length
    return to_numpy(layer.frame_lengths(np.array([length], "int32")))[0]


@pytest.mark.parametrize("name", ["whisper", "vggish", "panns", "wav2vec2"])
def test_a_clip_in_a_padded_batch_is_itself(name):
    arguments = {"seconds": None} if name == "whisper" else {}
    make = getattr(presets, name)
    check_padding(lambda: [make(**arguments)], [2000, 1500, 500, 1], atol=FLOAT32_LONG)


@pytest.mark.parametrize("name", presets.__all__)
def test_a_preset_is_one_layer_that_saves_loads_and_takes_one_clip(name, tmp_path):
    clip = recordings(RATES.get(name, 16000))[0][:8000, None]
    layer = getattr(presets, name)()
    assert layer.name == name
    alone = to_numpy(layer.one(clip))
    x = keras.Input((None, 1))
    keras.Model(x, layer(x)).save(tmp_path / "model.keras")
    loaded = kapre_like.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(to_numpy(loaded(clip[None]))[0], alone, atol=FLOAT32)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="arguments are checked before any backend")
def test_bad_argument_is_named_in_the_error():
    for value in (0, "long", float("nan")):
        with pytest.raises(ValueError, match=r"whisper: `seconds` must be a number > 0"):
            presets.whisper(seconds=value)
    with pytest.raises(ValueError, match=r"FitLength: `length` must be an int > 0"):
        presets.ast(frames=0)
    with pytest.raises(ValueError, match=r"MelSpectrogram: `n_mels` must be an int > 0"):
        presets.torchaudio(n_mels=None)
