"""A frozen network as a scikit-learn transformer of waveforms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from kapre_like.features.waveforms import as_waveforms
from kapre_like.models.embeddings.cache import cache_folder, digest
from kapre_like.models.embeddings.depths import check_statistics, column_names, depths
from kapre_like.models.embeddings.embedder import Embedder
from kapre_like.models.embeddings.networks import open_network

_OWNER = "ClipEmbeddings"


class ClipEmbeddings(TransformerMixin, BaseEstimator):
    """Computes one row per waveform: statistics of hidden states over time.

    Like `embedding_table`, but for waveforms in memory. Use it in a scikit-learn pipeline, or
    with `kapre_like.features.ClipFeatures` in a `FeatureUnion`. `fit` only checks its
    arguments. A row does not depend on the other clips.

    Args:
        network: As in `embedding_table`.
        layer: As in `embedding_table`.
        statistics: As in `embedding_table`.
        cache: As in `embedding_table`.
        seed: As in `embedding_table`.

    Input:
        A list of 1-D waveforms of any length at the network's `sample_rate`, or a 2-D array
        with a clip per row. Floats, usually in [-1, 1]. A clip with fewer than 400 samples is
        padded with zeros to one frame.

    Output:
        float32 `(clips, columns)`; with `set_output(transform="pandas")` a table.

    Raises:
        ValueError: If an argument or checkpoint is invalid, or if waveforms are integer or
            complex or have NaN or infinite samples.

    Example:
        >>> import numpy as np
        >>> from kapre_like.models.embeddings import ClipEmbeddings
        >>> embeddings = ClipEmbeddings("wav2vec2-tiny", layer=2, cache=False)
        >>> embeddings.fit_transform([np.zeros(16000)]).shape
        (1, 256)
    """

    def __init__(
        self,
        network: Any,
        *,
        layer: Any = "last",
        statistics: str | Sequence[str] = ("mean", "std"),
        cache: bool | str | Path = True,
        seed: int = 0,
    ) -> None:
        self.network = network
        self.layer = layer
        self.statistics = statistics
        self.cache = cache
        self.seed = seed

    def fit(self, X: Iterable[Any], y: Any = None) -> Self:
        """Checks the arguments and the clips."""
        del y
        self._embedder()
        as_waveforms(X, _OWNER)
        return self

    def transform(self, X: Iterable[Any]) -> np.ndarray:
        """Returns one row per clip, float32 `(clips, columns)`."""
        embedder, statistics = self._embedder()
        rate = embedder.network.sample_rate
        waveforms = [w.astype("float32") for w in as_waveforms(X, _OWNER)]
        clips = [MemoryClip(digest("waveform", w.tobytes(), rate), w) for w in waveforms]
        rows, _ = embedder.embed(clips, statistics, str)
        return rows

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Returns the names of the columns in order. `input_features` is ignored."""
        del input_features
        embedder, statistics = self._embedder()
        names = [
            name
            for depth in embedder.depths
            for name in column_names(embedder.network, depth, statistics)
        ]
        return np.array(names, dtype=object)

    def _embedder(self) -> tuple[Embedder, tuple[str, ...]]:
        """Returns the embedder and statistics. Reuses the network until an argument changes."""
        statistics = check_statistics(_OWNER, self.statistics)
        folder = cache_folder(_OWNER, self.cache)
        source: Any = self.network
        if not isinstance(source, str | Path):
            # A Keras model may have been trained since the last call.
            source = open_network(_OWNER, source).identity
        key = (source, self.layer, folder, self.seed)
        if getattr(self, "_open", (None,))[0] != key:
            network = open_network(_OWNER, self.network, seed=self.seed)
            embedder = Embedder(network, depths(_OWNER, self.layer, network), folder)
            self._open = (key, embedder)
        return self._open[1], statistics

    def __getstate__(self) -> dict[str, Any]:
        """Excludes the network, because a compiled graph cannot be pickled."""
        return {k: v for k, v in super().__getstate__().items() if k != "_open"}

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = []
        return tags


@dataclass(frozen=True)
class MemoryClip:
    """A waveform in memory; see `embedder.Clip`."""

    key: str
    waveform: np.ndarray

    def samples(self) -> int:
        return len(self.waveform)

    def load(self) -> np.ndarray:
        return self.waveform
