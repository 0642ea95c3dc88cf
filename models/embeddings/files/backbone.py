"""Any network in a file as a frozen network: `Backbone.from_file`."""

import copy
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from kapre_like import _check
from kapre_like.models.embeddings.files.columns import FileColumns
from kapre_like.models.embeddings.files.feeds import Feed, Patches, WholeClips, Windows
from kapre_like.models.embeddings.files.layouts import Layout, find_layout, frames_of
from kapre_like.models.embeddings.files.programs import Program, Tensor, open_program
from kapre_like.models.embeddings.files.takes import Takes
from kapre_like.models.embeddings.frozen import FrozenNetwork, identity_of_files
from kapre_like.models.embeddings.patches import patch_front_end

_LENGTH = "length"


class Backbone(FrozenNetwork):
    """A frozen network in a file of another program. `from_file` opens one.

    Its one hidden state, `"last"`, is an output of the file. Column names begin with `net_`.

    Attributes:
        path: The file, or the folder of a SavedModel.
        network_rate: Int > 0, Hz, of the network's input.
        sample_rate: Int > 0, Hz, of the clips.
        program: The file, open in the program that runs it.
    """

    prefix: ClassVar[str] = "net"
    numbered, beside = 0, ("last",)

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
        """Opens a network in a file, and runs it on silence once.

        The program of its format runs the file: ONNX Runtime, LiteRT, TensorFlow or Keras. A
        free batch is used for several windows at once; for a fixed one of 1 each window is a
        call of its own.

        Args:
            path: An `.onnx`, `.tflite` or `.keras` file, or the folder of a SavedModel.
            takes: What its input is.
                `"waveform:RATE"`: samples in [-1, 1] at RATE Hz. If the file fixes their
                number, clips are cut into windows of it, without overlap; the last one, and a
                shorter clip, is padded with zeros. If not, each clip is run alone and whole.
                `"waveform:RATE:SECONDS"` and `"waveform:RATE:SECONDS:HOP"`: windows of SECONDS,
                one every HOP seconds; SECONDS may be empty where the file fixes it.
                `"patches:NETWORK"`: log-mel patches of a pretrained network, such as
                `"patches:yamnet"` of 96 frames and 64 bands. The order of the axes and an axis
                of channels are matched from the file.
            output: Name or number of the output, if the file has several. It has the channels
                last: `(batch, channels)` or `(batch, frames, channels)`.
            signature: Name of the signature of a SavedModel, if it is not `serving_default`.
            owner: Name of the caller, for error messages.

        Returns:
            A network for `embedding_table`, `ClipEmbeddings` and the family `probe`.

        Raises:
            ValueError: If the file cannot be opened, or does not take or give such arrays; says
                what its inputs and outputs are.
            ImportError: If the package that runs it is missing; names the extra.

        Example:
            >>> from kapre_like.models.embeddings import Backbone, embedding_table
            >>> birds = Backbone.from_file("birdnet.tflite", takes="waveform:48000")
            >>> rows, names = embedding_table(["a.wav", "b.wav"], birds)
        """
        if takes is None:
            program = open_program(owner, Path(path).expanduser(), signature)
            Takes.parse(owner, takes, fix=_said(Path(path), program))
        network = cls(path, takes=takes, output=output, signature=signature, owner=owner)
        network.channels("last")
        return network

    @cached_property
    def program(self) -> Program:
        return open_program(self._owner, self.path, self._signature)

    def facts(self) -> dict[str, Any]:
        """Returns the arguments besides the path, JSON values."""
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
        """Channels of an output for silence, because not every file says them."""
        (frames,) = self._run([self._feed.silence])
        return frames.shape[-1]

    def columns(self, depths: list[str], statistics: Sequence[str]) -> FileColumns:
        del depths
        return FileColumns(self, statistics, self.sample_rate)

    def at_rate(self, sample_rate: int) -> Self:
        """Returns the network for clips at another sample rate, which are resampled."""
        network = copy.copy(self)
        network.__dict__.pop("identity", None)
        network.sample_rate = sample_rate
        return network

    def states(self, depths: list[str]) -> Any:
        del depths
        raise ValueError(
            f"{self.path.name} runs in {self.program.runtime} and has no layers of Keras. "
            "`columns` computes its statistics."
        )

    def frames(self, clips: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns the output for clips at `network_rate`, float32 `(frames, channels)` each."""
        return self._run(self._feed.rows(clips))

    def _run(self, clips: list[np.ndarray]) -> list[np.ndarray]:
        """Returns the frames of the rows of each clip."""
        if not self.exact:
            return [np.concatenate(self._call(rows)) for rows in clips]
        frames = self._call(np.concatenate(clips))
        ends = np.cumsum([len(rows) for rows in clips])
        starts = [0, *ends[:-1]]
        return [
            np.concatenate(frames[start:end]) for start, end in zip(starts, ends, strict=True)
        ]

    def _call(self, rows: np.ndarray) -> list[np.ndarray]:
        """Returns the frames of each row, from as many calls as its batch needs."""
        at_once, found = self._layout.rows, []
        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            found += list(self._output_of(part))
        return found

    def _output_of(self, rows: np.ndarray) -> np.ndarray:
        """Returns `(rows, frames, channels)`; a batch that the file fixes is filled up."""
        missing = max((self._layout.batch or 0) - len(rows), 0)
        filled = np.concatenate([rows, np.zeros((missing, *rows.shape[1:]), "float32")])
        feed = {self._layout.tensor.name: self._layout.arrange(filled)}
        for tensor in self.program.inputs:
            if tensor.name == _LENGTH and tensor.name not in feed:
                feed[_LENGTH] = np.full(len(filled), filled.shape[1], tensor.dtype)
        try:
            (output,) = self.program.run(feed, [self.output.name])
        except Exception as error:  # each program has errors of its own
            raise ValueError(self._refused(filled, error)) from error
        frames = frames_of(output, self.output, len(filled))
        if frames is None:
            rule = "an output (batch, channels) or (batch, frames, channels)"
            fix = f"It gave {np.shape(output)} for {len(filled)} rows. {self._said}"
            _check.fail(self._owner, "output", rule, self.output.name, fix)
        return frames[: len(rows)]

    def _refused(self, rows: np.ndarray, error: Exception) -> str:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return (
            f"{self._owner}: {self.path.name} does not run on {rows.shape[1:]} of "
            f"takes={str(self._takes)!r} ({lines[0].rstrip('.')}). {self._said} For a network "
            "that needs a length, say it: waveform:RATE:SECONDS."
        )

    def _fit(self) -> tuple[Layout, Feed]:
        """Returns the axes of the input, and what makes rows of clips."""
        feed, tensor = self._feed_of(None), self._input()
        layout = find_layout(tensor, feed.sizes)
        if layout is None:
            rule = "what the file takes"
            _check.fail(self._owner, "takes", rule, str(self._takes), self._said)
        if isinstance(feed, WholeClips) and layout.sizes[0] is not None:
            feed = self._feed_of(layout.sizes[0])
        return layout, feed

    def _feed_of(self, samples: int | None) -> Feed:
        """Returns what makes rows; `samples` is the number that the file fixes."""
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
        """Returns the one input that is no length."""
        inputs = [one for one in self.program.inputs if one.name != _LENGTH]
        if len(inputs) != 1:
            rule = "a file with one input, and `length` beside it at most"
            _check.fail(self._owner, "path", rule, str(self.path), self._said)
        return inputs[0]

    def _find_output(self) -> Tensor:
        """Returns the output that was asked for, or the only one of numbers."""
        outputs, asked = self.program.outputs, self._output
        if asked is None:
            found = [one for one in outputs if one.is_number]
        else:
            named = enumerate(outputs)
            found = [one for i, one in named if asked in (i, one.name) and one.is_number]
        if len(found) != 1:
            rule = "the name or number of an output of floats"
            _check.fail(self._owner, "output", rule, asked, self._said)
        return found[0]

    @property
    def _said(self) -> str:
        return _said(self.path, self.program)

    def __getstate__(self) -> dict[str, Any]:
        """Excludes what cannot be copied: the open file, and a compiled front end."""
        state = {k: v for k, v in self.__dict__.items() if k not in ("program", "_feed")}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        _, self._feed = self._fit()

    def __repr__(self) -> str:
        return f"Backbone({str(self.path)!r}, takes={str(self._takes)!r})"


def _said(path: Path, program: Program) -> str:
    """Returns a sentence on the inputs and outputs of a file."""
    inputs, outputs = (
        "; ".join(map(str, side)) or "none" for side in (program.inputs, program.outputs)
    )
    return f"{path.name} takes {inputs}, and gives {outputs}."


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        return iter([path])
    return iter(sorted(file for file in path.rglob("*") if file.is_file()))
