"""Base class of `deepspeech2` and `conformer`: networks on log-mel, one per row of a table."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.training.transcription.family import TranscribingFamily

if TYPE_CHECKING:
    import keras

_FRAMES = ("n_fft", "win_length", "hop_length")
# Settings that are passed to the function that builds the network, under the same names.
_OF_NETWORK = (
    *_FRAMES, "n_mels", "fmin", "fmax", "learn_stft", "learn_mel", "dropout", "causal",
)  # fmt: skip


class LogMelTranscription(TranscribingFamily):
    """A network that computes its own log-mel spectrogram. A row defines its architecture.

    Attributes:
        counted: Function of samples, a row and frame settings. Returns the number of output
            frames.
        clocked: Function of a row and frame settings. Returns the seconds between two output
            frames.
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
        """Returns the number of output frames for a clip of `samples` samples."""
        frames = {name: getattr(settings, name) for name in _FRAMES}
        return cls.counted(samples, settings.row, sample_rate=sample_rate, **frames)

    @classmethod
    def seconds_per_frame(cls, settings: Any, sample_rate: int) -> float:
        """Returns the hop in seconds between two output frames."""
        frames = {name: getattr(settings, name) for name in _FRAMES}
        return cls.clocked(settings.row, sample_rate=sample_rate, **frames)
