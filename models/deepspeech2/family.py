"""The family `deepspeech2`: speech to text: convolutions and recurrent layers on log-mel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kapre_like.models.artifact.settings import setting
from kapre_like.models.deepspeech2.rows import ROWS, frame_seconds, output_frames
from kapre_like.models.training.transcription.log_mel import LogMelTranscription
from kapre_like.models.training.transcription.settings import TranscriptionSettings

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, kw_only=True)
class DeepSpeech2Settings(TranscriptionSettings):
    """Settings of the family `deepspeech2`; `kapre-like families deepspeech2` prints them."""

    row: str = setting("tiny", choices=tuple(ROWS), help="architecture of the network")


class DeepSpeech2Model(LogMelTranscription):
    """A network as `deepspeech2` builds it, trained to write down what is said.

    Args:
        model: See `TranscribingFamily`.
        recipe: See `TranscribingFamily`.
        history: See `TranscribingFamily`.
    """

    name: ClassVar[str] = "deepspeech2"
    summary: ClassVar[str] = "speech to text: convolutions and recurrent layers on log-mel"
    Settings: ClassVar[type] = DeepSpeech2Settings
    counted: ClassVar[Callable[..., int]] = staticmethod(output_frames)
    clocked: ClassVar[Callable[..., float]] = staticmethod(frame_seconds)

    @classmethod
    def build(cls) -> Callable[..., "keras.Model"]:
        """Returns the function that builds the network."""
        from kapre_like.models.deepspeech2.network import deepspeech2

        return deepspeech2
