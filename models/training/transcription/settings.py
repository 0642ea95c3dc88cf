"""Settings of every family that is trained to write down what is said."""

from dataclasses import dataclass

from kapre_like.models.artifact.clip_batches import BATCH, BATCH_SECONDS
from kapre_like.models.artifact.settings import setting
from kapre_like.models.training.schedule import Cycle

AUTO, CHARACTERS, WORDS, SUBWORDS = "auto", "characters", "words", "subwords"
# A closed vocabulary: so many different words, each of them so often on average. Texts of fewer
# words are so alike that a network finds no first alignment of whole words.
FEWEST_WORDS, CLOSED_WORDS, CLOSED_TIMES = 8, 60, 10
# The recipe of augmentation for speech: speed, noise, and SpecAugment.
SPEECH = "speech"


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """Settings of the text that a network writes, which a family's `Settings` inherits."""

    vocabulary: str = setting(
        AUTO,
        choices=(AUTO, CHARACTERS, WORDS, SUBWORDS),
        help=f"what the network writes; {AUTO}: {CHARACTERS}, and {WORDS} where texts have "
        f"{FEWEST_WORDS} to {CLOSED_WORDS} different ones, each {CLOSED_TIMES} times or more",
    )
    vocabulary_size: int = setting(500, least=3, help="tokens of a vocabulary of subwords")
    case: str = setting(
        "lower", choices=("lower", "upper", "keep"), help="case of the letters of a transcript"
    )
    punctuation: str = setting(
        "remove", choices=("remove", "keep"), help="whether transcripts keep punctuation"
    )
    numbers: str = setting(
        "keep", choices=("keep", "words"), help="whether digits are spelled out, in English"
    )


@dataclass(frozen=True, kw_only=True)
class TranscriptionSettings(TextSettings, Cycle):
    """Settings of the families `deepspeech2` and `conformer`."""

    patience: int | None = setting(
        None,
        least=1,
        help="epochs without fewer wrong words before training stops (default: it does not)",
    )
    minutes: float | None = setting(
        None, above=0, help="most minutes of a training, as --minutes (default: no limit)"
    )
    batch_size: int | None = setting(
        None,
        least=1,
        help=f"clips per step (default: at most {BATCH} clips and {BATCH_SECONDS:g} seconds)",
    )
    dropout: float | None = setting(
        None, least=0, below=1, help="share of values that are dropped (default: the row's)"
    )
    clip_norm: float = setting(5.0, above=0, help="greatest norm of the gradient")
    augment: str = setting(
        SPEECH, help="recipe of augmentation: a name, a YAML file, or none; labels stay"
    )
    n_mels: int | None = setting(None, least=1, help="mel bands (default: the row's)")
    n_fft: int | None = setting(
        None, least=2, help="samples per Fourier transform (default: a power of two)"
    )
    win_length: int | None = setting(None, least=1, help="samples of a window (default: 25 ms)")
    hop_length: int | None = setting(
        None, least=1, help="samples between windows (default: 10 ms)"
    )
    fmin: float = setting(20.0, least=0, help="lowest frequency in Hz")
    fmax: float | None = setting(
        None, above=0, help="highest frequency in Hz (default: half the sample rate)"
    )
    learn_stft: str | None = setting(
        None, choices=(None, "kernels", "window"), help="what the STFT learns"
    )
    learn_mel: str | None = setting(
        None, choices=(None, "matrix", "bands"), help="what the mel filterbank learns"
    )
    causal: bool = setting(
        False, help="whether an output hears nothing that comes later, as streaming needs"
    )
