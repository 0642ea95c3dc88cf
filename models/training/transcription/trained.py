"""A trained speech recognition model: transcription, decoding and streaming."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kapre_like.models.text.answering import Transcriber
from kapre_like.models.text.decoder import Decoder
from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.training.keras_family import KerasFamily

if TYPE_CHECKING:
    import numpy as np

    from kapre_like.models.blocks.streaming_network import StreamingNetwork


class TextModel(KerasFamily):
    """A Keras model of log probabilities of tokens, which a decoder converts to text.

    Args:
        model: Maps `[waveform, length]` to log probabilities `(batch, frames, tokens)`.
        recipe: As in `recipe.json`; `text` has the vocabulary and the time per frame.
        history: Learning curves.
    """

    @cached_property
    def _transcriber(self) -> Transcriber:
        from kapre_like.models.artifact.predicting import compiled

        return Transcriber(compiled(self.model), self.recipe)

    @property
    def answers(self) -> Callable[..., list[dict[str, Any]]]:
        """Function of waveforms that returns a record per clip, with `text` and `words`."""
        return self._transcriber.answers

    @property
    def decoder(self) -> Decoder:
        """The decoder that converts the network's output to text. It can be replaced."""
        return self._transcriber.decoder

    @decoder.setter
    def decoder(self, decoder: Decoder) -> None:
        self._transcriber.decoder = decoder

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokens of the network's output."""
        return self._transcriber.vocabulary

    @property
    def frame_seconds(self) -> float:
        """Hop in seconds between two frames of the network's output."""
        return self._transcriber.frame_seconds

    def streaming(self) -> "StreamingNetwork":
        """Returns a streaming version of the network, which takes chunks of samples.

        Raises:
            ValueError: If the network was not built with `causal=True`.
        """
        from kapre_like.models.blocks.streaming_network import StreamingNetwork

        return StreamingNetwork(self.model)

    def log_probabilities(self, waveforms: "Sequence[np.ndarray]") -> list["np.ndarray"]:
        """Returns the network's output for each clip, `(frames, tokens)`."""
        return self._transcriber.log_probabilities(waveforms)

    def predict(self, waveforms: "Sequence[np.ndarray]") -> "np.ndarray":
        """Returns the transcripts of clips, as an array of strings `(clips,)`."""
        return self._transcriber.predict(waveforms)
