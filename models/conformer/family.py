"""The family `conformer`: speech to text: convolutions and attention on log-mel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kapre_like.models.artifact.settings import setting
from kapre_like.models.conformer.rows import ROWS, frame_seconds, output_frames
from kapre_like.models.training.transcription.log_mel import LogMelTranscription
from kapre_like.models.training.transcription.settings import TranscriptionSettings

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, kw_only=True)
class ConformerSettings(TranscriptionSettings):
    """Settings of the family `conformer`; `kapre-like families conformer` prints them."""

    row: str = setting("tiny", choices=tuple(ROWS), help="architecture of the network")
    # At 3e-3, the rate of recurrent layers, attention aligns its first words three times later.
    peak_rate: float = setting(1e-3, above=0, help="highest learning rate of the cycle")


class ConformerModel(LogMelTranscription):
    """A network as `conformer` builds it, trained to write down what is said.

    Args:
        model: See `TranscribingFamily`.
        recipe: See `TranscribingFamily`.
        history: See `TranscribingFamily`.
    """

    name: ClassVar[str] = "conformer"
    summary: ClassVar[str] = "speech to text: convolutions and attention on log-mel"
    Settings: ClassVar[type] = ConformerSettings
    counted: ClassVar[Callable[..., int]] = staticmethod(output_frames)
    clocked: ClassVar[Callable[..., float]] = staticmethod(frame_seconds)
    # Attention aligns its first words later than recurrent layers do.
    min_steps: ClassVar[int] = 1000

    @classmethod
    def build(cls) -> Callable[..., "keras.Model"]:
        """Returns the function that builds the network."""
        from kapre_like.models.conformer.network import conformer

        return conformer
