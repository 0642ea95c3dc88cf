"""What the families `deepspeech2` and `conformer` do alike: rows of networks on log-mel."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.training.transcription.family import TranscribingFamily

if TYPE_CHECKING:
    import keras

_FRAMES = ("n_fft", "win_length", "hop_length")
# What the functions of networks take by the same name.
_OF_NETWORK = (
    *_FRAMES, "n_mels", "fmin", "fmax", "learn_stft", "learn_mel", "dropout", "causal",
)  # fmt: skip


class LogMelTranscription(TranscribingFamily):
    """A network of a row on a log-mel spectrogram that it computes itself.

    Attributes:
        counted: Function of samples, a row and frame settings: the frames of the output.
        clocked: Function of a row and frame settings: seconds between two of them.
    """

    counted: ClassVar[Callable[..., int]]
    clocked: ClassVar[Callable[..., float]]

    @classmethod
    def build(cls) -> Callable[..., "keras.Model"]:
        """Returns the function that builds the network."""
        raise NotImplementedError

    @classmethod
    def network_of(
        cls,
        settings: Any,
        vocabulary: Vocabulary,
        recipe: dict[str, Any],
        *,
        augmentations: Sequence[Any] = (),
        final: bool = False,
        log: Callable[[str], None] = lambda _: None,
    ) -> "keras.Model":
        """Returns the untrained network; see `TranscribingFamily.network_of`."""
        del final, log
        return cls.build()(
            settings.row,
            n_tokens=len(vocabulary),
            sample_rate=recipe["sample_rate"],
            augmentations=augmentations,
            seed=recipe["seed"],
            **{name: getattr(settings, name) for name in _OF_NETWORK},
        )

    @classmethod
    def output_frames(cls, samples: int, settings: Any, sample_rate: int) -> int:
        """Returns the frames of the output for a clip of so many samples."""
        frames = {name: getattr(settings, name) for name in _FRAMES}
        return cls.counted(samples, settings.row, sample_rate=sample_rate, **frames)

    @classmethod
    def seconds_per_frame(cls, settings: Any, sample_rate: int) -> float:
        """Returns the seconds from one frame of the output to the next."""
        frames = {name: getattr(settings, name) for name in _FRAMES}
        return cls.clocked(settings.row, sample_rate=sample_rate, **frames)
