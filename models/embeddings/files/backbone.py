"""Opens a network in a file as a frozen network: `Backbone.from_file`."""

import copy
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from kapre_like import _check
from kapre_like.models.embeddings.files.columns import FileColumns
from kapre_like.models.embeddings.files.feeds import Feed, Patches, WholeClips, Windows
from kapre_like.models.embeddings.files.layouts import Layout, find_layout
from kapre_like.models.embeddings.files.programs import Program, Tensor, open_program
from kapre_like.models.embeddings.files.rows import LENGTH, RowRunner
from kapre_like.models.embeddings.files.takes import Takes
from kapre_like.models.embeddings.frozen import FrozenNetwork, identity_of_files
from kapre_like.models.embeddings.patches import patch_front_end

_OPEN = ("program", "_feed", "keras_states")


class Backbone(FrozenNetwork):
    """A frozen network in a file of another program. `from_file` opens one.

    Its only hidden state, `"last"`, is an output of the file. Column names start with `net_`.

    Attributes:
        path: The file, or the folder of a SavedModel.
        network_rate: Int > 0, sample rate of the network's input in Hz.
        sample_rate: Int > 0, sample rate of the clips in Hz.
        program: The file, opened in the program that runs it.
    """

    prefix: ClassVar[str] = "net"
    numbered, named_in_all = 0, ("last",)

    def __init__(
        self,
        path: str | Path,
        *,
        takes: str,
        output: str | int | None = None,
        signature: str | None = None,
        owner: str = "Backbone",
    ) -> None:
        self.path, self._owner = Path(path).expanduser(), owner
        self._output, self._signature = output, signature
        self._takes = Takes.parse(owner, takes)
        self._layout, self._feed = self._fit()
        self.output = self._find_output()
        self.sample_rate = self.network_rate = self._feed.sample_rate
        self.exact = self._feed.exact
        self.notes = (self._feed.about,) if self._feed.about else ()

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        takes: str | None = None,
        output: str | int | None = None,
        signature: str | None = None,
        owner: str = "Backbone",
    ) -> Self:
        """Opens a network in a file, and runs it once on silence.

        ONNX Runtime, LiteRT, TensorFlow or Keras runs the file, depending on its format. If the
        batch size is free, several windows are run at once. If it is fixed at 1, each window is
        run alone.

        Args:
            path: An `.onnx`, `.tflite` or `.keras` file, or the folder of a SavedModel.
            takes: Kind of input.
                `"waveform:RATE"`: samples in [-1, 1] at RATE Hz. If the file fixes the number
                of samples, clips are cut into windows of that length without overlap, and the
                last window is padded with zeros. If not, each clip is run alone and whole.
                `"waveform:RATE:SECONDS"` and `"waveform:RATE:SECONDS:HOP"`: windows of SECONDS,
                one every HOP seconds. SECONDS may be empty if the file fixes it.
                `"patches:NETWORK"`: log-mel patches of a pretrained network, such as
                `"patches:yamnet"` with 96 frames and 64 bands. The order of the axes, and an
                axis of channels, are found from the file.
            output: Name or number of the output, if the file has several outputs. Its last axis
                is the channels: `(batch, channels)` or `(batch, frames, channels)`.
            signature: Name of the signature of a SavedModel, if it is not `serving_default`.
            owner: Name of the caller, for error messages.

        Returns:
            A network for `embedding_table`, `ClipEmbeddings` and the family `probe`.

        Raises:
            ValueError: If the file cannot be opened, or has other inputs or outputs. The
                message lists them.
            ImportError: If the package that runs it is missing. The message names the extra to
                install.

        Example:
            >>> from kapre_like.models.embeddings import Backbone, embedding_table
            >>> birds = Backbone.from_file("birdnet.tflite", takes="waveform:48000")
            >>> rows, names = embedding_table(["a.wav", "b.wav"], birds)
        """
        if takes is None:
            program = open_program(owner, Path(path).expanduser(), signature)
            fix = f"{program.summary} In Python: Backbone.from_file(path, takes=...)."
            Takes.parse(owner, takes, fix=fix)
        network = cls(path, takes=takes, output=output, signature=signature, owner=owner)
        network.channels("last")
        return network

    @cached_property
    def program(self) -> Program:
        return open_program(self._owner, self.path, self._signature)

    def facts(self) -> dict[str, Any]:
        """Returns the arguments other than the path, as JSON values."""
        facts = {"takes": str(self._takes), "output": self.output.name}
        return facts | ({"signature": self._signature} if self._signature else {})

    @cached_property
    def identity(self) -> str:
        facts = [*sorted(self.facts().items()), self.sample_rate]
        return identity_of_files(_files(self.path), "file", *facts)

    def channels(self, depth: str) -> int:
        del depth
        return self._channels

    @cached_property
    def _channels(self) -> int:
        """Number of channels, from the output for silence, as some files do not contain it."""
        return self._runner.run(self._feed.silence)[0].shape[-1]

    @cached_property
    def keras_states(self) -> Any:
        """The network as a part of a Keras model; `None` if that is impossible.

        It is possible for Keras files that take windows or patches. It is impossible for whole
        clips, because the network would process the padding of a batch as sound.
        """
        model = getattr(self.program, "model", None)
        if model is None or (feed := self._feed.model) is None:
            return None
        from kapre_like.models.embeddings.files.keras_states import keras_states

        output = self.program.tensors[self.output.name]
        return keras_states(model, output, self._layout, feed)

    @property
    def is_keras(self) -> bool:
        return self.keras_states is not None

    def columns(self, depths: list[str], statistics: Sequence[str]) -> Any:
        if self.keras_states is not None:
            return super().columns(depths, statistics)
        return FileColumns(self, statistics, self.sample_rate)

    def at_rate(self, sample_rate: int) -> FrozenNetwork:
        """Returns a network that takes clips at another sample rate and resamples them."""
        if self.keras_states is not None:
            return super().at_rate(sample_rate)
        network = copy.copy(self)
        network.__dict__.pop("identity", None)
        network.sample_rate = sample_rate
        return network

    def states(self, depths: list[str]) -> Any:
        del depths
        if self.keras_states is None:
            raise ValueError(
                f"{self.path.name} runs in {self.program.runtime}, and cannot be a part of a "
                "Keras model. Use `columns`, which computes statistics of its output."
            )
        return self.keras_states

    def frames(self, clips: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns the output for clips at `network_rate`, float32 `(frames, channels)` each."""
        rows = self._feed.rows(clips)
        return self._runner.run_all(rows) if self.exact else list(map(self._runner.run, rows))

    @property
    def _runner(self) -> RowRunner:
        return RowRunner(self._owner, self.program, self._layout, self.output, str(self._takes))

    def _fit(self) -> tuple[Layout, Feed]:
        """Returns the axes of the input, and the feed that converts clips to rows."""
        feed, tensor = self._feed_of(None), self._input()
        layout = find_layout(tensor, feed.sizes)
        if layout is None:
            rule = "an input that the file has"
            _check.fail(self._owner, "takes", rule, str(self._takes), self.program.summary)
        if isinstance(feed, WholeClips) and layout.sizes[0] is not None:
            feed = self._feed_of(layout.sizes[0])
        return layout, feed

    def _feed_of(self, samples: int | None) -> Feed:
        """Returns the feed; `samples` is the window length if the file fixes it."""
        takes = self._takes
        if takes.patches is not None:
            return Patches(patch_front_end(self._owner, takes.patches))
        rate = takes.sample_rate
        if takes.seconds is not None:
            samples = round(takes.seconds * rate)
        if samples is None:
            return WholeClips(rate)
        hop = samples if takes.hop_seconds is None else round(takes.hop_seconds * rate)
        return Windows(rate, samples, hop)

    def _input(self) -> Tensor:
        """Returns the only input other than `length`."""
        inputs = [one for one in self.program.inputs if one.name != LENGTH]
        if len(inputs) != 1:
            rule = "a file with one input, and optionally `length`"
            _check.fail(self._owner, "path", rule, str(self.path), self.program.summary)
        return inputs[0]

    def _find_output(self) -> Tensor:
        """Returns the requested output, or the only output of floats."""
        outputs, asked = self.program.outputs, self._output
        if asked is None:
            found = [one for one in outputs if one.is_number]
        else:
            named = enumerate(outputs)
            found = [one for i, one in named if asked in (i, one.name) and one.is_number]
        if len(found) != 1:
            rule = "the name or number of an output of floats"
            _check.fail(self._owner, "output", rule, asked, self.program.summary)
        return found[0]

    def __getstate__(self) -> dict[str, Any]:
        """Excludes the open file and compiled front ends, which cannot be pickled."""
        return {k: v for k, v in self.__dict__.items() if k not in _OPEN}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        _, self._feed = self._fit()

    def __repr__(self) -> str:
        return f"Backbone({str(self.path)!r}, takes={str(self._takes)!r})"


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        return iter([path])
    return iter(sorted(file for file in path.rglob("*") if file.is_file()))
