"""Opens speech encoders as frozen networks for embeddings."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from kapre_like.models.checkpoints.folder import ADAPTER_FILES, cached_checkpoint
from kapre_like.models.embeddings.frozen import (
    FrozenNetwork,
    identity_of_files,
    identity_of_model,
    precision,
)
from kapre_like.models.embeddings.known import KnownNetwork, about
from kapre_like.models.embeddings.networks import Source
from kapre_like.models.wav2vec2.config.encoders import MODEL_TYPES
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.config.presets import PRESETS, PUBLISHED, preset

if TYPE_CHECKING:
    import keras

# Files besides the weights that affect the output of a checkpoint.
_SETTINGS_FILES = ("config.json", "preprocessor_config.json", *ADAPTER_FILES)
# The transformer processes longer clips in overlapping windows, because attention over a
# recording of minutes would need gigabytes.
_WINDOW_SECONDS = 30.0
# License of all networks in `PUBLISHED`.
_LICENSE = "Apache-2.0"


class Wav2Vec2Networks:
    """Kind of networks in the entry-point group `kapre_like.networks`.

    It recognizes checkpoints and Keras models of all encoders in `ENCODERS`, with any head. It
    also recognizes the names in `PRESETS` without a checkpoint, such as `"wav2vec2-tiny"`,
    which have random weights.
    """

    name = "wav2vec2"
    keras_modules = ("kapre_like.models.wav2vec2.registered",)

    def recognizes(self, source: Source) -> bool:
        """Returns whether a source is of this kind, from its name or its files."""
        return is_untrained(source.given) or source.model_type in MODEL_TYPES

    def open(self, owner: str, source: Source, *, seed: int) -> "FrozenWav2Vec2":
        """Opens the network; see `Networks.open`."""
        return FrozenWav2Vec2(owner, source, seed=seed)

    def known(self) -> Iterator[KnownNetwork]:
        """Yields the published networks in `PUBLISHED`."""
        for name, (trained_on, n_parameters) in PUBLISHED.items():
            yield KnownNetwork(
                name=name,
                summary="convolutions on samples, then a transformer",
                trained_on=trained_on,
                license=_LICENSE,
                n_parameters=n_parameters,
                sample_rate=16000,
                source=f"{name} from the Hugging Face hub: naming it downloads it",
                path=cached_checkpoint(name),
            )


class FrozenWav2Vec2(FrozenNetwork):
    """A frozen Wav2Vec2 or HuBERT network.

    Numbered depths are the input of the first block and the output of each block.
    `"features"` is the output of the feature encoder, `"last"` that of the network.

    Args:
        owner: Name of the caller, for error messages.
        source: See `Source`. `Wav2Vec2Networks` must recognize it.
        seed: Int >= 0, for random weights.

    Attributes:
        config: See `Wav2Vec2Config`.
    """

    prefix: ClassVar[str] = "w2v"
    named = ("features", "last")

    def __init__(self, owner: str, source: Source, *, seed: int = 0) -> None:
        self._owner, self._source, self._seed = owner, source, seed
        self.is_random = is_untrained(source.given)
        if source.given in PUBLISHED:
            self.about = about(source.given, PUBLISHED[source.given][0], _LICENSE)
        self.sample_rate, padding = 16000, "exact"
        if self.is_random:
            self.config = preset(source.given)
        elif source.card is not None:
            facts = source.card["checkpoint"]
            self.config = Wav2Vec2Config.from_json(facts["config"])
            self.sample_rate, padding = source.card["sample_rate"], facts["padding"]
        else:
            self.config = Wav2Vec2Config.from_json(source.config)
            self.sample_rate = self._preprocessor().get("sampling_rate", 16000)
        self.exact = padding == "exact"
        self.numbered = self.config.num_hidden_layers + 1
        # Without these layers, the output of the network is the last numbered state.
        distinct = self.config.do_stable_layer_norm or self.config.add_adapter
        self.named_in_all = ("last",) if distinct else ()

    @cached_property
    def folder(self) -> Path:
        """Folder of the checkpoint, which is downloaded if necessary."""
        from kapre_like.models.checkpoints.folder import find_checkpoint

        return find_checkpoint(self._source.given, owner=self._owner)

    @cached_property
    def identity(self) -> str:
        if self._source.path is None and self._source.card is not None:
            return identity_of_model(self._source.given)
        if self.is_random:
            import keras

            # Random weights depend on the backend, not on the seed alone.
            facts = (keras.backend.backend(), keras.__version__, self._seed)
            return repr((self._source.given, *facts, _WINDOW_SECONDS, precision()))
        return identity_of_files(self._files(), _WINDOW_SECONDS)

    def channels(self, depth: str) -> int:
        if depth == "features":
            return self._feature_channels()
        adapted = depth == "last" and self.config.add_adapter
        return self.config.output_hidden_size if adapted else self.config.hidden_size

    @cached_property
    def model(self) -> "keras.Model":
        """The Keras model, with weights."""
        if self.is_random:
            from kapre_like.models.wav2vec2.heads.network import wav2vec2

            return wav2vec2(self._source.given, seed=self._seed, max_seconds=_WINDOW_SECONDS)
        if self._source.card is None:
            from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface

            return from_huggingface(self.folder, max_seconds=_WINDOW_SECONDS)
        if self._source.path is None:
            return self._source.given
        from kapre_like.models.artifact.load import load_model

        return load_model(self._source.path, compile=False)

    def states(self, depths: list[str]) -> "keras.Model":
        import keras

        network = transformer_of(self.model)
        pairs = [list(_tap(network, depth, self.config)) for depth in depths]
        return keras.Model(network.inputs, pairs, name="states")

    def places(self, model: "keras.Model") -> Any:
        from kapre_like.models.wav2vec2.family.places import wav2vec2_places

        return wav2vec2_places(model, self.config)

    def _preprocessor(self) -> dict[str, Any]:
        from kapre_like.models.checkpoints.folder import read_preprocessor

        return read_preprocessor(self.folder, owner=self._owner)

    def _feature_channels(self) -> int:
        """Returns the channels of the convolutions, or of the front end."""
        if self._source.card is None:
            return self.config.conv_dim[-1]
        return transformer_of(self.model).get_layer("feature_projection").kernel.shape[0]

    def _files(self) -> Iterator[Path]:
        if self._source.card is not None:
            yield self._source.path
            return
        from kapre_like.models.checkpoints.weight_files import weight_paths

        paths = (self.folder / name for name in _SETTINGS_FILES)
        yield from (path for path in paths if path.is_file())
        yield from weight_paths(self.folder)


def is_untrained(name: Any) -> bool:
    """Returns whether a name is a preset without a checkpoint."""
    return (
        isinstance(name, str)
        and name in PRESETS
        and "/" not in name
        and not Path(name).is_dir()
    )


def transformer_of(model: "keras.Model") -> "keras.Model":
    """Returns the functional model with the transformer: `model` or a nested one.

    Raises:
        ValueError: If the model contains no transformer.
    """
    from kapre_like.models.artifact.card import walk_layers

    for one in (model, *walk_layers(model)):
        if any(layer.name == "block_0" for layer in getattr(one, "layers", ())):
            return one
    raise ValueError(
        f"embeddings: {model.name!r} has no layer 'block_0', so it is not a Wav2Vec2 network."
    )


def _tap(network: "keras.Model", depth: str, config: Wav2Vec2Config) -> tuple[Any, Any]:
    """Returns the tensor at one depth and its number of valid frames."""
    frames = network.get_layer("frames").input[1]
    if depth == "features":
        return network.get_layer("feature_projection").input, frames
    if depth == "last":
        return _last(network, config, frames)
    return _state(network, int(depth[1:])), frames


def _state(network: "keras.Model", number: int) -> Any:
    """Returns a hidden state of whole clips, also if the transformer runs on windows."""
    if not number:
        return network.get_layer("encoder_dropout").output
    names = {layer.name for layer in network.layers}
    joined, block = f"window_join_{number - 1}", f"block_{number - 1}"
    return network.get_layer(joined if joined in names else block).output


def _last(network: "keras.Model", config: Wav2Vec2Config, frames: Any) -> tuple[Any, Any]:
    if config.add_adapter and config.num_adapter_layers:
        return tuple(network.get_layer(f"adapter_{config.num_adapter_layers - 1}").output)
    if config.add_adapter and config.output_hidden_size != config.hidden_size:
        return network.get_layer("adapter_norm").output, frames
    if config.do_stable_layer_norm:
        return network.get_layer("encoder_norm").output, frames
    return _state(network, config.num_hidden_layers), frames
