"""A network that is only listened to: known by its files, built when it is first needed."""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from kapre_like import _check
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.config.presets import PRESETS, preset
from kapre_like.saving import metadata

# Beside the weights, what shapes the numbers that a checkpoint gives.
_TOLD = ("config.json", "preprocessor_config.json")
# Longer clips pass the transformer in overlapping windows: attention over a recording of
# minutes would take gigabytes.
_WINDOW_SECONDS = 30.0


class FrozenNetwork:
    """A network by what names it.

    What identifies it and what it looks like is read from its files; nothing is built before
    `model()` is called.

    Args:
        owner: Who asks, for messages.
        source: A Keras model of this package with any head; a folder of a Hugging Face
            checkpoint, or its name on the hub; a `.keras` file, or a folder with one that
            `kapre-like train --model wav2vec2` wrote; a name in `PRESETS` that is no
            checkpoint's, `"wav2vec2-tiny"`: random weights.
        seed: Int, for random weights.

    Attributes:
        config: See `Wav2Vec2Config`.
        sample_rate: Hz, of the waveforms that it takes.
        padding: `"exact"`, or `"huggingface"`: what a clip gives depends on its batch.
        is_random: Whether nobody has trained it.

    Raises:
        ValueError: If it is none of these.
        ImportError: If it is a name on the hub, and `huggingface_hub` is not installed.
    """

    def __init__(self, owner: str, source: Any, *, seed: int = 0) -> None:
        _check.non_negative_int(owner, seed=seed)
        self._source, self._seed = source, seed
        self.is_random = isinstance(source, str) and is_untrained(source)
        self._model: Any = None
        self.sample_rate, self.padding = 16000, "exact"
        if self.is_random:
            self.config = preset(source)
        elif isinstance(source, str | Path) and str(source):
            self._of_files(source)
        else:
            self._of_model(owner, source)

    def _of_files(self, source: str | Path) -> None:
        trained = Path(source) / "model.keras"
        if trained.is_file() and not (Path(source) / "config.json").is_file():
            source = trained
        if Path(source).suffix == ".keras" and Path(source).is_file():
            self._source = Path(source)
            card = card_in_file(self._source)
        else:
            from kapre_like.models.checkpoints.folder import (
                find_checkpoint,
                read_config,
                read_preprocessor,
            )

            self._source = find_checkpoint(source)
            rate = read_preprocessor(self._source).get("sampling_rate", 16000)
            checkpoint = {"config": read_config(self._source), "padding": "exact"}
            card = {"sample_rate": rate, "checkpoint": checkpoint}
        self._take(card)

    def _of_model(self, owner: str, model: Any) -> None:
        from kapre_like.models.artifact.card import card_of

        if not hasattr(model, "layers"):
            rule = "a model, a folder, a .keras file or a name on the Hugging Face hub"
            _check.fail(owner, "network", rule, model)
        self._model, card = model, card_of(model).facts()
        if card["checkpoint"] is None:
            _check.fail(owner, "network", "a Wav2Vec2 network", model)
        self._take(card)

    def _take(self, card: dict[str, Any]) -> None:
        """Keeps what is needed of a card's facts."""
        self.config = Wav2Vec2Config.from_json(card["checkpoint"]["config"])
        self.sample_rate = card["sample_rate"]
        self.padding = card["checkpoint"]["padding"]

    @cached_property
    def identity(self) -> str:
        """Text that is the same only for a network that gives the same numbers."""
        if not isinstance(self._source, str | Path):
            return _hash_of_model(self._source)
        if self.is_random:
            import keras

            # Each backend draws its own random weights from a seed.
            drawn = (keras.backend.backend(), keras.__version__, self._seed)
            return repr((self._source, *drawn, _WINDOW_SECONDS, _policy()))
        files = [_hash_of_file(file) for file in self._files()]
        return "\n".join([*files, repr(_WINDOW_SECONDS), _policy()])

    def channels(self, depth: str) -> int:
        """Returns how many channels a depth has, see `depths.depths`."""
        if depth == "features":
            return self._feature_channels()
        return self.config.output_hidden_size if depth == "last" else self.config.hidden_size

    def _feature_channels(self) -> int:
        """Of the convolutions, or of the front end in their place, which no folder has."""
        if self._model is None and not str(self._source).endswith(".keras"):
            return self.config.conv_dim[-1]
        from kapre_like.models.embeddings.pooled_states import network_of

        return network_of(self.model()).get_layer("feature_projection").kernel.shape[0]

    def model(self) -> Any:
        """Returns the Keras model, with weights."""
        if self._model is None:
            self._model = self._build()
        return self._model

    def _files(self) -> Iterator[Path]:
        if self._source.is_file():
            yield self._source
            return
        from kapre_like.models.checkpoints.weight_files import weight_paths

        yield from (self._source / name for name in _TOLD if (self._source / name).is_file())
        yield from weight_paths(self._source)

    def _build(self) -> Any:
        if self.is_random:
            from kapre_like.models.wav2vec2.heads.network import wav2vec2

            return wav2vec2(self._source, seed=self._seed, max_seconds=_WINDOW_SECONDS)
        if self._source.is_file():
            from kapre_like.models.artifact.load import load_model

            return load_model(self._source, compile=False)
        from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface

        return from_huggingface(self._source, max_seconds=_WINDOW_SECONDS)


def is_untrained(name: str) -> bool:
    """Whether a name stands for a configuration of our own, which has no checkpoint."""
    return name in PRESETS and "/" not in name and not Path(name).is_dir()


def card_in_file(path: Path) -> dict[str, Any]:
    """Returns what the card of a Wav2Vec2 network in a `.keras` file says.

    Raises:
        ValueError: If the file has none.
    """
    try:
        card = metadata(path)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: cannot be read as a .keras file ({error}).") from error
    if card["checkpoint"] is None:
        raise ValueError(f"{path}: holds no Wav2Vec2 network: its card tells of none.")
    return card


def _hash_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return f"{path.suffix} {hashlib.file_digest(file, 'sha256').hexdigest()}"


def _hash_of_model(model: Any) -> str:
    """Of the facts of its layers, and of every weight but random states."""
    import keras

    from kapre_like.models.artifact.card import walk_layers

    facts = [layer.get_config() for layer in walk_layers(model)]
    whole = hashlib.sha256(json.dumps(facts, sort_keys=True, default=repr).encode())
    for weight in model.weights:
        if "seed_generator" not in weight.path:
            whole.update(weight.path.encode())
            whole.update(keras.ops.convert_to_numpy(weight).tobytes())
    return whole.hexdigest()


def _policy() -> str:
    """The precision in which networks are built now."""
    import keras

    return keras.config.dtype_policy().name
