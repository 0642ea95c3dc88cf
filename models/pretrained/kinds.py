"""Opens the pretrained networks as frozen networks, for embeddings and `probe`."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kapre_like.models.embeddings.frozen import (
    FrozenNetwork,
    identity_of_files,
    identity_of_model,
    precision,
)
from kapre_like.models.embeddings.known import KnownNetwork, about
from kapre_like.models.embeddings.networks import Source
from kapre_like.models.embeddings.patches import PatchFrontEnd
from kapre_like.models.pretrained.patches import patch_front_ends
from kapre_like.models.pretrained.preset import (
    Preset,
    check_digest,
    found_weights,
    require_weights,
    sources,
)
from kapre_like.models.pretrained.presets import PRESETS, build_network

if TYPE_CHECKING:
    import keras


class PretrainedNetworks:
    """Kind of networks in the entry-point group `kapre_like.networks`.

    It recognizes the names in `PRESETS`, files of weights with the name of a published file,
    checkpoints with a `model_type` of `PRESETS`, and Keras models of these networks.
    """

    name = "pretrained"
    keras_modules = ("kapre_like.models.pretrained.registered",)

    def recognizes(self, source: Source) -> bool:
        """Returns whether a source is of this kind, from its name, its file or its card."""
        return _preset_of(source) is not None

    def open(self, owner: str, source: Source, *, seed: int) -> "FrozenPretrained":
        """Opens the network; see `Networks.open`."""
        return FrozenPretrained(owner, source, _preset_of(source), seed=seed)

    def known(self) -> Iterator[KnownNetwork]:
        """Yields the networks of `PRESETS`."""
        for preset in PRESETS.values():
            path = found_weights(preset)
            yield KnownNetwork(
                name=preset.name,
                summary=preset.summary,
                trained_on=preset.trained_on,
                license=preset.license,
                n_parameters=preset.n_parameters,
                sample_rate=preset.sample_rate,
                source=sources(preset),
                path=path,
                note="" if path is None else check_digest(path, preset),
            )

    def patch_front_ends(self) -> "dict[str, PatchFrontEnd]":
        """Returns the front ends that cut patches for these networks, by network name."""
        return patch_front_ends()


class FrozenPretrained(FrozenNetwork):
    """A frozen network of `PRESETS`.

    Numbered depths are the outputs of the blocks, averaged over the frames and bands of a
    patch. `"last"` returns the embeddings, `"clip"` the original's embedding of a whole clip.

    Args:
        owner: Name of the caller, for error messages.
        source: See `Source`. `PretrainedNetworks` must recognize it.
        preset: Preset of the network.
        seed: Int >= 0, for random weights.
    """

    def __init__(self, owner: str, source: Source, preset: Preset, *, seed: int = 0) -> None:
        self._source, self._seed = source, seed
        self.prefix = preset.prefix
        self.sample_rate = preset.sample_rate
        self.named = ("last", "clip") if preset.clip_channels else ("last",)
        self.named_in_all = self.named
        self.weights = None
        if source.card is None:
            self.weights = require_weights(owner, preset, _weights_of(source))
        self.preset = self._with_sizes(preset)
        self.numbered = len(self.preset.state_channels)
        self.first_seconds = self.preset.first_seconds
        self.is_random = source.card is None and self.weights is None
        if not self.is_random:
            self.about = about(preset.name, preset.trained_on, preset.license)
        if self.is_random:
            self.notes = (f"{preset.name} has random weights; it is not a pretrained model",)
        elif source.card is None and (note := check_digest(self.weights, preset)):
            self.notes = (note,)

    def _with_sizes(self, preset: Preset) -> Preset:
        """Returns the preset with the sizes of the opened checkpoint or saved model."""
        if self._source.card is not None:
            recipe = self._source.card["recipe"]
            sizes = tuple(recipe.get("state_channels", preset.state_channels))
            channels = recipe.get("channels", preset.channels)
            return replace(preset, channels=channels, state_channels=sizes)
        if preset.sizes is None or self.weights is None:
            return preset
        return import_module(preset.sizes).facts(preset, self.weights)

    @cached_property
    def identity(self) -> str:
        if self.is_random:
            import keras

            # Random weights depend on the backend, not on the seed alone.
            facts = (keras.backend.backend(), keras.__version__, self._seed)
            return repr((self.preset.name, *facts, precision()))
        if self._source.card is None:
            return identity_of_files(_files(self.weights), self.preset.name)
        if self._source.path is None:
            return identity_of_model(self._source.given)
        return identity_of_files([self._source.path], self.preset.name)

    def channels(self, depth: str) -> int:
        named = {"last": self.preset.channels, "clip": self.preset.clip_channels}
        return named[depth] if depth in named else self.preset.state_channels[int(depth[1:])]

    @cached_property
    def model(self) -> "keras.Model":
        """The Keras model, with weights."""
        if self._source.card is None:
            return build_network(self.preset, self.weights, seed=self._seed)
        if self._source.path is None:
            return self._source.given
        from kapre_like.models.artifact.load import load_model

        return load_model(self._source.path, compile=False)

    def states(self, depths: list[str]) -> "keras.Model":
        import keras

        module = import_module(self.preset.module)
        pairs = [list(pair) for pair in module.states(self.model, depths)]
        return keras.Model(self.model.inputs, pairs, name="states")


def _preset_of(source: Source) -> Preset | None:
    """Returns the preset of a source, or `None` if it is of another kind."""
    if source.card is not None:
        return PRESETS.get((source.card.get("recipe") or {}).get("backbone"))
    if isinstance(source.given, str) and source.given in PRESETS:
        return PRESETS[source.given]
    if source.model_type is not None:
        of_type = (p for p in PRESETS.values() if p.model_type == source.model_type)
        return next(of_type, None)
    if source.path is None:
        return None
    named = (p for p in PRESETS.values() if source.path.name in {f.name for f in p.files})
    return next(named, None)


def _weights_of(source: Source) -> Any:
    """Returns the `weights` argument for a name in `PRESETS`, else the path or the network."""
    if isinstance(source.given, str) and source.given in PRESETS:
        return source.weights
    return source.given if source.path is None else source.path


def _files(weights: Path) -> list[Path]:
    """Returns the files of a folder, a single file, or the files of a checkpoint's prefix."""
    if weights.is_dir():
        return sorted(path for path in weights.rglob("*") if path.is_file())
    if weights.is_file():
        return [weights]
    return sorted(weights.parent.glob(f"{weights.name}.*"))
