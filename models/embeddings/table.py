"""Embeddings of the clips of a data set, as a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kapre_like import _check
from kapre_like.audio.channels import MIX
from kapre_like.audio.decode import info
from kapre_like.audio.rows import Row, read_row
from kapre_like.audio.scan import clip_digests
from kapre_like.models.embeddings.cache import cache_folder, digest
from kapre_like.models.embeddings.depths import check_statistics, depths
from kapre_like.models.embeddings.embedder import Embedder
from kapre_like.models.embeddings.networks import open_network

if TYPE_CHECKING:
    import pandas as pd

_OWNER = "embedding_table"


def embedding_table(
    clips: "pd.DataFrame | Sequence[str | Path]",
    network: Any,
    *,
    layer: Any = "last",
    statistics: str | Sequence[str] = ("mean", "std"),
    seconds: float | None = None,
    cache: bool | str | Path = True,
    seed: int = 0,
    log: Callable[[str], None] = str,
) -> tuple[np.ndarray, list[str]]:
    """Computes one row per clip: statistics of hidden states over time.

    Rows and names have the format of `kapre_like.features.feature_table`, so both tables can be
    joined. `models/embeddings/depths.py` lists the names. A row does not depend on the other
    clips. Rows are cached on disk. The key is the content of the file, the crop, the network's
    weights and the layer. If all clips are cached, the network is not built. The transformer of
    a checkpoint processes clips over 30 s in overlapping windows; a Keras model processes them
    as it was built.

    Args:
        clips: A table with `path`, and optionally `start_s`, `end_s` (seconds), `channel`,
            `digest` and `duration_s`, as from `kapre_like.audio.read_dataset` or `scan`; or a
            list of files.
        network: A network of an installed kind: the folder of a Hugging Face checkpoint, or
            its name on the hub; a model of `kapre_like.models.wav2vec2` with any head, or its
            `.keras` file; a name in `kapre-like weights`; what `Backbone.from_file` returns;
            or `"wav2vec2-tiny"` with random weights.
        layer: Hidden state: an int from 0 (the input of the first block), or from the end (-1);
            `"features"`, the output of the feature encoder; `"last"`, the network's output; a
            list of these; or `"all"`.
        statistics: One or more of `"mean"`, `"std"` and `"max"`, over the valid frames.
        seconds: Float > 0, uses only the middle `seconds` of each clip; `None`: whole clips.
        cache: Folder of the cache. `True` uses `$KAPRE_LIKE_CACHE`, else
            `~/.cache/kapre_like`. `False` does not cache.
        seed: Int >= 0, for random weights.
        log: Called with lines on progress and with notes on the network. The default, `str`,
            ignores them.

    Returns:
        float32 `(clips, columns)` and the names of the columns.

    Raises:
        ValueError: If an argument or checkpoint is invalid, or a file cannot be read (`PATH:
            reason. Fix.`).
        ImportError: If a name on the hub is given and `huggingface_hub` is not installed.
    """
    if seconds is not None:
        _check.positive(_OWNER, seconds=seconds)
    statistics = check_statistics(_OWNER, statistics)
    folder = cache_folder(_OWNER, cache)
    frozen = open_network(_OWNER, network, seed=seed)
    embedder = Embedder(frozen, depths(_OWNER, layer, frozen), folder)
    for note in frozen.notes:
        log(note)
    return table_of(clips, embedder, statistics, seconds=seconds, log=log)


def table_of(
    clips: Any,
    embedder: Embedder,
    statistics: tuple[str, ...],
    *,
    seconds: float | None,
    log: Callable[[str], None],
) -> tuple[np.ndarray, list[str]]:
    """Computes the table with an open network; see `embedding_table`."""
    rows = _rows(clips, rate=embedder.network.sample_rate, seconds=seconds)
    if not rows:
        rule = "a table with `path`, or a list of files: one clip or more"
        _check.fail(_OWNER, "clips", rule, clips)
    return embedder.embed(rows, statistics, log)


@dataclass(frozen=True)
class FileClip:
    """A segment of a file; see `embedder.Clip`."""

    key: str
    row: Row
    rate: int
    seconds: float | None
    duration_s: float | None

    def samples(self) -> int:
        whole = self.duration_s
        if whole is None:
            end = info(self.row.path).duration_s
            whole = np.nanmin([end, self.row.end_s]) - np.nan_to_num(self.row.start_s)
        return round(min(whole, self.seconds or whole) * self.rate)

    def load(self) -> np.ndarray:
        return read_row(self.row, sample_rate=self.rate, seconds=self.seconds)


def _rows(clips: Any, *, rate: int, seconds: float | None) -> list[FileClip]:
    """Returns the clips with their keys, without decoding them."""
    if isinstance(clips, list | tuple) and all(isinstance(c, str | Path) for c in clips):
        columns = {"path": [str(path) for path in clips]}
    elif hasattr(clips, "columns") and "path" in clips.columns:
        columns = {name: list(clips[name]) for name in clips.columns}
    else:
        return []
    count = len(columns["path"])
    starts = columns.get("start_s", [np.nan] * count)
    ends = columns.get("end_s", [np.nan] * count)
    durations = columns.get("duration_s", [None] * count)
    channels = columns.get("channel", [MIX] * count)
    digests = columns.get("digest") or clip_digests(columns["path"], starts, ends, channels)
    known = "problem" in columns
    cells = zip(digests, columns["path"], starts, ends, channels, durations, strict=True)
    return [
        FileClip(
            digest("file", content, rate, seconds),
            Row(str(path), start, end, channel, known),
            rate,
            seconds,
            duration,
        )
        for content, path, start, end, channel, duration in cells
    ]
