"""Computes embeddings with a frozen network, in batches, with an on-disk cache."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from kapre_like.models.artifact.clip_batches import BATCH_SECONDS, clip_batches, padded
from kapre_like.models.artifact.progress import Progress
from kapre_like.models.embeddings.cache import EmbeddingCache
from kapre_like.models.embeddings.depths import STATISTICS, column_names
from kapre_like.models.embeddings.frozen import FrozenNetwork, predict_of


class Clip(Protocol):
    """A clip that is loaded only when it is needed.

    Attributes:
        key: Text that identifies the samples.
    """

    key: str

    def samples(self) -> int:
        """Returns the approximate number of samples."""

    def load(self) -> np.ndarray:
        """Returns the waveform, float32."""


class Embedder:
    """Computes embeddings of chosen layers of a frozen network, with a cache.

    Args:
        network: See `FrozenNetwork`.
        depths: See `depths.depths`.
        cache: Folder as from `cache_folder`, or `None`.
    """

    def __init__(self, network: FrozenNetwork, depths: list[str], cache: Any) -> None:
        self.network, self.depths = network, depths
        self._cache = None if cache is None else EmbeddingCache(cache, network.identity)

    @property
    def max_samples(self) -> int:
        """Maximum number of samples in a batch, with padding; 0 for batches of one clip."""
        return round(BATCH_SECONDS * self.network.sample_rate) if self.network.exact else 0

    def embed(
        self,
        clips: Sequence[Clip],
        statistics: tuple[str, ...],
        log: Callable[[str], None],
    ) -> tuple[np.ndarray, list[str]]:
        """Returns float32 `(clips, columns)` and the names of the columns."""
        arrays = self._arrays(clips, log)
        columns, names = [], []
        for depth in self.depths:
            whole = np.stack([arrays[clip.key][depth] for clip in clips])
            parts = np.split(whole, len(STATISTICS), axis=1)
            places = dict(zip(STATISTICS, parts, strict=True))
            columns += [places[name] for name in statistics]
            names += column_names(self.network, depth, statistics)
        return np.concatenate(columns, axis=1), names

    def _arrays(
        self, clips: Sequence[Clip], log: Callable[[str], None]
    ) -> dict[str, dict[str, np.ndarray]]:
        """Returns the arrays of every clip by key and layer, from the cache or the network."""
        unique = {clip.key: clip for clip in clips}
        self._log_short_clips(list(unique.values()), log)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = pool.map(self._read_cache, unique)
            cached = {key: arrays for key, arrays in zip(unique, found, strict=True) if arrays}
            missing = [clip for key, clip in unique.items() if key not in cached]
            log(f"embeddings of {len(unique)} clips: {len(cached)} were cached")
            progress = Progress(log, "computing embeddings", len(missing))
            lengths = [clip.samples() for clip in missing]
            for rows in clip_batches(lengths, self.max_samples):
                batch = [missing[row] for row in rows]
                cached.update(self._compute(batch, list(pool.map(lambda c: c.load(), batch))))
                progress.advance(len(batch))
        if self._cache is not None and self._cache.problem:
            log(self._cache.problem)
        return cached

    def _log_short_clips(self, clips: list[Clip], log: Callable[[str], None]) -> None:
        """Logs how many clips are shorter than a patch of the network."""
        seconds = self.network.first_seconds
        min_samples = seconds * self.network.sample_rate
        short = sum(clip.samples() < min_samples for clip in clips)
        if short:
            log(
                f"{short} of {len(clips)} clips are shorter than the network's patch of "
                f"{seconds:.4g} s, and are padded with zeros"
            )

    def _read_cache(self, key: str) -> dict[str, np.ndarray] | None:
        return None if self._cache is None else self._cache.read(key, self.depths)

    def _compute(
        self, clips: list[Clip], waveforms: list[np.ndarray]
    ) -> dict[str, dict[str, np.ndarray]]:
        """Runs the network on one batch and writes the results to the cache."""
        computed = self._split(self._run(*padded(waveforms)))
        found = {}
        for i, clip in enumerate(clips):
            found[clip.key] = {depth: array[i] for depth, array in computed.items()}
            if self._cache is not None:
                self._cache.write(clip.key, found[clip.key])
        return found

    def _split(self, columns: Any) -> dict[str, np.ndarray]:
        """Splits the output into the columns of each layer. Layers may differ in width."""
        widths = [len(STATISTICS) * self.network.channels(depth) for depth in self.depths]
        parts = np.split(np.asarray(columns, "float32"), np.cumsum(widths)[:-1], axis=1)
        return dict(zip(self.depths, parts, strict=True))

    @cached_property
    def extractor(self) -> Any:
        """The model that maps waveforms to columns; see `FrozenNetwork.columns`."""
        return self.network.columns(self.depths, STATISTICS)

    @cached_property
    def _run(self) -> Callable[..., Any]:
        return predict_of(self.extractor)
