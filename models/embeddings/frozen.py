"""What a network must offer to be listened to, and what tells two networks apart."""

import abc
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar


class FrozenNetwork(abc.ABC):
    """A network that is only listened to; the base class of every kind.

    To make one, its files are looked at, and nothing is built: rows that are kept on disk need
    no network. Whoever brings a kind of networks derives from this class and enters it, see
    `networks`.

    Attributes:
        prefix: What the names of its columns begin with, such as `"w2v"`. Trained models refer
            to these names.
        sample_rate: Int > 0, Hz, of the waveforms that it takes.
        numbered: Int >= 0, how many hidden states are called by number: 0, 1, ...
        named: Depths that are called by name, such as `"last"`.
        beside: Those of `named` that `layer="all"` means beside the numbered ones.
        exact: Whether a clip in a padded batch gives what it gives alone. Otherwise clips are
            heard one by one.
        is_random: Whether nobody has trained it.
    """

    prefix: ClassVar[str]
    sample_rate: int
    numbered: int
    named: tuple[str, ...] = ("last",)
    beside: tuple[str, ...] = ()
    exact: bool = True
    is_random: bool = False

    @property
    @abc.abstractmethod
    def identity(self) -> str:
        """Text that is the same only for a network that gives the same numbers.

        `identity_of_files` and `identity_of_model` help.
        """

    @abc.abstractmethod
    def channels(self, depth: str) -> int:
        """Returns how many channels a depth has; see `depths.depths` for its name."""

    @abc.abstractmethod
    def states(self, depths: list[str]) -> Any:
        """Returns a functional `keras.Model` that gives hidden states, with their weights.

        It ends at the deepest of the depths: what lies above costs nothing.

        Args:
            depths: See `depths.depths`.

        Returns:
            A model with the inputs `waveform (batch, samples)` float32 and `length (batch,)`
            int32. Its output is a list with a pair for each depth: the state `(batch, frames,
            channels)`, and int32 `(batch,)`, how many of its frames are valid.
        """


def identity_of_files(files: Iterable[Path], *facts: Any) -> str:
    """Returns a text for what is in some files, for further facts, and for the precision."""
    hashes = []
    for file in files:
        with file.open("rb") as opened:
            hashes.append(f"{file.suffix} {hashlib.file_digest(opened, 'sha256').hexdigest()}")
    return "\n".join([*hashes, repr(facts), precision()])


def identity_of_model(model: Any) -> str:
    """Returns a text for the layers of a Keras model and its weights, but for random states."""
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
    """Returns the name of the dtype policy under which networks are built now."""
    import keras

    return keras.config.dtype_policy().name
