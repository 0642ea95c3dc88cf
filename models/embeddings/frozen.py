"""Base class of frozen networks, their pooled states, and digests that identify a network."""

import abc
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar


class FrozenNetwork(abc.ABC):
    """A network whose hidden states become embeddings; the base class of every kind.

    The constructor only reads files and builds nothing, because cached embeddings need no
    network. A package derives a class from this one, and enters its kind; see `networks`.

    Attributes:
        prefix: Start of the column names, such as `"w2v"`. Trained models refer to them.
        sample_rate: Int > 0, Hz, of the input.
        numbered: Int >= 0, number of hidden states that are addressed as 0, 1, ...
        named: Hidden states that are addressed by name, such as `"last"`.
        beside: Those of `named` that `layer="all"` includes.
        exact: Whether a clip gives the same result alone and in a padded batch. If not, each
            clip is a batch of its own.
        first_seconds: Float >= 0, length of the first patch. Shorter clips are padded with
            zeros to it; 0 if there is no such length.
        is_random: Whether the weights are random.
        about: A sentence on what the weights were trained on and their license, or `""`.
        notes: What a user of the network must know besides.
    """

    prefix: ClassVar[str]
    sample_rate: int
    numbered: int
    named: tuple[str, ...] = ("last",)
    beside: tuple[str, ...] = ()
    exact: bool = True
    first_seconds: float = 0.0
    is_random: bool = False
    about: str = ""
    notes: tuple[str, ...] = ()

    @property
    @abc.abstractmethod
    def identity(self) -> str:
        """Text that identifies the network and its weights.

        `identity_of_files` and `identity_of_model` compute it.
        """

    @abc.abstractmethod
    def channels(self, depth: str) -> int:
        """Returns the number of channels of a depth, named as in `depths.depths`."""

    @abc.abstractmethod
    def states(self, depths: list[str]) -> Any:
        """Returns a functional `keras.Model` that computes hidden states.

        It ends at the deepest of the depths, so layers above are not computed.

        Args:
            depths: See `depths.depths`.

        Returns:
            A model with the inputs `waveform (batch, samples)` float32 and `length (batch,)`
            int32. Its output is a list with a pair for each depth: the state `(batch, frames,
            channels)`, and int32 `(batch,)`, its number of valid frames.
        """

    @property
    def is_keras(self) -> bool:
        """Whether `states` works, so that the network can be trained and exported."""
        return True

    def places(self, model: Any) -> Any:
        """Returns where the layers of a model of `states` are, as `LayerPlaces`.

        Fine-tuning needs it. By default a block ends with a layer named `block_...`.
        """
        from kapre_like.models.blocks.layer_places import places_by_blocks

        return places_by_blocks(model)

    def columns(self, depths: list[str], statistics: Sequence[str]) -> Any:
        """Returns what computes statistics of hidden states; see `pooled_states`.

        A network that is no Keras model returns another object: it is called with `waveform`
        and `length` as NumPy arrays and returns float32 `(batch, columns)`. Like a Keras model
        it has `count_params()`.
        """
        return pooled_states(self, depths, statistics)

    def at_rate(self, sample_rate: int) -> "FrozenNetwork":
        """Returns the network for clips at another sample rate, which it resamples itself."""
        from kapre_like.models.embeddings.resampled import ResampledNetwork

        return ResampledNetwork(self, sample_rate)


def pooled_states(network: FrozenNetwork, depths: list[str], statistics: Sequence[str]) -> Any:
    """Returns a network with the same weights that computes statistics of hidden states.

    Args:
        network: See `FrozenNetwork`.
        depths: See `depths.depths`.
        statistics: As in `FramePooling`.

    Returns:
        A `keras.Model`: inputs `waveform (batch, samples)` and `length (batch,)`; output
        float32 `(batch, columns)`: for each depth its statistics in their order.
    """
    import keras

    from kapre_like.models.blocks.pooling import FramePooling

    states, statistics = network.states(depths), list(statistics)
    parts = [
        FramePooling(statistics=statistics, dtype="float32", name=f"statistics_{depth}")(
            list(pair)
        )
        for depth, pair in zip(depths, states.output, strict=True)
    ]
    joined = parts[0]
    if len(parts) > 1:
        joined = keras.layers.Concatenate(dtype="float32", name="columns")(parts)
    return keras.Model(states.inputs, joined, name="embeddings")


def predict_of(columns: Any) -> Callable[..., Any]:
    """Returns a function of `waveform` and `length`, from `FrozenNetwork.columns`."""
    if not hasattr(columns, "inputs"):
        return columns
    from kapre_like.models.artifact.predicting import compiled

    return compiled(columns)


def identity_of_files(files: Iterable[Path], *facts: Any) -> str:
    """Returns a text that identifies the content of files, further facts and the precision."""
    hashes = []
    for file in files:
        with file.open("rb") as opened:
            hashes.append(f"{file.suffix} {hashlib.file_digest(opened, 'sha256').hexdigest()}")
    return "\n".join([*hashes, repr(facts), precision()])


def identity_of_model(model: Any) -> str:
    """Returns a text that identifies a Keras model's layers and weights."""
    import keras

    from kapre_like.models.artifact.card import walk_layers

    facts = [layer.get_config() for layer in walk_layers(model)]
    whole = hashlib.sha256(json.dumps(facts, sort_keys=True, default=repr).encode())
    for weight in model.weights:
        if "seed_generator" not in weight.path:
            whole.update(weight.path.encode())
            whole.update(keras.ops.convert_to_numpy(weight).tobytes())
    return whole.hexdigest()


def precision() -> str:
    """Returns the name of the current dtype policy."""
    import keras

    return keras.config.dtype_policy().name
