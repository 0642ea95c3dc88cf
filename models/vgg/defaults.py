"""The defaults of a VGG: its log-mel front end, dropout and number of epochs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FrontEnd:
    """Settings of the spectrogram that `vgg` computes and `receptive_field` describes.

    Attributes:
        sample_rate: Int > 0, Hz.
        n_fft: Int > 0, samples per Fourier transform.
        win_length: Int > 0, samples per window.
        hop_length: Int > 0, samples between frames.
        n_mels: Int > 0, mel bands.
        fmin: Float >= 0, Hz, the lowest frequency.
        fmax: Float, Hz, the highest frequency; `None` means half of `sample_rate`.
        mel_scale: `"slaney"` or `"htk"`.
        top_db: Float > 0, dB kept below the clip's peak.
    """

    sample_rate: int = 16000
    n_fft: int = 512
    win_length: int = 400
    hop_length: int = 160
    n_mels: int = 64
    fmin: float = 20.0
    fmax: float | None = None
    mel_scale: str = "slaney"
    top_db: float = 80.0


FRONT_END = FrontEnd()
# Dropout before the last layer of a classifier. A regressor has none, because dropout would add
# noise to a score.
DROPOUT = 0.3
EPOCHS = {"classify": 16, "regress": 10}
