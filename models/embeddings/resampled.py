"""A frozen network that takes clips at another sample rate than its own."""

from typing import Any

from kapre_like.models.embeddings.frozen import FrozenNetwork


class ResampledNetwork(FrozenNetwork):
    """A frozen network with a resampler before it, for clips at another sample rate.

    The resampler is part of the graph, so saved and exported models contain it.

    Args:
        network: The network.
        sample_rate: Int > 0, sample rate of the clips in Hz.
    """

    def __init__(self, network: FrozenNetwork, sample_rate: int) -> None:
        self._network, self.sample_rate = network, sample_rate
        self.prefix = network.prefix  # type: ignore[misc]
        self.numbered, self.named = network.numbered, network.named
        self.named_in_all, self.exact = network.named_in_all, network.exact
        self.is_random, self.about = network.is_random, network.about
        self.notes, self.first_seconds = network.notes, network.first_seconds

    @property
    def identity(self) -> str:
        return f"{self._network.identity}\nresampled from {self.sample_rate} Hz"

    def channels(self, depth: str) -> int:
        return self._network.channels(depth)

    @property
    def is_keras(self) -> bool:
        return self._network.is_keras

    def places(self, model: Any) -> Any:
        return self._network.places(model)

    def states(self, depths: list[str]) -> Any:
        import keras

        from kapre_like.models.blocks.clip_rate import ClipInput
        from kapre_like.models.blocks.clip_windows import clip_inputs

        states = self._network.states(depths)
        waveform, length = clip_inputs()
        resample = ClipInput(
            sample_rate=self.sample_rate,
            target_rate=self._network.sample_rate,
            dtype="float32",
            name="clip_rate",
        )
        outputs = states(list(resample([waveform, length])))
        return keras.Model([waveform, length], outputs, name="states")


def at_rate(network: FrozenNetwork, sample_rate: int) -> FrozenNetwork:
    """Returns a network for clips at a sample rate. Adds a resampler if the rates differ."""
    if network.sample_rate == sample_rate:
        return network
    return network.at_rate(sample_rate)


def notes_of(network: FrozenNetwork, name: str, sample_rate: int) -> list[str]:
    """Returns sentences for users of a network that gets clips at a sample rate.

    Args:
        network: The network, at its own sample rate.
        name: Its name, for the sentences.
        sample_rate: Int > 0, sample rate of the clips in Hz.
    """
    notes = [text for text in (network.about, *network.notes) if text]
    if network.sample_rate != sample_rate:
        notes.append(
            f"clips are resampled from {sample_rate} to {network.sample_rate} Hz, the rate of "
            f"{name}"
        )
    return notes
