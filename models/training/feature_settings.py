"""Settings of the statistics of a clip, for a family and for the command `features`."""

from dataclasses import dataclass

from kapre_like.features.settings import FMIN, N_MELS, TOP_DB
from kapre_like.models.artifact.settings import setting


@dataclass(frozen=True, kw_only=True)
class FeatureSettings:
    """The arguments of `ClipFeatures` except the sample rate."""

    n_mels: int = setting(N_MELS, min_value=1, help="mel bands of the features")
    n_fft: int | None = setting(
        None,
        min_value=1,
        help="samples per Fourier transform (default: the power of 2 over 25 ms)",
    )
    win_length: int | None = setting(
        None, min_value=1, help="samples of a window (default: 25 ms)"
    )
    hop_length: int | None = setting(
        None, min_value=1, help="samples between windows (default: 10 ms)"
    )
    fmin: float = setting(FMIN, min_value=0, help="lowest frequency in Hz")
    fmax: float | None = setting(
        None, above=0, help="highest frequency in Hz (default: half the sample rate)"
    )
    top_db: float = setting(
        TOP_DB, above=0, help="range of levels below the clip's peak, in dB"
    )
