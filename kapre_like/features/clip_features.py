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
    """Computes a feature vector for each waveform.

    The features are statistics over time of mel bands, spectral descriptors, cepstra and raw
    samples, means of the cepstra in five parts of the clip, and timing. The table in
    `vector.py` lists all names. The transformer is stateless: `fit` only checks its arguments.
    A row depends on its clip alone.

    Args:
        sample_rate: Int > 0, Hz, of every waveform.
        n_fft: Int > 0, samples. `None`: the smallest power of two >= `win_length`.
        win_length: Int in 1..`n_fft`, samples under the Hann window. `None`: 25 ms.
        hop_length: Int > 0, samples between frames. `None`: 10 ms.
        n_mels: Int > 0, mel bands (Slaney scale and norm).
        fmin: Float >= 0, Hz, lower edge of the lowest band.
        fmax: Float, Hz, upper edge of the highest band. `None`: half of `sample_rate`.
        top_db: Float > 0, dB kept below the clip's loudest band and frame.

    Input:
        A list of 1-D waveforms of any length, or a 2-D array of clips in rows. Padding in
        the array counts as sound, so pass clips of different lengths as a list. Floats,
        usually in [-1, 1].

    Output:
        float32 `(clips, features)`; a data frame with `set_output(transform="pandas")`.

    Raises:
        ValueError: Bad argument, integer or complex audio, NaN or infinite samples.

    Example:
        >>> ClipFeatures(sample_rate=8000).fit_transform([np.zeros(8000)]).shape
        (1, 1160)

    Source: B. Schuller et al., The INTERSPEECH 2009 emotion challenge (functionals over
        frame descriptors); the modules of the parts name their sources.
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
        """Checks the arguments and the clips."""
        del y
        resolve(**self.get_params())
        as_waveforms(X)
        return self

    def transform(self, X: Iterable[Any]) -> np.ndarray:
        """Returns one row per clip, float32 `(clips, features)`."""
        analysis = resolve(**self.get_params())
        return np.stack([clip_vector(waveform, analysis) for waveform in as_waveforms(X)])

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Returns the names of the columns, in order; ignores `input_features`."""
        del input_features
        return np.array(names(resolve(**self.get_params())), dtype=object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = []
        return tags
