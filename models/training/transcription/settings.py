"""Settings of all families for speech recognition."""

from dataclasses import dataclass

from kapre_like.models.artifact.clip_batches import BATCH, BATCH_SECONDS
from kapre_like.models.artifact.settings import setting
from kapre_like.models.training.schedule import Cycle

AUTO, CHARACTERS, WORDS, SUBWORDS = "auto", "characters", "words", "subwords"
# A vocabulary is closed if it has this number of different words, and each occurs this often on
# average. Texts with fewer different words are so similar that a network does not learn to
# align whole words.
MIN_CLOSED_WORDS, MAX_CLOSED_WORDS, MIN_REPEATS = 8, 60, 10
# The augmentation recipe for speech. It keeps all words of a clip.
SPEECH = "speech"


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """Settings of the text that a network outputs. A family's `Settings` inherits them."""

    vocabulary: str = setting(
        AUTO,
        choices=(AUTO, CHARACTERS, WORDS, SUBWORDS),
        help=f"tokens of the network; {AUTO}: {WORDS} if the transcripts have "
        f"{MIN_CLOSED_WORDS} to {MAX_CLOSED_WORDS} different words, each {MIN_REPEATS} times "
        f"or more on average, else {CHARACTERS}",
    )
    vocabulary_size: int = setting(500, min_value=3, help="number of tokens, for subwords")
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
        min_value=1,
        help="epochs without a lower character error rate before training stops (default: no "
        "early stopping)",
    )
    refit: bool | None = setting(
        None,
        help="whether the last fifth of the epochs also trains on the validation clips "
        f"(default: if the transcripts have at most {MAX_CLOSED_WORDS} different words)",
    )
    minutes: float | None = setting(
        None, above=0, help="maximum minutes of a training, as --minutes (default: no limit)"
    )
    batch_size: int | None = setting(
        None,
        min_value=1,
        help=f"clips per step (default: at most {BATCH} clips and {BATCH_SECONDS:g} seconds)",
    )
    dropout: float | None = setting(
        None, min_value=0, below=1, help="dropout rate (default: the row's)"
    )
    clip_norm: float = setting(5.0, above=0, help="maximum norm of the gradients")
    augment: str = setting(
        SPEECH,
        help="augmentation recipe: a name, a YAML file, or none; its label layers are ignored",
    )
    n_mels: int | None = setting(None, min_value=1, help="mel bands (default: the row's)")
    n_fft: int | None = setting(
        None, min_value=2, help="samples per Fourier transform (default: a power of two)"
    )
    win_length: int | None = setting(
        None, min_value=1, help="samples of a window (default: 25 ms)"
    )
    hop_length: int | None = setting(
        None, min_value=1, help="samples between windows (default: 10 ms)"
    )
    fmin: float = setting(20.0, min_value=0, help="lowest frequency in Hz")
    fmax: float | None = setting(
        None, above=0, help="highest frequency in Hz (default: half the sample rate)"
    )
    learn_stft: str | None = setting(
        None, choices=(None, "kernels", "window"), help="learned part of the STFT"
    )
    learn_mel: str | None = setting(
        None, choices=(None, "matrix", "bands"), help="learned part of the mel filterbank"
    )
    causal: bool = setting(
        False, help="whether outputs do not depend on later samples, as streaming requires"
    )
