"""Front ends of known models, with the numbers of the original.

Each function returns a layer for waveforms `(batch, samples, channels)` in [-1, 1]. It runs on
the device in batches, and uses the mask of `LengthMask`. The sample rate of a preset is fixed,
and is not checked against the recording. Resample the recording first (`Resample`).

| preset | rate, Hz | output |
|---|---|---|
| `ast` | 16000 | `(batch, 1024, 128, channels)`, normalized log energies |
| `kaldi` | 16000 | `(batch, frames, 80, channels)`, natural logarithm of energies |
| `librosa` | 22050 | `(batch, frames, 128, channels)`, power, or decibels |
| `panns` | 32000 | `(batch, frames, 64, channels)`, decibels |
| `torchaudio` | 16000 | `(batch, frames, 128, channels)`, power |
| `vggish` | 16000 | `(batch, frames, 64, channels)`, natural logarithm of magnitudes |
| `wav2vec2` | 16000 | the waveform, normalized |
| `whisper` | 16000 | `(batch, 3000, 80, channels)`, scaled logarithm of power |
| `yamnet` | 16000 | as `vggish` with another offset |
"""

from kapre_like import _check
from kapre_like.layers import (
    Chain,
    FitLength,
    FrontEndNormalization,
    KaldiFbank,
    LogCompression,
    MelSpectrogram,
    Pad,
)

__all__ = [
    "ast",
    "kaldi",
    "librosa",
    "panns",
    "torchaudio",
    "vggish",
    "wav2vec2",
    "whisper",
    "yamnet",
]

_WHISPER_RATE = 16000


def whisper(*, n_mels=80, seconds=30.0, name="whisper"):
    """Returns Whisper's log-mel spectrogram.

    Power of 25 ms every 10 ms, with reflect padding at both ends, then `log10`, at least the
    clip's peak - 8, then `(x + 4) / 4`. The original drops the last frame; this layer pads
    fewer samples after the clip, with the same result.

    Args:
        n_mels: Int > 0, mel bands: 80, or 128 for large-v3.
        seconds: Number > 0: clips are cut or zero-padded to this length, which Whisper's
            network requires. `None` keeps their length.
        name: Layer name.

    Source: transformers 5.23 `WhisperFeatureExtractor`.
    """
    fit = []
    if seconds is not None:
        _check.positive("whisper", seconds=seconds)
        fit = [FitLength(length=round(seconds * _WHISPER_RATE))]
    mel = MelSpectrogram(
        sample_rate=_WHISPER_RATE, n_fft=400, hop_length=160, center=False, n_mels=n_mels,
        top_db=80.0,
    )  # fmt: skip
    # In decibels: (x / 10 + 4) / 4 = (x + 40) / 40.
    scale = _fixed(mean=-40.0, deviation=40.0)
    return Chain(
        layers=[*fit, Pad(before=200, after=40, mode="reflect"), mel, scale], name=name
    )


def ast(*, frames=1024, n_mels=128, mean=-4.2677393, deviation=4.5689974, name="ast"):
    """Returns the Audio Spectrogram Transformer's filterbank energies.

    Kaldi's with a Hann window and 128 bands (one of which is narrower than a bin and stays
    silent, of which building the layer warns), filled with 0 to `frames`, then
    `(x - mean) / (2 * deviation)`.

    Args:
        frames: Int > 0: clips are cut or padded to this many frames; `None` keeps them.
        n_mels: Int > 0, mel bands.
        mean: Number, mean of the energies; the default is that of AudioSet.
        deviation: Number > 0, their standard deviation; the default is that of AudioSet.
        name: Layer name.

    Source: transformers 5.23 `ASTFeatureExtractor`.
    """
    _check.number("ast", mean=mean)
    _check.positive("ast", deviation=deviation)
    energies = KaldiFbank(n_mels=n_mels, window="hanning")
    fit = [] if frames is None else [FitLength(length=frames)]
    scale = _fixed(mean=mean, deviation=2 * deviation)
    return Chain(layers=[energies, *fit, scale], name=name)


def kaldi(*, n_mels=80, scale=32768.0, name="kaldi"):
    """Returns Kaldi's filterbank energies at 16 kHz with its usual options, but no dither.

    Args:
        n_mels: Int > 0, mel bands.
        scale: Number > 0 by which samples are multiplied; Kaldi reads 16-bit integers.
        name: Layer name.

    Source: Kaldi `compute-fbank-feats`.
    """
    return KaldiFbank(n_mels=n_mels, scale=scale, name=name)


def vggish(*, name="vggish"):
    """Returns VGGish's log-mel spectrogram, which the network takes in patches of 96 frames.

    Source: tensorflow/models, `research/audioset/vggish/mel_features.py`.
    """
    return _audioset(0.01, name)


def yamnet(*, name="yamnet"):
    """Returns YAMNet's log-mel spectrogram, which the network takes in patches of 96 frames.

    Source: tensorflow/models, `research/audioset/yamnet/features.py`.
    """
    return _audioset(0.001, name)


def _audioset(offset, name):
    """Log-mel magnitudes of 400 samples every 160 from the first sample, with an FFT of 512."""
    mel = MelSpectrogram(
        sample_rate=16000, n_fft=512, win_length=400, hop_length=160, center=False, power=1.0,
        n_mels=64, fmin=125.0, fmax=7500.0, mel_scale="kaldi", norm=None, decibel=False,
    )  # fmt: skip
    # The window is centered in the FFT's frame of 512 samples: 56 on either side.
    layers = [Pad(before=56, after=56), mel, LogCompression(offset=offset)]
    return Chain(layers=layers, name=name)


def panns(*, name="panns"):
    """Returns the log-mel spectrogram of the pretrained audio networks (CNN14 and others).

    Source: Q. Kong et al., PANNs, 2020; torchlibrosa `Spectrogram`, `LogmelFilterBank`.
    """
    return MelSpectrogram(
        sample_rate=32000, n_fft=1024, hop_length=320, pad_mode="reflect", n_mels=64,
        fmin=50.0, fmax=14000.0, top_db=None, name=name,
    )  # fmt: skip


def librosa(*, decibel=False, name="librosa"):
    """Returns `librosa.feature.melspectrogram` with its defaults.

    Args:
        decibel: Whether to apply `librosa.power_to_db` with its defaults.
        name: Layer name.

    Source: librosa 0.11.
    """
    return MelSpectrogram(sample_rate=22050, hop_length=512, decibel=decibel, name=name)


def torchaudio(*, n_mels=128, name="torchaudio"):
    """Returns `torchaudio.transforms.MelSpectrogram` with its defaults.

    With 128 bands some contain no bin of an FFT of 400 and are always silent, as in torchaudio.
    Building the layer warns about them.

    Args:
        n_mels: Int > 0, mel bands.
        name: Layer name.

    Source: torchaudio 2.11.
    """
    return MelSpectrogram(
        sample_rate=16000, n_fft=400, hop_length=200, pad_mode="reflect", n_mels=n_mels,
        mel_scale="htk", norm=None, decibel=False, name=name,
    )  # fmt: skip


def wav2vec2(*, name="wav2vec2"):
    """Returns Wav2Vec2's normalization: each clip to mean 0 and variance 1, padding to 0.

    Source: transformers 5.23 `Wav2Vec2FeatureExtractor` with `return_attention_mask=True`.
    """
    return FrontEndNormalization(epsilon=1e-7, name=name)


def _fixed(*, mean, deviation):
    return FrontEndNormalization(mode="dataset", mean=mean, variance=deviation**2, epsilon=0.0)
