"""Statistics over time of what the network in a file gives, computed in NumPy."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import soxr

from kapre_like._replacing import replacing

if TYPE_CHECKING:
    from kapre_like.models.embeddings.files.backbone import Backbone

# Names inside the folder of a model. The network's own has the suffix of its format.
FACTS, NETWORK = "network.json", "network"


class FileColumns:
    """From clips to columns, by a network in a file; what `pooled_states` is for Keras.

    Args:
        backbone: The network.
        statistics: One or more of `"mean"`, `"std"` and `"max"`.
        sample_rate: Int > 0, Hz, of the clips; others than the network's are resampled.

    Attributes:
        exact: Whether a clip gives the same columns alone and in a padded batch.
    """

    def __init__(
        self, backbone: "Backbone", statistics: Sequence[str], sample_rate: int
    ) -> None:
        self.backbone, self.statistics = backbone, tuple(statistics)
        self.sample_rate = sample_rate
        self.exact = backbone.exact

    def __call__(self, waveform: np.ndarray, length: np.ndarray) -> np.ndarray:
        """Returns float32 `(batch, columns)`.

        Args:
            waveform: `(batch, samples)` float32.
            length: `(batch,)` integers, valid samples.
        """
        rate = self.backbone.network_rate
        clips = [
            _resampled(row[:samples], self.sample_rate, rate)
            for row, samples in zip(waveform, length.tolist(), strict=True)
        ]
        return np.stack([pool(x, self.statistics) for x in self.backbone.frames(clips)])

    def count_params(self) -> int:
        """Returns the number of weights of the network."""
        return self.backbone.program.n_parameters

    def files(self) -> list[str]:
        """Returns the names of the files that `save` writes, relative to its folder."""
        path = self.backbone.path
        name = f"{NETWORK}{path.suffix if path.is_file() else ''}"
        return [FACTS, *_inside(path, name)]

    def save(self, folder: Path) -> None:
        """Copies the network into a folder, and writes what it takes beside it."""
        facts = {
            **self.backbone.facts(),
            "statistics": list(self.statistics),
            "sample_rate": self.sample_rate,
        }
        with replacing(folder / FACTS) as new:
            new.write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
        path = self.backbone.path
        with replacing(folder / f"{NETWORK}{path.suffix if path.is_file() else ''}") as new:
            (shutil.copyfile if path.is_file() else shutil.copytree)(path, new)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads what `save` wrote."""
        from kapre_like.models.embeddings.files.backbone import Backbone

        facts: dict[str, Any] = json.loads((folder / FACTS).read_text("utf-8"))
        (path,) = (
            path
            for path in folder.glob(f"{NETWORK}*")
            if path.stem == NETWORK and path.name != FACTS
        )
        statistics, rate = facts.pop("statistics"), facts.pop("sample_rate")
        return cls(Backbone(path, **facts), statistics, rate)


def pool(x: np.ndarray, statistics: Sequence[str]) -> np.ndarray:
    """Returns statistics of each channel of `(frames, channels)`, joined, as float32.

    The formulas are those of `FramePooling`: the deviation is by `n - 1`, and 0 for one frame.
    """
    wide = x.astype("float64")
    spread = wide.std(axis=0, ddof=1) if len(x) > 1 else np.zeros(x.shape[1])
    found = {"mean": wide.mean(axis=0), "std": spread, "max": wide.max(axis=0)}
    return np.concatenate([found[name] for name in statistics]).astype("float32")


def _resampled(clip: np.ndarray, rate: int, target: int) -> np.ndarray:
    """Returns a clip at another rate. What is less than one sample then is one: its mean."""
    if rate == target or not len(clip):
        return clip
    found = soxr.resample(clip, rate, target, quality="HQ")
    return found if len(found) else clip.mean(keepdims=True)


def _inside(path: Path, name: str) -> list[str]:
    """Returns the files of a file or folder, as under another name."""
    if path.is_file():
        return [name]
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return [f"{name}/{file.relative_to(path).as_posix()}" for file in files]
