"""A trained network for text as a model: what it writes, how that is read, and streams."""

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
    """A Keras model from waveforms to log probabilities of tokens, read as text.

    Args:
        model: Maps `[waveform, length]` to log probabilities `(batch, frames, tokens)`.
        recipe: As in `recipe.json`; `text` has the vocabulary and the time of a frame.
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
        """How the network's output becomes text. It may be set."""
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
        """Seconds from one frame of the network's output to the next."""
        return self._transcriber.frame_seconds

    def streaming(self) -> "StreamingNetwork":
        """Returns the network as a function of chunks of samples.

        Raises:
            ValueError: If it was not built with `causal=True`.
        """
        from kapre_like.models.blocks.streaming_network import StreamingNetwork

        return StreamingNetwork(self.model)

    def log_probabilities(self, waveforms: "Sequence[np.ndarray]") -> list["np.ndarray"]:
        """Returns the network's output for each clip, `(frames, tokens)`."""
        return self._transcriber.log_probabilities(waveforms)

    def predict(self, waveforms: "Sequence[np.ndarray]") -> "np.ndarray":
        """Returns the texts of clips, as an array of strings `(clips,)`."""
        return self._transcriber.predict(waveforms)
