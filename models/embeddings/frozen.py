"""Base class of frozen networks, pooled hidden states, and digests that identify networks."""

import abc
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar


class FrozenNetwork(abc.ABC):
    """Base class of networks whose hidden states are used as embeddings.

    The constructor only reads files. It does not build the network, because cached embeddings
    do not need it. Packages subclass it and register their kind of networks; see `networks`.

    Attributes:
        prefix: Start of the column names, such as `"w2v"`. Trained models refer to them.
        sample_rate: Int > 0, sample rate of the input in Hz.
        numbered: Int >= 0, number of hidden states that have the numbers 0, 1, ...
        named: Names of further hidden states, such as `"last"`.
        named_in_all: Those of `named` that `layer="all"` includes.
        exact: Whether a clip has the same result alone and in a padded batch. If not, each clip
            is processed in a batch of its own.
        first_seconds: Float >= 0, length of the first patch. Shorter clips are padded with
            zeros to this length; 0 if there is no such length.
        is_random: Whether the weights are random.
        about: A sentence on the training data and the license of the weights, or `""`.
        notes: Further sentences for users of the network.
    """

    prefix: ClassVar[str]
    sample_rate: int
    numbered: int
    named: tuple[str, ...] = ("last",)
    named_in_all: tuple[str, ...] = ()
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

        The model ends at the last of the depths, so layers above it are not computed.

        Args:
            depths: See `depths.depths`.

        Returns:
            A model with the inputs `waveform (batch, samples)` float32 and `length (batch,)`
            int32. Its output is a list with a pair for each depth: the hidden state `(batch,
            frames, channels)`, and its number of valid frames, int32 `(batch,)`.
        """

    @property
    def is_keras(self) -> bool:
        """Whether `states` is available, so that the network can be trained and exported."""
        return True

    def places(self, model: Any) -> Any:
        """Returns the positions of the layers of a `states` model, as `LayerPlaces`.

        Fine-tuning uses them. By default a block ends with a layer named `block_...`.
        """
        from kapre_like.models.blocks.layer_places import places_by_blocks

        return places_by_blocks(model)

    def columns(self, depths: list[str], statistics: Sequence[str]) -> Any:
        """Returns a model that computes statistics of hidden states; see `pooled_states`.

        A network that is not a Keras model returns another callable object. It takes `waveform`
        and `length` as NumPy arrays and returns float32 `(batch, columns)`. Like a Keras model,
        it has a method `count_params()`.
        """
        return pooled_states(self, depths, statistics)

    def at_rate(self, sample_rate: int) -> "FrozenNetwork":
        """Returns a network that takes clips at another sample rate and resamples them."""
        from kapre_like.models.embeddings.resampled import ResampledNetwork

        return ResampledNetwork(self, sample_rate)


def pooled_states(network: FrozenNetwork, depths: list[str], statistics: Sequence[str]) -> Any:
    """Returns a model with the same weights that computes statistics of hidden states.

    Args:
        network: See `FrozenNetwork`.
        depths: See `depths.depths`.
        statistics: As in `FramePooling`.

    Returns:
        A `keras.Model` with inputs `waveform (batch, samples)` and `length (batch,)`, and
        output float32 `(batch, columns)`: the statistics of the first depth, then of the next.
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
    """Returns a function of `waveform` and `length` for the result of `columns`."""
    if not hasattr(columns, "inputs"):
        return columns
    from kapre_like.models.artifact.predicting import compiled

    return compiled(columns)


def identity_of_files(files: Iterable[Path], *facts: Any) -> str:
    """Returns a text that identifies the contents of files, further facts and the precision."""
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
