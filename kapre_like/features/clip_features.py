"""The feature path as a scikit-learn transformer. The arithmetic is in `vector.py`."""

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from kapre_like.features.settings import FMIN, N_MELS, TOP_DB, resolve
from kapre_like.features.vector import clip_vector, names
from kapre_like.features.waveforms import as_waveforms


class ClipFeatures(TransformerMixin, BaseEstimator):
    """Turns waveforms into rows of named numbers.

    Statistics over time of mel bands, spectral descriptors and cepstra, of the raw samples,
    the course of the cepstra in five parts, and timing; the table in `vector.py` lists all
    names. Stateless: `fit` checks, and learns nothing. A row depends on its clip alone.

    Args:
        sample_rate: Int > 0, Hz, of every waveform.
        n_fft: Int > 0, samples. `None`: the next power of two of the window.
        win_length: Int in 1..`n_fft`, samples under the Hann window. `None`: 25 ms.
        hop_length: Int > 0, samples between frames. `None`: 10 ms.
        n_mels: Int > 0, mel bands (Slaney scale and norm).
        fmin: Float >= 0, Hz, lower edge of the lowest band.
        fmax: Float, Hz, upper edge of the highest band. `None`: half of `sample_rate`.
        top_db: Float > 0, dB kept below the clip's loudest band and frame.

    Input:
        A list of 1-D waveforms of any length, or a 2-D array of clips in rows (what follows
        a shorter clip counts as sound: give a list instead). Floats, usually in [-1, 1].

    Output:
        float32 `(clips, features)`; under `set_output(transform="pandas")` a table.

    Raises:
        ValueError: Bad argument, integer or complex audio, NaN or infinite samples.

    Example:
        >>> ClipFeatures(sample_rate=8000).fit_transform([np.zeros(8000)]).shape
        (1, 1160)

    Source: B. Schuller et al., The INTERSPEECH 2009 emotion challenge (functionals over
        frame descriptors); the sources of each part stand in its module.
    """

    def __init__(
        self,
        sample_rate: int = 16000,
        n_fft: int | None = None,
        win_length: int | None = None,
        hop_length: int | None = None,
        n_mels: int = N_MELS,
        fmin: float = FMIN,
        fmax: float | None = None,
        top_db: float = TOP_DB,
    ) -> None:
        self.sample_rate = sample_rate
        self.n_fft = n_fft
        self.win_length = win_length
        self.hop_length = hop_length
        self.n_mels = n_mels
        self.fmin = fmin
        self.fmax = fmax
        self.top_db = top_db

    def fit(self, X: Iterable[Any], y: Any = None) -> Self:
        """Checks the arguments and the clips; learns nothing."""
        del y
        resolve(**self.get_params())
        as_waveforms(X)
        return self

    def transform(self, X: Iterable[Any]) -> np.ndarray:
        """Returns one row per clip, float32 `(clips, features)`."""
        analysis = resolve(**self.get_params())
        return np.stack([clip_vector(waveform, analysis) for waveform in as_waveforms(X)])

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Returns the names of the columns, in order; `input_features` is of no use here."""
        del input_features
        return np.array(names(resolve(**self.get_params())), dtype=object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = []
        return tags
