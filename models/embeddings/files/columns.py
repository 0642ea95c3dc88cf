"""Statistics over time of the output of a network in a file, computed in NumPy."""

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

# File names in the folder of a model. The network's file also has the suffix of its format.
FACTS, NETWORK = "network.json", "network"


class FileColumns:
    """Computes columns of clips with a network in a file; `pooled_states` is for Keras models.

    Args:
        backbone: The network.
        statistics: One or more of `"mean"`, `"std"` and `"max"`.
        sample_rate: Int > 0, sample rate of the clips in Hz. Clips are resampled if the
            network has another rate.

    Attributes:
        exact: Whether a clip has the same columns alone and in a padded batch.
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
            length: `(batch,)` integers, numbers of valid samples.
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
        """Copies the network into a folder, and writes its facts to `network.json`."""
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
        """Loads what `save` wrote."""
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
    """Returns the statistics of each channel of `(frames, channels)`, concatenated, float32.

    The formulas are those of `FramePooling`: the standard deviation divides by `n - 1`, and is
    0 for one frame.
    """
    wide = x.astype("float64")
    spread = wide.std(axis=0, ddof=1) if len(x) > 1 else np.zeros(x.shape[1])
    found = {"mean": wide.mean(axis=0), "std": spread, "max": wide.max(axis=0)}
    return np.concatenate([found[name] for name in statistics]).astype("float32")


def _resampled(clip: np.ndarray, rate: int, target: int) -> np.ndarray:
    """Resamples a clip. If no sample would be left, returns the mean as one sample."""
    if rate == target or not len(clip):
        return clip
    found = soxr.resample(clip, rate, target, quality="HQ")
    return found if len(found) else clip.mean(keepdims=True)


def _inside(path: Path, name: str) -> list[str]:
    """Returns the paths of a file, or of the files in a folder, under another name."""
    if path.is_file():
        return [name]
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return [f"{name}/{file.relative_to(path).as_posix()}" for file in files]
